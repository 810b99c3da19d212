import { byId } from './dom.ts';
import type { Words } from './words.ts';

/** What a step does; undefined: there is none now. */
export type Step = (() => void) | undefined;

/** A button that does what it is given, and is there while it is given something. */
export function makeStep(button: HTMLElement): (act: Step) => void {
  let step: Step;
  button.addEventListener('click', () => step?.());
  return (act) => {
    step = act;
    button.hidden = act === undefined;
  };
}

/**
 * The step to what comes next. Where that is locked, the button says why: to who hears it at once, to everybody when it is pressed;
 * the course stays where it is, unless the learner leaves all the same (its last words may be what was missing).
 */
export function makeStepOn(t: Words): (act: Step, closed?: string) => void {
  const [button, strip, words, live] = [byId('next'), byId('closed'), byId('closed-words'), byId('live')];
  let onward: Step;
  let isClosed = false;
  const shut = () => (strip.hidden = true);
  const step = makeStep(button);
  byId('closed-anyway').textContent = t('closed.anyway');
  byId('closed-anyway').addEventListener('click', () => onward?.());
  byId('closed-shut').textContent = t('understood');
  byId('closed-shut').addEventListener('click', () => {
    shut();
    button.focus();
  });
  const explain = () => {
    strip.hidden = false;
    live.textContent = words.textContent;
  };
  return (act, closed) => {
    onward = act;
    isClosed = act !== undefined && closed !== undefined;
    step(isClosed ? explain : act);
    words.textContent = closed ?? '';
    if (isClosed) return button.setAttribute('aria-disabled', 'true');
    button.removeAttribute('aria-disabled');
    shut();
  };
}
