import { byId, make, sign, type Sign } from './dom.ts';

export type Action = { label: string; act: () => void };
export type Message = {
  sign: Sign;
  heading: string;
  /** Lines below it; what is missing is left out. */
  lines: (string | undefined)[];
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
  return {
    host,
    course: () => only(),
    loading: () => only(loading),
    say(message, keepFocus = false) {
      const heading = make('h2', { tabindex: '-1' }, message.heading);
      const lines = message.lines.filter((line) => line !== undefined).map((line) => make('p', {}, line));
      const buttons = message.actions.map(({ label, act }, i) => {
        const button = make(
          'button',
          { type: 'button', class: i === 0 ? 'button primary' : 'button' },
          label,
        );
        button.addEventListener('click', act);
        return button;
      });
      const focused = document.activeElement;
      const at = [...after.querySelectorAll('button')].indexOf(focused as HTMLButtonElement);
      const isOurs = after.contains(focused);
      after.replaceChildren(
        sign(message.sign),
        heading,
        ...lines,
        make('div', { class: 'actions' }, ...buttons),
      );
      only(after);
      if (!keepFocus || isOurs) (buttons[at] ?? heading).focus();
    },
  };
}
