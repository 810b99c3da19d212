// @ts-check
import { askStorage } from './platform-storage.js';

/* The browser keeps the login's secret where it can, then goes on to the LMS. The server has set a cookie besides. */
const {
  key = '',
  secret = '',
  next = '',
  frame,
  origin,
} = /** @type {HTMLElement} */ (document.querySelector('#onward')).dataset;

try {
  sessionStorage.setItem(key, secret);
} catch {
  // Storage is blocked: the cookie, or the platform's storage, may do.
}
if (frame && origin) await askStorage({ subject: 'lti.put_data', frame, origin, key, value: secret });
location.replace(next);
