import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import type { Progress } from '../../scorm/progress.ts';
import {
  controlsOf,
  destinationOf,
  entriesOf,
  openSession,
  progressOf,
  requestOf,
  type WayRequest,
} from '../../scorm/player.ts';
import { addressOf } from './address.ts';
import { makeApi } from './api.ts';
import { makeBar } from './bar.ts';
import { makeContents } from './contents.ts';
import { makeCourseFrame } from './course-frame.ts';
import type { Ask } from './door.ts';
import { endingOf, type GradeState, type Saved } from './ending.ts';
import { holdTheWindow, shadowClose } from './finders.ts';
import type { Opened } from './opened.ts';
import type { Relay } from './relay.ts';
import { makeSaver, type SaveState } from './saver.ts';
import { sendCommits } from './send.ts';
import type { Action, Stage } from './stage.ts';
import { following, whereToBegin } from './way.ts';
import { statusOf, type Words } from './words.ts';

/** How long a course that has called Terminate may go on showing its goodbye. */
const goodbye = 1_500;
/** Pauses between looks at how far the grade has come; after the last it stays "on its way". */
const looks = [700, 1_300, 2_000, 4_000, 8_000, 15_000, 30_000];
/** Saving has failed for so long that a course's Commit answers "false", should the course want to say so itself. */
const givesUpHope = 60_000;

const later = (work: () => void, ms: number) => {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
};

/** What POST /play/status answers. */
type Stored = { progress: Progress; savedAt: string; grade?: GradeState };
type Playing = { opened: Opened; ask: Ask; relay: Relay; t: Words; stage: Stage };

