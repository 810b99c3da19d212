// @ts-check
import { askStorage } from './platform-storage.js';

/* No cookie came back. Whoever kept the login's secret elsewhere proves with it that the launch was begun here. */
const main = /** @type {HTMLElement} */ (document.querySelector('#proof'));
const form = /** @type {HTMLFormElement} */ (document.querySelector('#prove'));
const another = /** @type {HTMLFormElement} */ (document.querySelector('#window'));
const waiting = /** @type {HTMLElement} */ (document.querySelector('#waiting'));
const { key = '', frame, origin } = main.dataset;

waiting.hidden = false;
another.hidden = true;
const secret =
  ownStorage() ??
  (frame && origin ? await askStorage({ subject: 'lti.get_data', frame, origin, key }) : undefined);
if (secret) {
  /** @type {HTMLInputElement} */ (form.elements.namedItem('secret')).value = secret;
  form.submit();
} else {
  waiting.hidden = true;
  another.hidden = false;
  another.querySelector('button')?.focus();
}

function ownStorage() {
  try {
    const value = sessionStorage.getItem(key) ?? undefined;
    sessionStorage.removeItem(key);
    return value;
  } catch {
    return undefined;
  }
}
