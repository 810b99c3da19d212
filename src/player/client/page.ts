import { makeBar, type Bar } from './bar.ts';
import { makeContents, type Contents } from './contents.ts';
import { makeCourseFrame, type CourseFrame } from './course-frame.ts';
import type { Ask } from './door.ts';
import { holdTheWindow, shadowClose } from './finders.ts';
import type { Relay } from './relay.ts';
import type { Stage } from './stage.ts';
import type { Words } from './words.ts';

/** What plays now, as the page's furniture and the browser speak to it. */
export type Playing = {
  /** The learner wants out of the course. */
  exit: () => void;
  moveTo: (activity: string) => void;
  /** Saving is to be tried at once: somebody asked for it, or the network is back. */
  retry: (isAsked?: boolean) => void;
  /** All that is not stored yet, now: the page may be going. */
  flush: () => void;
  /** The page goes: the course says its last word. */
  leave: () => void;
  /** Something else follows in this window: the course goes, and when this is done all of it is stored. */
  rest: () => Promise<void>;
  isOver: () => boolean;
  /** Something would be lost if the page went now. */
  isAtRisk: () => boolean;
};

/** What a learner may turn to instead of what plays now (enter.ts). */
export type Turns = {
  /** Another attempt, from the beginning. */
  again: () => void;
  /** The attempt that has gone on elsewhere, here. */
  resume: () => void;
  /** A look back that leaves no trace. */
  review: () => void;
  /** The course in a window of its own. */
  window: () => void;
};

export type Wires = {
  ask: Ask;
  relay: Relay;
  t: Words;
  stage: Stage;
  /** This is a window that a launcher opened for the course alone. */
  isOwnWindow: boolean;
};

/** The player's page, made once. What plays in it may follow one another. */
export type Page = Omit<Wires, 'isOwnWindow'> & {
  turns: Turns;
  bar: Bar;
  contents: Contents;
  frame: CourseFrame;
  ownWindow?: { close: () => void };
  plays: (now: Playing) => void;
  playing: () => Playing | undefined;
  /** Leads the window elsewhere, as only we may. */
  leadTo: (url: string) => void;
  openWindow: typeof window.open;
};

export function makePage({ isOwnWindow, ...wires }: Wires, turns: Turns): Page {
  let now: Playing | undefined;
  let isOurWay = false;
  const close = window.close.bind(window);
  const openWindow = window.open.bind(window);
  shadowClose(() => now?.exit());
  holdTheWindow(() => isOurWay || !now || now.isOver());
  hearTheBrowser(() => now);
  const exit = () => now?.exit();
  return {
    ...wires,
    turns,
    bar: makeBar(wires.t, { exit, retry: () => now?.retry(), window: turns.window, again: turns.again }),
    contents: makeContents(wires.t, (activity) => now?.moveTo(activity)),
    frame: makeCourseFrame(wires.stage.host),
    ...(isOwnWindow ? { ownWindow: { close } } : {}),
    plays: (playing) => void (now = playing),
    playing: () => now,
    leadTo(url) {
      isOurWay = true;
      location.assign(url);
    },
    openWindow,
  };
}

function hearTheBrowser(playing: () => Playing | undefined): void {
  window.addEventListener('online', () => playing()?.retry(false));
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') playing()?.flush();
  });
  window.addEventListener('pagehide', (event) => {
    // Ours comes before the course's own pagehide and unload when a window closes: taking its frame away lets it speak now,
    // while there is still somebody to carry it. A page that is kept for the Back button goes on later.
    if (!event.persisted) playing()?.leave();
    playing()?.flush();
  });
  window.addEventListener('beforeunload', (event) => {
    if (playing()?.isAtRisk()) event.preventDefault();
  });
}
