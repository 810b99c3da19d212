/** An element of the page, which is ours: one that is missing is a mistake. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`No #${id} on the page`);
  return element as T;
}

/** A new element with its text and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string> = {},
  ...content: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...content);
  return element;
}

const signs = {
  done: 'm4 12.5 5 5L20 6.5',
  bad: 'm7 7 10 10m0-10L7 17',
  part: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 4v4l3 2',
  none: 'M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z',
  locked: 'M6 11h12v9H6zm2.500 0V8a3.500 3.500 0 0 1 7 0v3',
  window: 'M4 8V5h9M4 8v11h16v-7M15 4h5v5m0-5-8 8',
  warning: 'M12 4 2.5 20h19zM12 10v4.5M12 17.3v.2',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 8v5m0-8.200v.2',
};
export type Sign = keyof typeof signs;

/** A drawn sign; a word always stands beside it. */
export function sign(name: Sign): SVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  for (const [key, value] of [
    ['class', `icon ${name}`],
    ['viewBox', '0 0 24 24'],
    ['aria-hidden', 'true'],
    ['focusable', 'false'],
  ]) {
    svg.setAttribute(key!, value!);
  }
  const path = document.createElementNS(space, 'path');
  path.setAttribute('d', signs[name]);
  svg.append(path);
  return svg;
}
