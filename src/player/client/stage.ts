import { byId, make, sign, type Sign } from './dom.ts';

export type Action = {
  label: string;
  /** What it means, in a line of its own. */
  hint?: string;
  act: () => void;
  /** A link, for what a browser opens only from one; `act` is done besides. */
  link?: { href: string; target: '_blank' | '_top' };
};
export type Message = {
  sign: Sign;
  heading: string;
  /** Lines below it; what is missing is left out. */
  lines: (string | undefined)[];
  /** The first is the likeliest. */
  actions: Action[];
};

export type Stage = {
  /** Where the course's frame goes. */
  host: HTMLElement;
  /** The course has the room. */
  course: () => void;
  loading: () => void;
  /** In the place of the course: what came of it, or what went wrong. `keepFocus` for one that only changes its words. */
  say: (message: Message, keepFocus?: boolean) => void;
};

/** The room under the bar: a course, or one thing said in its place. */
export function makeStage(): Stage {
  const [host, loading, after] = [byId('stage'), byId('loading'), byId('after')];
  const only = (shown?: HTMLElement) => {
    loading.hidden = shown !== loading;
    after.hidden = shown !== after;
  };
  byId('skip').addEventListener('click', () =>
    (host.querySelector('iframe') ?? after.querySelector('h2'))?.focus(),
  );
  return {
    host,
    course: () => only(),
    loading: () => only(loading),
    say(message, keepFocus = false) {
      const heading = make('h2', { tabindex: '-1' }, message.heading);
      const lines = message.lines.filter((line) => line !== undefined).map((line) => make('p', {}, line));
      const controls = message.actions.map(controlOf);
      const focused = document.activeElement;
      const at = [...after.querySelectorAll('button, a')].indexOf(focused as HTMLElement);
      const isOurs = after.contains(focused);
      after.replaceChildren(sign(message.sign), heading, ...lines, groupOf(message.actions, controls));
      only(after);
      if (!keepFocus || isOurs) (controls[at] ?? heading).focus();
    },
  };
}

function controlOf({ label, act, link, hint }: Action, i: number): HTMLElement {
  const shape = {
    class: i === 0 ? 'button primary' : 'button',
    ...(hint ? { 'aria-describedby': `hint-${i}` } : {}),
  };
  const control = link
    ? make('a', { ...shape, href: link.href, target: link.target, rel: 'opener' }, label)
    : make('button', { ...shape, type: 'button' }, label);
  control.addEventListener('click', act);
  return control;
}

/** In a row; one below the other where each says what it means. */
function groupOf(actions: Action[], controls: HTMLElement[]): HTMLElement {
  if (!actions.some(({ hint }) => hint)) return make('div', { class: 'actions' }, ...controls);
  const choices = actions.map(({ hint = '' }, i) =>
    make('li', {}, controls[i]!, make('p', { id: `hint-${i}`, class: 'small' }, hint)),
  );
  return make('ul', { class: 'choices plain' }, ...choices);
}