/** Plays an attempt that has been opened: the course, its API, its saves, the bar, and what is said afterwards. */
export function play({ opened, ask, relay, t, stage }: Playing): void {
  const { definition, settings, launch } = opened;
  const isReview = settings.mode === 'review';
  const counts = settings.mode === 'normal' && opened.graded;
  const leaves = leavesOf(definition.root).filter(isLaunchable);
  const session = openSession(definition, opened.state, settings, () => performance.now());
  const saver = makeSaver({
    seq: opened.seq,
    take: () => session.takeActs(),
    send: sendCommits(ask, launch, ({ revision, progress }) =>
      relay.tell({ ...progress, revision, location: bookmark() }),
    ),
    changed: onSaveState,
    now: () => performance.now(),
    later,
  });
  const frame = makeCourseFrame(stage.host);
  const bar = makeBar(t, saver.retry);
  const contents = makeContents(t, moveTo);
  // SCORM 2004: where one may go is the sequencer's to say.
  const isSequenced = definition.standard === 'scorm2004';
  let playing: string | undefined;
  let isOver = false;
  let isOurWay = false;
  let stopWaiting = () => {};
  let stopHoping = () => {};
  let isDrawing = false;

  session.onActs = (urgent) => {
    if (isReview) return;
    saver.notice(urgent);
    draw();
  };
  Object.assign(window, {
    [definition.standard === 'scorm12' ? 'API' : 'API_1484_11']: makeApi(definition.standard, call),
  });

  function call(method: string, a?: unknown, b?: unknown): string {
    const isFirst = method.endsWith('Initialize');
    if (isFirst) stopWaiting();
    // Courses of one HTML page per topic call LMSFinish on leaving each and LMSInitialize on the next (SCORM 1.2 only).
    if (method === 'LMSInitialize' && playing && session.state.activities[playing]?.running === 'terminated')
      session.open(playing);
    const answer = session.call(method, a, b);
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
      else if (destination || leaves.length === 1) finish();
      else restBetween(activity);
    };
    stopWaiting();
    stopWaiting = later(end, goodbye);
  }

  function leaveItem(): void {
    stopWaiting();
    frame.leave();
    session.close();
    playing = undefined;
  }

  function moveTo(activity: string): void {
    if (isOver) return;
    if (isSequenced) return go({ go: 'choice', target: activity });
    leaveItem();
    show(activity);
  }

  /** Asks the sequencer, and shows what it delivers. */
  function go(request: WayRequest): void {
    const before = playing ?? session.state.current ?? '';
    session.overrule();
    leaveItem();
    const { deliver, ended } = session.navigate(request);
    if (deliver !== undefined) present(deliver);
    else if (ended) finish();
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
    frame.show(url, leaf.title || opened.title);
    draw();
  }

  /** One of several parts has ended by itself: what came of it, and the next. */
  function restBetween(activity: string): void {
    const entries = entriesOf(definition, session.state);
    const entry = entries.find(({ id }) => id === activity);
    const next = following(entries, activity);
    const flows = controlsOf(definition, session.state).continue;
    if (!next && !flows) return finish();
    stage.say({
      sign: entry?.status === 'failed' ? 'bad' : entry?.status === 'incomplete' ? 'part' : 'done',
      heading: t('itemOver', {
        title: entry?.title ?? '',
        status: t(`status.${entry?.status ?? 'incomplete'}`),
      }),
      lines: [],
      actions: [
        next && !flows
          ? { label: t('next', { title: next.title || t('untitled') }), act: () => show(next.id) }
          : { label: t('onwards'), act: () => go({ go: 'continue' }) },
        { label: t('exit'), act: () => finish(true) },
      ],
    });
    draw();
  }

  function exit(): void {
    if (isOver) return;
    leaveItem();
    finish(true);
  }

  /** Everything is brought home, then said. `wantsOut`: the learner asked for it; a shell around us has its own last word. */
  function finish(wantsOut = false): void {
    isOver = true;
    contents.close();
    bar.rest();
    draw();
    const last = whereToBegin(entriesOf(definition, session.state), session.state.current);
    const say = (progress = progressOf(definition, session.state), saved?: Saved) => {
      const goOn = { label: t('goOn'), act: goBack };
      const back = wayOut();
      const goesOn = progress.completion !== 'completed' && (last !== undefined || isSequenced);
      const actions = [...back, ...(goesOn ? [goOn] : [])];
      stage.say(
        endingOf(t, {
          progress,
          hasParts: leaves.length > 1,
          saved,
          platform: opened.platformName,
          counts,
          leads: back.length > 0,
          actions,
        }),
        saved !== undefined,
      );
    };
    say(undefined, counts ? undefined : { at: new Date() });
    void whenStored(wantsOut, say);
  }

  async function whenStored(
    wantsOut: boolean,
    say: (progress: Progress, saved: Saved) => void,
  ): Promise<void> {
    await saver.settled();
    if (!isOver || saver.state() !== 'saved') return;
    if (wantsOut && relay.isHeard()) return relay.exit();
    if (!counts) return;
    const stored: Stored = {
      progress: progressOf(definition, session.state),
      savedAt: new Date().toISOString(),
    };
    for (const pause of looks) {
      // Saved it is, even where the server's own words for it do not come.
      const { progress, savedAt, grade } = (await ask('status').catch(() => stored)) as Stored;
      if (!isOver) return;
      say(progress, { at: new Date(savedAt), grade });
      if (grade !== 'waiting') return;
      await new Promise<void>((resolve) => void later(resolve, pause));
    }
  }

  function goBack(): void {
    isOver = false;
    begin();
  }

  function wayOut(): Action[] {
    if (relay.isHeard()) return [{ label: t('exit'), act: relay.exit }];
    const { returnUrl } = opened;
    if (!returnUrl || !/^https?:\/\//.test(returnUrl)) return [];
    const act = () => {
      isOurWay = true;
      location.assign(returnUrl);
    };
    return [{ label: t('return'), act }];
  }

  function onSaveState(state: SaveState): void {
    bar.saved(state);
    stopHoping();
    if (state === 'unsaved') stopHoping = later(() => (session.unsaved = true), givesUpHope);
    else session.unsaved = false;
    if (state !== 'elsewhere' && state !== 'expired') return;
    isOver = true;
    leaveItem();
    contents.close();
    bar.rest();
    stage.say({
      sign: 'info',
      heading: t(`${state}.title`),
      lines: [t(`${state}.detail`)],
      actions: wayOut(),
    });
  }

  function bookmark(): string | undefined {
    const { cmi } = session.state.activities[session.state.current ?? ''] ?? {};
    return cmi?.['cmi.core.lesson_location'] ?? cmi?.['cmi.location'];
  }

  /** Brings bar and contents up to date, once a frame however often a course calls. */
  function draw(): void {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      const entries = entriesOf(definition, session.state);
      const { previous, continue: next } = controlsOf(definition, session.state);
      bar.steps(
        !isOver && isSequenced && previous ? () => go({ go: 'previous' }) : undefined,
        !isOver && isSequenced && next && leaves.length > 1 ? () => go({ go: 'continue' }) : undefined,
      );
      contents.show(isOver ? [] : entries.map((entry) => ({ ...entry, current: entry.id === playing })));
      const progress = progressOf(definition, session.state);
      if (leaves.length > 1) {
        const parts = entries.filter(({ kind }) => kind !== 'cluster');
        const done = parts.filter(
          ({ status }) => status !== 'not attempted' && status !== 'incomplete',
        ).length;
        bar.progress(
          t('share', { done: String(done), all: String(parts.length) }),
          parts.length ? done / parts.length : 0,
        );
      } else if (progress.measure !== undefined && progress.completion === 'incomplete') {
        bar.progress(t.percent(progress.measure), progress.measure);
      } else {
        bar.progress(
          progress.completion === 'not attempted' ? undefined : t(`status.${statusOf(progress, false)}`),
        );
      }
    });
  }

  bar.title(opened.title);
  bar.onExit(exit);
  if (isReview) bar.keepsNothing();
  else bar.saved('saved');
  if (isReview) bar.mode(t('review'));
  else if (!counts) bar.mode(t('preview'));
  shadowClose(exit);
  holdTheWindow(() => isOurWay || isOver);

  window.addEventListener('online', saver.retry);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') saver.flush();
  });
  window.addEventListener('pagehide', (event) => {
    // Ours comes before the course's own pagehide and unload when a window closes: taking its frame away lets it speak now,
    // while there is still somebody to carry it. A page that is kept for the Back button goes on later.
    if (!event.persisted) leaveItem();
    saver.flush();
  });
  window.addEventListener('beforeunload', (event) => {
    if (saver.state() === 'unsaved' || saver.isHeavy()) event.preventDefault();
  });

  begin();
}
