import type { Entry } from '../../scorm/engine.ts';
import { byId, make, sign, type Sign } from './dom.ts';
import { isPart } from './way.ts';
import { shorten, type Words } from './words.ts';

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

/** A line as it is drawn, and what it was drawn from. */
type Line = { of: string; node: HTMLLIElement };

/** The panel with the parts of a course: what is done, current, locked (and why). */
export function makeContents(t: Words, open: (id: string) => void): Contents {
  const [button, panel] = [byId('contents-button'), byId('contents')];
  let entries: Entry[] = [];
  /** The order in which they are drawn, and their lines by id. */
  let drawn = '';
  let lines = new Map<string, Line>();
  const shut = make('button', { type: 'button', class: 'button quiet small shut' }, t('contents.close'));
  shut.addEventListener('click', () => close(true));

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
    if (panel.hidden) return;
    draw();
    const here =
      panel.querySelector<HTMLElement>('[aria-current]') ?? panel.querySelector<HTMLElement>('li button');
    here?.scrollIntoView({ block: 'center' });
    here?.focus();
  });
  panel.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close(true);
  });

  /** Only what has changed, of a panel that can be seen: a course may have hundreds of parts, and call all the time. */
  function draw(): void {
    if (panel.hidden) return;
    const order = entries.map(({ id }) => id).join('\n');
    const focused = [...lines].find(([, { node }]) => node.contains(document.activeElement))?.[0];
    const before = lines;
    lines = new Map(
      entries.map((entry, i) => [entry.id, lineOf(entry, isPart(entries, i), before.get(entry.id))]),
    );
    if (order === drawn) for (const [id, { node }] of lines) replace(before.get(id)?.node, node);
    else
      panel.replaceChildren(
        make('ol', { class: 'plain' }, ...[...lines.values()].map(({ node }) => node)),
        shut,
      );
    drawn = order;
    if (focused !== undefined) lines.get(focused)?.node.querySelector('button')?.focus();
  }

  function lineOf(entry: Entry, isPart: boolean, before: Line | undefined): Line {
    const of = JSON.stringify([entry, isPart]);
    if (before?.of === of) return before;
    const [level, depth] = [entry.depth + 1, Math.min(entry.depth, 4)].map(String) as [string, string];
    const node = make(
      'li',
      { 'aria-level': level, 'data-depth': depth },
      isPart ? part(entry) : chapter(entry),
    );
    return { of, node };
  }

  /** A chapter has no page; where the sequencer lets a learner choose it, it leads to its first part. */
  function chapter(entry: Entry): HTMLElement {
    const title = shorten(entry.title) || t('untitled');
    if (!entry.open) return make('span', { class: 'chapter title' }, title);
    return opens(entry, make('button', { type: 'button', class: 'chapter title' }, title));
  }

  function part(entry: Entry): HTMLElement {
    const title = make('span', { class: 'title' }, shorten(entry.title) || t('untitled'));
    // What became of a part is said also where it is closed since, or may not be opened anew while one is there.
    const isKnown = entry.open || entry.current || entry.status !== 'not attempted';
    const locked = entry.reason === undefined ? t('locked') : t(`locked.${entry.reason}`);
    const words = [isKnown && t(`status.${entry.status}`), !entry.open && !entry.current && locked];
    const state = make('span', { class: 'small soft' }, words.filter(Boolean).join(' · '));
    const item = make(
      'button',
      { type: 'button' },
      sign(isKnown ? signs[entry.status] : 'locked'),
      make('span', {}, title, state),
    );
    if (entry.current) {
      item.setAttribute('aria-current', 'true');
      state.append(` · ${t('current')}`);
    }
    // Not `disabled`: why it is locked must be reachable by keyboard and heard.
    if (!entry.open) item.setAttribute('aria-disabled', 'true');
    return opens(entry, item);
  }

  function opens(entry: Entry, item: HTMLElement): HTMLElement {
    item.addEventListener('click', () => {
      if (!entry.open || entry.current) return;
      // On a phone the panel lies over the course; beside it there is room for both.
      if (matchMedia('(max-width: 59.99rem)').matches) close();
      open(entry.id);
    });
    return item;
  }

  return {
    close: () => close(),
    show(now) {
      entries = now;
      const several = entries.filter((entry) => entry.kind !== 'cluster').length > 1;
      button.hidden = !several;
      if (!several) toggle(false);
      draw();
    },
  };
}

function replace(before: HTMLElement | undefined, now: HTMLElement): void {
  if (before !== now) before?.replaceWith(now);
}
