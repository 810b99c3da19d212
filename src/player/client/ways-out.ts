import { controlsOf, entriesOf, progressOf } from '../../scorm/player.ts';
import type { Journey } from './journey.ts';
import { leave, wayOut } from './leaving.ts';
import { later, type Round } from './round.ts';
import { isEnd, type End, type SaveState } from './saver.ts';
import { whereToBegin } from './way.ts';

/** Saving has failed for so long that a course's Commit answers "false", should the course want to say so itself. */
const givesUpHope = 60_000;

/** How a round ends. */
export type WaysOut = {
  /** The learner asks for it. */
  exit: () => void;
  /** There is nothing more to come: what came of it is said, and the way back. */
  finish: (wantsOut?: boolean) => void;
  /** Something else is to follow in this window. */
  giveWay: () => Promise<void>;
  /** Another window has the attempt, it was removed, or the token is too old: nothing that is done here would be stored any more. */
  end: (state: End) => void;
  /** How saving fares may be an end, too. */
  onSaveState: (state: SaveState) => void;
};

export function makeWaysOut(round: Round, journey: Pick<Journey, 'begin' | 'go' | 'leaveItem'>): WaysOut {
  const { page, opened, session, saver, log, isSequenced, isReview } = round;
  const { t, stage, bar, contents } = page;
  const { definition, settings } = opened;
  let isEnded = false;
  let stopHoping = () => {};

  /** Our Exit keeps the learner's place; only where the course wishes that away, and not its end, does it end it. */
  function exit(): void {
    if (round.isOver) return;
    const { suspendAll, exitAll } = controlsOf(definition, session.state);
    session.exit();
    if (isSequenced && round.playing && exitAll && !suspendAll) return journey.go({ go: 'exitAll' }, true);
    journey.leaveItem();
    finish(true);
  }

  function finish(wantsOut = false): void {
    session.exit();
    log.happened('left');
    rest();
    round.draw();
    const last = whereToBegin(entriesOf(definition, session.state), session.state.current);
    leave(
      page,
      {
        ...round,
        progress: () =>
          isReview ? opened.progress : progressOf(definition, session.state, settings.completion),
        isOver: () => round.isOver,
        goOn: ({ completion }) =>
          completion !== 'completed' && (last !== undefined || isSequenced)
            ? [{ label: t('goOn'), act: goBack }]
            : [],
      },
      wantsOut,
    );
  }

  function goBack(): void {
    round.isOver = false;
    journey.begin();
  }

  /** What cannot be saved now is waited for: the strip says so, and offers to try. */
  async function giveWay(): Promise<void> {
    const isToBeSaved = !isReview && !isEnd(saver.state());
    rest();
    if (isToBeSaved) await saver.settled();
    round.isGone = true;
  }

  function rest(): void {
    round.isOver = true;
    journey.leaveItem();
    contents.close();
    bar.rest();
  }

  function onSaveState(state: SaveState): void {
    bar.saved(state);
    if (state !== 'saved' && state !== 'saving') log.happened(state);
    stopHoping();
    if (state === 'unsaved') stopHoping = later(() => (session.unsaved = true), givesUpHope);
    else session.unsaved = false;
    if (isEnd(state)) end(state);
  }

  function end(state: End): void {
    if (isEnded) return;
    isEnded = true;
    rest();
    const say = (detail: string) =>
      stage.say({
        sign: 'info',
        heading: t(`${state}.title`),
        lines: [t(detail)],
        actions: [
          ...(state === 'elsewhere' ? [{ label: t('here'), act: page.turns.resume }] : []),
          ...wayOut(page, opened),
        ],
      });
    say(`${state}.detail`);
    if (state === 'expired') void saver.kept().then((isKept) => isKept && say('expired.kept'));
  }

  return { exit, finish, giveWay, end, onSaveState };
}
