import { isLaunchable, leavesOf } from '../../scorm/course.ts';
import { endingOf, type Saved } from './ending.ts';
import { followGrade, wayOut, type Stored } from './leaving.ts';
import type { Opened } from './opened.ts';
import type { Page } from './page.ts';
import type { Action } from './stage.ts';
import { startLines } from './start.ts';

/** Why the course is not played in this frame: it is the rule, there is no room, or the learner asked for it. */
export type Reason = 'rule' | 'cramped' | 'asked';

/** Milliseconds after which the page asks for another ticket: each holds for ten minutes (attempts/tickets.ts). */
const renewing = 8 * 60_000;
/** Milliseconds between two looks at whether the window is still there, and at whether one has opened that we cannot see. */
const [glance, inquiry] = [400, 2_000];

type Heard = { coursedock?: unknown; over?: unknown } | null;
type Watched = Stored & { launch?: string };

/**
 * The frame's part of a course that plays in a window of its own: offers it, says what is going on, and what came of it. The
 * window is a player like any other, which got in by a ticket; it needs nothing from here, and this page may be gone before it.
 * Where the LMS cuts the wire between the two, or the browser opened nothing, the server is asked.
 */
export function offerWindow(page: Page, opened: Opened, reason: Reason): void {
  const { t, stage, ask, openWindow } = page;
  const { standing } = opened;
  const hasParts = leavesOf(opened.definition.root).filter(isLaunchable).length > 1;
  let address = '';
  let handle: Window | null = null;
  /** The one that has the attempt, as far as we know. */
  let launch: string | undefined = opened.launch;
  let isOver = false;
  /** The ticket of `address` has been taken to a window. */
  let isUsed = false;
  /** The page says that the window is open. */
  let isSeen = false;
  let stopLooking = () => {};
  /** Grows with everything that is said, so that an answer that comes late says nothing. */
  let turn = 0;

  const renew = async () => {
    const answer = await ask('window').catch(() => undefined);
    if (!answer) return;
    ({ address } = answer as { address: string });
    isUsed = false;
  };
  const status = async () => {
    const watched = (await ask('watch')) as Watched;
    ({ launch } = watched);
    return watched;
  };
  const isShown = () => handle !== null && !handle.closed;
  // Not while one is on its way: a launch has one ticket at a time.
  const timer = setInterval(() => isUsed || void renew(), renewing);
  window.addEventListener('message', hear);
  void offer();

  const playHere: Action = { label: t('window.here'), act: leave };
  const toFront: Action = { label: t('window.front'), act: () => handle?.focus() };
  const openAgain: Action = { label: t('window.again'), act: open };

  async function offer(): Promise<void> {
    const mine = ++turn;
    stopLooking();
    await renew();
    if (turn !== mine) return;
    if (!address) return unreachable();
    stage.say({
      sign: 'window',
      heading: t(reason === 'cramped' ? 'window.cramped' : 'window.title'),
      lines: [...(standing?.tells ? startLines(t, { ...opened, standing }) : []), t('window.detail')],
      actions: [{ label: t('window.open'), act: open }, ...(reason === 'rule' ? [] : [playHere])],
    });
  }

  function unreachable(): void {
    const [heading, detail] = [t('unreachable.title'), t('unreachable.detail')];
    const retry = { label: t('retry'), act: () => void offer() };
    stage.say({ sign: 'warning', heading, lines: [detail], actions: [retry] });
  }

  function open(): void {
    isUsed = true;
    handle = openWindow(address, '_blank');
    if (handle) showOpen();
    else showBlocked();
  }

  /** No window, or one that an LMS does not let us see (Cross-Origin-Opener-Policy): the server knows whether it came. */
  function showBlocked(): void {
    const mine = ++turn;
    const link = (target: '_blank' | '_top', label: string): Action => ({
      label: t(label),
      act: () => {},
      link: { href: address, target },
    });
    stage.say({
      sign: 'warning',
      heading: t('window.blocked.title'),
      lines: [t('window.blocked.detail')],
      actions: [
        link('_blank', 'window.link'),
        ...(opened.returnUrl ? [link('_top', 'window.instead')] : []),
        playHere,
      ],
    });
    look(inquiry, async () => {
      const before = launch;
      await status();
      if (launch !== before && turn === mine) showOpen();
    });
  }

  function showOpen(): void {
    turn += 1;
    isOver = false;
    isSeen = handle !== null;
    stage.say({
      sign: 'window',
      heading: t('window.isOpen'),
      lines: [t('window.isOpen.detail')],
      actions: handle ? [toFront] : [{ label: t('window.done'), act: () => void showResult() }, openAgain],
    });
    if (!handle) {
      stopLooking();
      return void renew();
    }
    look(glance, () => {
      if (isShown()) return;
      stopLooking();
      void showResult();
    });
  }

  /** The window has gone, or the course in it has come to its end. */
  async function showResult(): Promise<void> {
    const mine = ++turn;
    isOver = true;
    isSeen = false;
    void renew();
    const say = ({ progress, revision, standing }: Stored, saved: Saved) => {
      page.relay.tell({ ...progress, revision });
      if (progress.completion === 'not attempted' && !isShown()) return void offer();
      const back = wayOut(page, opened);
      stage.say(
        endingOf(t, {
          progress,
          hasParts,
          saved,
          platform: opened.platformName,
          counts: opened.graded,
          standing,
          leads: back.length > 0,
          actions: [...back, isShown() ? toFront : openAgain],
        }),
        true,
      );
    };
    await followGrade(status, say, () => turn === mine);
  }

  /**
   * A window of ours says that it is there, that something was saved, or that it is over. That is only worth asking the
   * server for, which alone knows.
   */
  function hear({ isTrusted, source, origin, data }: MessageEvent<Heard>): void {
    if (!isTrusted || origin !== location.origin || data?.coursedock !== 'window') return;
    // Opened by the link: now we can see it.
    if (!isShown()) handle = source as Window;
    if (source !== handle) return;
    if (data.over) return void showResult();
    if (isOver || !isSeen) showOpen();
    void status().then(({ progress, revision }) => page.relay.tell({ ...progress, revision }));
  }

  function look(every: number, work: () => void): void {
    stopLooking();
    const looking = setInterval(work, every);
    stopLooking = () => clearInterval(looking);
  }

  function leave(): void {
    turn += 1;
    stopLooking();
    clearInterval(timer);
    window.removeEventListener('message', hear);
    page.turns.resume();
  }
}
