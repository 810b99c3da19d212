import {
  choose,
  controlsOf,
  destinationOf,
  entriesOf,
  mayOpen,
  requestOf,
  whyClosed,
  type WayRequest,
} from '../../scorm/player.ts';
import { addressOf } from './address.ts';
import { betweenOf } from './between.ts';
import { hearErrors } from './course-errors.ts';
import { later, type Round } from './round.ts';
import { following, whereToBegin } from './way.ts';

/** How long a course that has called Terminate may go on showing its goodbye. */
const goodbye = 1_500;

/** The learner's way from part to part. */
export type Journey = {
  begin: () => void;
  /** Asks the sequencer, and shows what it delivers. `wantsOut`: the learner leaves the course by it. */
  go: (request: WayRequest, wantsOut?: boolean) => void;
  moveTo: (activity: string) => void;
  /** The page of the part goes; it says its last words. */
  leaveItem: () => void;
  /** A page has called Initialize: it is no goodbye. */
  hasBegun: () => void;
  /** The course has said its last word of a part. */
  hasEnded: (activity: string) => void;
};

/** `finish`: there is nothing more to come. */
export function makeJourney(round: Round, finish: (wantsOut?: boolean) => void): Journey {
  const { page, opened, session, log, leaves, isSequenced } = round;
  const { t, stage, bar, frame } = page;
  const { definition, settings } = opened;
  let stopWaiting = () => {};

  /** The page of a part that has ended may still show a goodbye, or be on its way to its next page. */
  function hasEnded(activity: string): void {
    const document = frame.document();
    const end = () => {
      if (round.playing !== activity) return;
      // The frame has gone to another page of the course, which will call Initialize when it has loaded.
      if (frame.document() !== document && definition.standard === 'scorm12')
        stopWaiting = later(endOf, 4 * goodbye);
      else endOf();
    };
    const endOf = () => {
      if (round.playing === activity) followCourse(activity);
    };
    stopWaiting();
    stopWaiting = later(end, goodbye);
  }

  function followCourse(activity: string): void {
    const request = isSequenced ? requestOf(session.request) : undefined;
    if (request) return go(request);
    const destination = isSequenced ? undefined : destinationOf(definition, activity, session.request);
    leaveItem();
    if (destination && 'open' in destination) show(destination.open);
    else if (destination || !round.hasParts) finish();
    else restBetween(activity);
  }

  function leaveItem(): void {
    stopWaiting();
    frame.leave();
    session.close();
    if (round.playing) log.happened('closed');
    round.playing = undefined;
  }

  function moveTo(activity: string): void {
    if (round.isOver) return;
    if (!isSequenced) leaveItem();
    show(activity);
  }

  function go(request: WayRequest, wantsOut = false): void {
    const before = round.playing ?? session.state.current ?? '';
    session.overrule();
    leaveItem();
    log.happened('asked', 'target' in request ? `${request.go} ${request.target}` : request.go);
    const { deliver, ended, exception } =
      request.go === 'choice' ? choose(session, request.target) : session.navigate(request);
    if (exception) log.happened('impossible', undefined, exception);
    if (deliver !== undefined) present(deliver);
    else if (ended) finish(wantsOut);
    else restBetween(before);
  }

  /** The launch: where the learner was, or the start; where the sequencer leaves it open, the first part that is not done. */
  function begin(): void {
    const first = () =>
      whereToBegin(entriesOf(definition, session.state), session.state.current) ?? leaves[0]?.id ?? '';
    if (!isSequenced) return show(first());
    const { deliver } = session.navigate({ go: 'begin' });
    if (deliver !== undefined) return present(deliver);
    const chosen = session.navigate({ go: 'choice', target: first() }).deliver;
    if (chosen !== undefined) present(chosen);
    else finish();
  }

  function show(activity: string): void {
    if (isSequenced) return go({ go: 'choice', target: activity });
    reopen(activity);
  }

  function reopen(activity: string): void {
    session.open(activity);
    present(activity);
  }

  /** The page of the activity that has been opened. */
  function present(activity: string): void {
    const leaf = leaves.find(({ id }) => id === activity);
    const url = leaf?.href === undefined ? undefined : addressOf(opened.files, leaf.href);
    if (!leaf || !url) {
      stage.say({ sign: 'warning', heading: t('empty.title'), lines: [t('empty.detail')], actions: [] });
      return;
    }
    round.playing = activity;
    stage.course();
    bar.wake();
    log.happened('shown', leaf.href);
    frame.show(url, leaf.title || opened.title, (shown) => {
      if (log.isOn) hearErrors(shown, (text) => log.happened('script', text, 'script'));
    });
    round.draw();
  }

  function restBetween(activity: string): void {
    const entries = entriesOf(definition, session.state);
    const entry = entries.find(({ id }) => id === activity);
    const next = following(entries, activity);
    const closed = whyClosed(definition, session.state, settings);
    const flows = !closed && controlsOf(definition, session.state).continue;
    if (!next && !flows && !closed) return finish();
    const message = betweenOf(t, entry, {
      next,
      open: show,
      flow: flows ? () => go({ go: 'continue' }) : undefined,
      closed,
      back: mayOpen(definition, session.state, activity) ? () => reopen(activity) : undefined,
      exit: () => finish(true),
    });
    stage.say(message);
    round.draw();
  }

  return { begin, go, moveTo, leaveItem, hasBegun: () => stopWaiting(), hasEnded };
}
