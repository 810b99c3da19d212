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
  isOver: () => boolean;
  /** Something would be lost if the page went now. */
  isAtRisk: () => boolean;
};

/** The player's page, made once. What plays in it may follow one another. */
export type Page = {
  ask: Ask;
  relay: Relay;
  t: Words;
  stage: Stage;
  bar: Bar;
  contents: Contents;
  frame: CourseFrame;
  plays: (now: Playing) => void;
  /** Leads the window elsewhere, as only we may. */
  leadTo: (url: string) => void;
};

export function makePage(wires: Pick<Page, 'ask' | 'relay' | 't' | 'stage'>): Page {
  let now: Playing | undefined;
  let isOurWay = false;
  shadowClose(() => now?.exit());
  holdTheWindow(() => isOurWay || !now || now.isOver());
  hearTheBrowser(() => now);
  return {
    ...wires,
    bar: makeBar(wires.t, { exit: () => now?.exit(), retry: () => now?.retry() }),
    contents: makeContents(wires.t, (activity) => now?.moveTo(activity)),
    frame: makeCourseFrame(wires.stage.host),
    plays: (playing) => void (now = playing),
    leadTo(url) {
      isOurWay = true;
      location.assign(url);
    },
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
