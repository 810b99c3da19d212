// @ts-check
/* Finds as you type and counts what is picked. Without it the same form does the same by its buttons. */
const form = /** @type {HTMLFormElement} */ (document.querySelector('#picker'));
const search = /** @type {HTMLInputElement | null} */ (document.querySelector('#search'));
const picked = /** @type {HTMLElement} */ (document.querySelector('#picked'));
let asking = new AbortController();
let timer = 0;

search?.addEventListener('input', () => {
  narrow();
  clearTimeout(timer);
  if (isPartial()) timer = setTimeout(ask, 250);
});
// The form's first button is "Search", which Enter would press in every field of it.
form.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  clearTimeout(timer);
  if (event.target !== search) form.requestSubmit(document.querySelector('#add'));
  else if (isPartial()) void ask();
});
form.addEventListener('change', count);
form.addEventListener('submit', (event) => {
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (button?.value !== 'add') return;
  // A second click would find the ticket used.
  setTimeout(() => (button.disabled = true));
});
addEventListener('pageshow', () => {
  const add = /** @type {HTMLButtonElement | null} */ (document.querySelector('#add'));
  if (add) add.disabled = false;
  count();
});

/** @type {HTMLSelectElement | null} */
const zone = document.querySelector('#zone');
guessZone();
zone?.addEventListener('change', sayZone);

let asked = search?.value ?? '';
count();
const wrong = /** @type {HTMLElement | null} */ (document.querySelector('#courses [aria-invalid="true"]'));
// In a frame of another site a browser does not follow autofocus.
if (wrong) wrong.focus();
else search?.focus({ preventScroll: true });

/** What is here already is found at once; picked courses stay in sight. */
function narrow() {
  const words = (search?.value ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('.pick'))) {
    const fits = words.every((word) => row.dataset.text?.includes(word));
    row.hidden = !fits && !row.querySelector(':checked');
    if (fits) shown += 1;
  }
  const list = /** @type {HTMLElement} */ (document.querySelector('#courses'));
  const none = /** @type {HTMLElement | null} */ (document.querySelector('#none'));
  const found = document.querySelector('#found');
  if (none) none.hidden = shown > 0;
  if (found)
    found.textContent =
      shown === 1 ? (list.dataset.one ?? '') : (list.dataset.count ?? '').replace('{count}', String(shown));
}

/** Could the server have courses that fit and are not here? */
function isPartial() {
  const { more } = /** @type {HTMLElement} */ (document.querySelector('#courses')).dataset;
  return more === 'true' || !search?.value.startsWith(asked);
}

/** More than is here is asked of the server: the same form, sent behind the scenes. */
async function ask() {
  asking.abort();
  asking = new AbortController();
  const fields = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  fields.set('do', 'search');
  try {
    const answer = await fetch(form.action, { method: 'POST', body: fields, signal: asking.signal });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('#courses');
    if (!answer.ok || !fresh) return;
    asked = fields.get('search') ?? '';
    swap(/** @type {HTMLElement} */ (document.querySelector('#courses')), fresh);
    count();
  } catch {
    // Typed on, or offline: what is here stays.
  }
}

/** Puts the server's list in the place of this one; what was picked, typed and focused meanwhile stays as it is. */
function swap(/** @type {HTMLElement} */ old, /** @type {Element} */ fresh) {
  const focused = document.activeElement?.id;
  for (const input of /** @type {NodeListOf<HTMLInputElement>} */ (
    fresh.querySelectorAll('[name="course"]')
  )) {
    input.checked = false;
  }
  for (const input of [...old.querySelectorAll('[name="course"]:checked')].toReversed()) {
    const row = /** @type {HTMLElement} */ (input.closest('.pick'));
    const same = fresh.querySelector(`#${CSS.escape(input.id)}`)?.closest('.pick');
    row.hidden = false;
    if (same) same.replaceWith(row);
    else fresh.querySelector('ul')?.prepend(row);
  }
  old.replaceWith(fresh);
  sayZone();
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** Nobody has said in which time zone they are: this browser's. */
function guessZone() {
  if (!zone) return;
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone.value === '' && own) {
    zone.value = own;
    // A name of it that the list does not have.
    if (zone.value !== own) zone.add(new Option(own, own, true, true));
  }
  sayZone();
}

/** Beside the dates, in words. */
function sayZone() {
  const name = zone?.value && [zone.selectedOptions[0]?.text, timeOf(zone.value)].filter(Boolean).join(', ');
  for (const hint of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-zone]'))) {
    hint.dataset.else ??= hint.textContent ?? '';
    hint.textContent = name ? (hint.dataset.zone ?? '').replace('{zone}', name) : hint.dataset.else;
  }
}

/** "Central European Time". */
function timeOf(/** @type {string} */ timeZone) {
  try {
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longGeneric' });
    return format.formatToParts(0).find(({ type }) => type === 'timeZoneName')?.value;
  } catch {
    return undefined; // A zone that this browser does not know: its name alone.
  }
}

function count() {
  const number = form.querySelectorAll('[name="course"]:checked').length;
  picked.textContent =
    form.dataset.many === 'true' && number > 0
      ? (picked.dataset.text ?? '').replace('{count}', String(number))
      : '';
}
