import type { Entry } from '../../scorm/engine.ts';
import { byId, make, sign, type Sign } from './dom.ts';
import type { Words } from './words.ts';

export type Contents = {
  /** Draws the table of contents; the button for it is there only where there is more than one thing to open. */
  show: (entries: Entry[]) => void;
  close: () => void;
};

const signs: Record<Entry['status'], Sign> = {
  'not attempted': 'none',
  incomplete: 'part',
  completed: 'done',
  passed: 'done',
  failed: 'bad',
};

/** The panel with the parts of a course: what is done, current, locked (and why). */
export function makeContents(t: Words, open: (id: string) => void): Contents {
  const [button, panel] = [byId('contents-button'), byId('contents')];
  const toggle = (shown: boolean): void => {
    panel.hidden = !shown;
    button.setAttribute('aria-expanded', String(shown));
  };
  const close = (focus = false) => {
    if (panel.hidden) return;
    toggle(false);
    if (focus) button.focus();
  };
  button.addEventListener('click', () => {
    toggle(panel.hidden === true);
    if (!panel.hidden)
      (panel.querySelector<HTMLElement>('[aria-current]') ?? panel.querySelector('button'))?.focus();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close(true);
  });

  const line = (entry: Entry, i: number, entries: Entry[]) => {
    const title = make('span', { class: 'title' }, entry.title || t('untitled'));
    // A chapter whose parts are not shown is a part itself: one of several tests, of which the course picks one.
    const isPart = entry.kind !== 'cluster' || (entries[i + 1]?.depth ?? 0) <= entry.depth;
    if (!isPart) return make('li', { class: 'chapter', 'data-depth': depth(entry) }, title);
    const locked = entry.reason === undefined ? t('locked') : t(`locked.${entry.reason}`);
    const state = make('span', { class: 'small soft' }, entry.open ? t(`status.${entry.status}`) : locked);
    const item = make(
      'button',
      { type: 'button' },
      sign(entry.open ? signs[entry.status] : 'locked'),
      make('span', {}, title, state),
    );
    if (entry.current) {
      item.setAttribute('aria-current', 'true');
      state.append(` · ${t('current')}`);
    }
    // Not `disabled`: why it is locked must be reachable by keyboard and heard.
    if (!entry.open) item.setAttribute('aria-disabled', 'true');
    item.addEventListener('click', () => {
      if (!entry.open || entry.current) return;
      // On a phone the panel lies over the course; beside it there is room for both.
      if (matchMedia('(max-width: 59.99rem)').matches) close();
      open(entry.id);
    });
    return make('li', { 'data-depth': depth(entry) }, item);
  };

  return {
    close: () => close(),
    show(entries) {
      const several = entries.filter((entry) => entry.kind !== 'cluster').length > 1;
      button.hidden = !several;
      if (!several) toggle(false);
      const shut = make('button', { type: 'button', class: 'button quiet small shut' }, t('contents.close'));
      shut.addEventListener('click', () => close(true));
      const had = [...panel.querySelectorAll('li button')].indexOf(document.activeElement as Element);
      panel.replaceChildren(make('ol', { class: 'plain' }, ...entries.map(line)), shut);
      panel.querySelectorAll<HTMLElement>('li button')[had]?.focus();
    },
  };
}

const depth = (entry: Entry) => String(Math.min(entry.depth, 4));
