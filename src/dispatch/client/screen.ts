/** What the learner sees: the course, or one message. */
export type Screen = {
  /** A message over the course's place; `retry` gives it a button. */
  say: (title: string, detail?: string, retry?: { label: string; press: () => void }) => void;
  /** The course's frame, a new one each time. */
  show: (url: string, title: string) => HTMLIFrameElement;
  /** The course is up: the message goes. */
  reveal: () => void;
  /** The course goes. */
  clear: () => void;
};

export function makeScreen(): Screen {
  const box = document.getElementById('message')!;
  let frame: HTMLIFrameElement | undefined;
  function add(tag: string, text: string): HTMLElement {
    const element = document.createElement(tag);
    element.textContent = text;
    box.appendChild(element);
    return element;
  }
  function reveal(): void {
    box.hidden = true;
  }
  function clear(): void {
    if (frame) frame.parentNode!.removeChild(frame);
    frame = undefined;
  }
  return {
    say(title, detail, retry) {
      box.textContent = '';
      box.hidden = false;
      add('h1', title);
      if (detail) add('p', detail);
      if (retry) add('button', retry.label).addEventListener('click', retry.press);
    },
    show(url, title) {
      clear();
      frame = document.createElement('iframe');
      frame.title = title;
      frame.allow =
        'autoplay *; fullscreen *; encrypted-media *; picture-in-picture *; clipboard-write *; microphone *; camera *; unload *';
      frame.setAttribute('allowfullscreen', '');
      // The launcher has words of its own for waiting, and for what goes wrong there.
      frame.addEventListener('load', reveal);
      frame.src = url;
      document.body.appendChild(frame);
      return frame;
    },
    reveal,
    clear,
  };
}
