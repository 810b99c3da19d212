import { byId } from './dom.ts';
import { isEnd, type SaveState } from './saver.ts';
import { makeStep, makeStepOn, type Step } from './steps.ts';
import type { Words } from './words.ts';

export type Bar = {
  title: (title: string) => void;
  /** How far, in words and as a share from 0 to 1; without words: nothing to say. */
  progress: (words: string | undefined, share?: number) => void;
  saved: (state: SaveState) => void;
  /** Nothing that happens is stored (a look back): says so where "Saved" would stand. */
  keepsNothing: () => void;
  /** A sentence that stays below the bar while this plays, without one: nothing; and the way to the beginning of a preview. */
  mode: (sentence?: string, again?: boolean) => void;
  /** Our Exit, which a course may wish away where it has its own. */
  exit: (isOffered: boolean) => void;
  /** The steps back and on; one that is not possible now has no button. `closed`: why what comes next is locked. */
  steps: (back: Step, on: Step, closed?: string) => void;
  /** After the course: only the title stays. */
  rest: () => void;
  wake: () => void;
};

/** What its buttons ask for. */
type Asked = { exit: () => void; retry: () => void; window: () => void; again: () => void };

/** The slim bar above the course, and the strip under it that appears when saving is in trouble. */
export function makeBar(t: Words, asked: Asked): Bar {
  const [saved, savedWords, strip] = [byId('saved'), byId('saved-words'), byId('trouble-strip')];
  const [progress, live] = [byId('progress'), byId('live')];
  const [bar, fold, unfold, exit] = [byId('bar'), byId('fold'), byId('unfold'), byId('exit')];
  const back = makeStep(byId('previous'));
  const on = makeStepOn(t);
  let before: SaveState = 'saved';

  const foldBar = (folded: boolean) => {
    bar.hidden = folded;
    unfold.hidden = !folded;
    (folded ? unfold : fold).focus();
  };
  fold.addEventListener('click', () => foldBar(true));
  unfold.addEventListener('click', () => foldBar(false));
  byId('trouble-words').textContent = t('unsaved.strip');
  byId('retry').textContent = t('retry');
  byId('retry').addEventListener('click', asked.retry);
  exit.addEventListener('click', asked.exit);
  const ownWindow = byId('own-window');
  ownWindow.addEventListener('click', asked.window);
  byId('mode-again').addEventListener('click', asked.again);
  const isFramed = window.top !== window;

  return {
    title(title) {
      byId('course-title').textContent = title;
      byId('course-title').title = title;
      document.title = title;
    },
    progress(words, share) {
      progress.hidden = words === undefined;
      byId('progress-words').textContent = words ?? '';
      const track = byId('progress-bar').parentElement!;
      track.hidden = share === undefined;
      // The width by the object model: a style attribute would need a hole in the page's policy.
      byId('progress-bar').style.width = `${Math.round((share ?? 0) * 100)}%`;
    },
    saved(state) {
      const trouble = state === 'unsaved';
      const known = isEnd(state) ? 'unsaved' : state;
      // Where it goes on in another window, that one says how saving fares; what was removed is not to be saved.
      saved.hidden = state === 'elsewhere' || state === 'removed';
      saved.dataset.state = known;
      savedWords.textContent = t(known);
      strip.hidden = !trouble;
      // Heard are trouble and its end; "Saving… Saved" after each page of a course would talk over the course.
      if (trouble && before !== 'unsaved') live.textContent = t('unsaved.strip');
      if (state === 'saved' && before === 'unsaved') live.textContent = t('savedAgain');
      if (state !== 'saving') before = state;
    },
    keepsNothing() {
      saved.hidden = false;
      saved.dataset.state = 'none';
      savedWords.textContent = t('notKept');
    },
    mode(sentence, again = false) {
      byId('mode-words').textContent = sentence ?? '';
      byId('mode').hidden = sentence === undefined;
      byId('mode-again').hidden = !again;
    },
    exit: (isOffered) => void (exit.hidden = !isOffered),
    steps(toPrevious, toNext, closed) {
      back(toPrevious);
      on(toNext, closed);
    },
    rest() {
      exit.hidden = fold.hidden = ownWindow.hidden = true;
      if (bar.hidden) foldBar(false);
    },
    wake() {
      exit.hidden = fold.hidden = false;
      ownWindow.hidden = !isFramed;
    },
  };
}
