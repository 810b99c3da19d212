import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import {
  choose,
  controlsOf,
  destinationOf,
  entriesOf,
  mayOpen,
  openSession,
  progressOf,
  requestOf,
  whyClosed,
  type WayRequest,
} from '../../scorm/player.ts';
import { addressOf } from './address.ts';
import { offerApi } from './api.ts';
import { keepBeating } from './beat.ts';
import { hearErrors } from './course-errors.ts';
import { betweenOf } from './between.ts';
import { makeFurniture } from './furniture.ts';
import { leave, wayOut } from './leaving.ts';
import { makeLog } from './log.ts';
import type { Opening } from './opening.ts';
import { hearOfOthers } from './others.ts';
import type { Page } from './page.ts';
import { keepPresence, makeAttention, pageOf } from './presence.ts';
import { isEnd, makeSaver, type End, type SaveState } from './saver.ts';
import { sendCommits } from './send.ts';
import { following, whereToBegin } from './way.ts';
import { tellOfWindow } from './window-events.ts';

/** How long a course that has called Terminate may go on showing its goodbye. */
const goodbye = 1_500;
/** Saving has failed for so long that a course's Commit answers "false", should the course want to say so itself. */
const givesUpHope = 60_000;

const later = (work: () => void, ms: number) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/** Plays an attempt that has been opened: the course, its API, its saves, and the way from part to part. */
export function play(page: Page, { opened, keep }: Pick<Opening, 'opened' | 'keep'>): void {
  const { ask, relay, t, stage, bar, contents, frame } = page;
  const { definition, settings, launch } = opened;
  const isReview = settings.mode === 'review';
  const counts = settings.mode === 'normal' && opened.graded;
  const leaves = leavesOf(definition.root).filter(isLaunchable);
  const hasParts = leaves.length > 1;
  /** Something else plays here by now. */
  let isGone = false;
  const seen = pageOf((work, ms) => later(() => isGone || work(), ms));
  const session = openSession(definition, opened.state, settings, makeAttention(seen));
  const presence = keepPresence(session, settings.completion, seen);
  const log = makeLog({
    ask,
    launch,
    number: Date.now(),
    isOn: opened.log,
    activity: () => playing,
    now: () => performance.now(),
    later,
  });
  const saver = makeSaver({
    seq: opened.seq,
    take: () => session.takeActs(),
    send: sendCommits(ask, launch, ({ revision, seq, progress, log: isWanted }) => {
      if (isWanted) log.turn(true);
      log.happened('saved', String(seq));
      relay.tell({ ...progress, revision, location: bookmark() });
    }),
    keep,
    changed: onSaveState,
    now: () => performance.now(),
    later,
  });
  // SCORM 2004: where one may go is the sequencer's to say.
  const isSequenced = definition.standard === 'scorm2004';
  let playing: string | undefined;
  let isOver = false;
  let isEnded = false;
  let stopWaiting = () => {};
  let stopHoping = () => {};
  const draw = makeFurniture(page, {
    definition,
    session,
    settings,
    hasParts,
    playing: () => playing,
    isOver: () => isOver,
    go,
  });

  session.onActs = (urgent) => {
    if (isReview) return;
    saver.notice(urgent);
    draw();
  };
  offerApi(definition.standard, call);

  function call(method: string, a?: unknown, b?: unknown): string {
    const isFirst = method.endsWith('Initialize');
    if (isFirst) stopWaiting();
    // Courses of one HTML page per topic call LMSFinish on leaving each and LMSInitialize on the next (SCORM 1.2 only).
    if (method === 'LMSInitialize' && playing && session.state.activities[playing]?.running === 'terminated')
      session.open(playing);
    const answer = session.call(method, a, b);
    if (log.isOn) log.called(method, a, b, answer, session.call('GetLastError'));
    if ((method === 'LMSFinish' || method === 'Terminate') && answer === 'true' && playing)
      onTerminated(playing);
    return answer;
  }

  /** The course has said its last word; its page may still show a goodbye, or be on its way to its next page. */
  function onTerminated(activity: string): void {
    const document = frame.document();
    const end = () => {
      if (playing !== activity) return;
      // The frame has gone to another page of the course, which will call Initialize when it has loaded.
      if (frame.document() !== document && definition.standard === 'scorm12')
        stopWaiting = later(endOf, 4 * goodbye);
      else endOf();
    };
    const endOf = () => {
      if (playing !== activity) return;
      const request = isSequenced ? requestOf(session.request) : undefined;
      if (request) return go(request);
      const destination = isSequenced ? undefined : destinationOf(definition, activity, session.request);
      leaveItem();
      if (destination && 'open' in destination) show(destination.open);
      else if (destination || !hasParts) finish();
      else restBetween(activity);
    };
    stopWaiting();
    stopWaiting = later(end, goodbye);
  }

  function leaveItem(): void {
    stopWaiting();
    frame.leave();
    session.close();
    if (playing) log.happened('closed');
    playing = undefined;
  }

  function moveTo(activity: string): void {
    if (isOver) return;
    if (!isSequenced) leaveItem();
    show(activity);
  }

  /** Asks the sequencer, and shows what it delivers. */
  function go(request: WayRequest, wantsOut = false): void {
    const before = playing ?? session.state.current ?? '';
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
    playing = activity;
    stage.course();
    bar.wake();
    log.happened('shown', leaf.href);
    frame.show(url, leaf.title || opened.title, (page) => {
      if (log.isOn) hearErrors(page, (text) => log.happened('script', text, 'script'));
    });
    draw();
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
    draw();
  }

  /** Our Exit keeps the learner's place; only where the course wishes that away, and not its end, does it end it. */
  function exit(): void {
    if (isOver) return;
    const { suspendAll, exitAll } = controlsOf(definition, session.state);
    session.exit();
    if (isSequenced && playing && exitAll && !suspendAll) return go({ go: 'exitAll' }, true);
    leaveItem();
    finish(true);
  }

  function finish(wantsOut = false): void {
    session.exit();
    log.happened('left');
    rest();
    draw();
    const last = whereToBegin(entriesOf(definition, session.state), session.state.current);
    leave(
      page,
      {
        opened,
        saver,
        counts,
        hasParts,
        progress: () =>
          isReview ? opened.progress : progressOf(definition, session.state, settings.completion),
        isOver: () => isOver,
        goOn: ({ completion }) =>
          completion !== 'completed' && (last !== undefined || isSequenced)
            ? [{ label: t('goOn'), act: goBack }]
            : [],
      },
      wantsOut,
    );
  }

  function goBack(): void {
    isOver = false;
    begin();
  }

  /** Something else is to follow in this window. What cannot be saved now is waited for: the strip says so, and offers to try. */
  async function giveWay(): Promise<void> {
    const isToBeSaved = !isReview && !isEnd(saver.state());
    isOver = true;
    leaveItem();
    rest();
    if (isToBeSaved) await saver.settled();
    isGone = true;
  }

  function rest(): void {
    isOver = true;
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

  /** Nothing that is done here would be stored any more. */
  function end(state: End): void {
    if (isEnded) return;
    isEnded = true;
    isOver = true;
    leaveItem();
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

  function bookmark(): string | undefined {
    const { cmi } = session.state.activities[session.state.current ?? ''] ?? {};
    return cmi?.['cmi.core.lesson_location'] ?? cmi?.['cmi.location'];
  }

  if (isReview) bar.keepsNothing();
  else bar.saved('saved');
  if (isReview) bar.mode(t('review'));
  else if (!counts) bar.mode(t('preview'), opened.standing !== undefined);
  else bar.mode();
  page.plays({
    exit,
    moveTo,
    retry: saver.retry,
    flush() {
      presence.note();
      saver.flush();
      log.flush();
    },
    leave: leaveItem,
    rest: giveWay,
    isOver: () => isOver,
    isAtRisk: () => saver.state() === 'unsaved' || saver.isHeavy(),
  });
  tellOfWindow(log);
  if (!isReview) {
    const isPlaying = () => !isOver && !isGone;
    keepBeating(ask, opened.beat, isPlaying);
    hearOfOthers({ ask, isPlaying, tell: end });
  }
  begin();
}
