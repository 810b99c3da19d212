import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import { openSession, type Session } from '../../scorm/player.ts';
import { offerApi } from './api.ts';
import { keepBeating } from './beat.ts';
import { answersTo } from './calls.ts';
import { makeFurniture } from './furniture.ts';
import { makeJourney } from './journey.ts';
import { makeLog } from './log.ts';
import type { Opening } from './opening.ts';
import { hearOfOthers } from './others.ts';
import type { Page } from './page.ts';
import { keepPresence, makeAttention, pageOf } from './presence.ts';
import { later, type Round } from './round.ts';
import { makeSaver, type SaveState } from './saver.ts';
import { sendCommits } from './send.ts';
import { makeWaysOut } from './ways-out.ts';
import { tellOfWindow } from './window-events.ts';

/** Plays an attempt that has been opened: the course, its API, its saves, and the way from part to part. */
export function play(page: Page, opening: Pick<Opening, 'opened' | 'keep'>): void {
  const { ask } = page;
  const { definition, settings, beat } = opening.opened;
  const seen = pageOf((work, ms) => later(() => round.isGone || work(), ms));
  const session = openSession(definition, opening.opened.state, settings, makeAttention(seen));
  const presence = keepPresence(session, settings.completion, seen);
  const round = roundOf(page, opening, session, (state) => out.onSaveState(state));
  const { saver, log, isReview } = round;
  const journey = makeJourney(round, (wantsOut) => out.finish(wantsOut));
  const out = makeWaysOut(round, journey);
  round.draw = makeFurniture(round, journey.go);

  session.onActs = (urgent) => {
    if (isReview) return;
    saver.notice(urgent);
    round.draw();
  };
  offerApi(definition.standard, answersTo(round, journey));
  sayHowItPlays(round);
  page.plays({
    exit: out.exit,
    moveTo: journey.moveTo,
    retry: saver.retry,
    flush() {
      presence.note();
      saver.flush();
      log.flush();
    },
    leave: journey.leaveItem,
    rest: out.giveWay,
    isOver: () => round.isOver,
    isAtRisk: () => saver.state() === 'unsaved' || saver.isHeavy(),
  });
  tellOfWindow(log);
  if (!isReview) {
    const isPlaying = () => !round.isOver && !round.isGone;
    keepBeating(ask, beat, isPlaying);
    hearOfOthers({ ask, isPlaying, tell: out.end });
  }
  journey.begin();
}

function roundOf(
  page: Page,
  { opened, keep }: Pick<Opening, 'opened' | 'keep'>,
  session: Session,
  changed: (state: SaveState) => void,
): Round {
  const { ask, relay } = page;
  const { definition, settings, launch } = opened;
  const now = () => performance.now();
  const log = makeLog({
    ask,
    launch,
    number: Date.now(),
    isOn: opened.log,
    activity: () => round.playing,
    now,
    later,
  });
  const saver = makeSaver({
    seq: opened.seq,
    take: () => session.takeActs(),
    send: sendCommits(ask, launch, ({ revision, seq, progress, log: isWanted }) => {
      if (isWanted) log.turn(true);
      log.happened('saved', String(seq));
      relay.tell({ ...progress, revision, location: bookmarkIn(session) });
    }),
    keep,
    changed,
    now,
    later,
  });
  const leaves = leavesOf(definition.root).filter(isLaunchable);
  const round: Round = {
    page,
    opened,
    session,
    saver,
    log,
    leaves,
    hasParts: leaves.length > 1,
    isSequenced: definition.standard === 'scorm2004',
    isReview: settings.mode === 'review',
    counts: settings.mode === 'normal' && opened.graded,
    isOver: false,
    isGone: false,
    draw: () => {},
  };
  return round;
}

function bookmarkIn({ state }: Session): string | undefined {
  const { cmi } = state.activities[state.current ?? ''] ?? {};
  return cmi?.['cmi.core.lesson_location'] ?? cmi?.['cmi.location'];
}

function sayHowItPlays({ page: { bar, t }, opened, isReview, counts }: Round): void {
  if (isReview) {
    bar.keepsNothing();
    return bar.mode(t('review'));
  }
  bar.saved('saved');
  if (counts) bar.mode();
  else bar.mode(t('preview'), opened.standing !== undefined);
}
