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
  if (hasMore() || search.value.length < asked.length || !search.value.startsWith(asked))
    timer = setTimeout(ask, 250);
});
// The form's first button is "Search", which Enter would press in every field of it.
form.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !(event.target instanceof HTMLInputElement)) return;
  event.preventDefault();
  clearTimeout(timer);
  if (event.target === search) void ask();
  else form.requestSubmit(document.querySelector('#add'));
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

let asked = search?.value ?? '';
count();
// In a frame of another site a browser does not follow autofocus.
search?.focus({ preventScroll: true });

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

function hasMore() {
  return /** @type {HTMLElement} */ (document.querySelector('#courses')).dataset.more === 'true';
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
    document.querySelector('#courses')?.replaceWith(fresh);
    count();
  } catch {
    // Typed on, or offline: what is here stays.
  }
}

function count() {
  const number = form.querySelectorAll('[name="course"]:checked').length;
  picked.textContent =
    form.dataset.many === 'true' && number > 0
      ? (picked.dataset.text ?? '').replace('{count}', String(number))
      : '';
}
