// @ts-check
/** What every work page gains from scripts: the theme without a reload, copy buttons, dialogs, one press per form. */

for (const form of document.querySelectorAll('form[data-theme-switch]')) {
  form.addEventListener('submit', (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {SubmitEvent} */ (event).submitter);
    if (!button) return;
    event.preventDefault();
    const root = document.documentElement;
    if (button.value === 'system') delete root.dataset.theme;
    else root.dataset.theme = button.value;
    for (const each of form.querySelectorAll('button'))
      each.setAttribute('aria-pressed', String(each === button));
    const body = new URLSearchParams({ csrf: csrfOf(form), theme: button.value });
    void fetch(/** @type {HTMLFormElement} */ (form).action, { method: 'POST', body, redirect: 'manual' });
  });
}

/** @param {Element} form */
function csrfOf(form) {
  return /** @type {HTMLInputElement} */ (form.querySelector('[name=csrf]')).value;
}

// A menu closes when one presses Escape or goes elsewhere.
for (const menu of /** @type {NodeListOf<HTMLDetailsElement>} */ (
  document.querySelectorAll('details.menu')
)) {
  document.addEventListener('click', (event) => {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  });
  menu.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || !menu.open) return;
    menu.open = false;
    menu.querySelector('summary')?.focus();
  });
  menu.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !menu.contains(/** @type {Node} */ (event.relatedTarget))) menu.open = false;
  });
}

for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (
  document.querySelectorAll('button[data-copy]')
)) {
  const field = /** @type {HTMLInputElement | HTMLTextAreaElement | null} */ (
    document.getElementById(button.dataset.copy ?? '')
  );
  if (!field) continue;
  button.hidden = false;
  field.addEventListener('focus', () => field.select());
  const label = button.innerHTML;
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      // No clipboard on plain http: the old command still works on the selected text.
      field.select();
      document.execCommand('copy');
      button.focus();
    }
    button.textContent = button.dataset.copied ?? '';
    toast(button.dataset.copied ?? '');
    setTimeout(() => (button.innerHTML = label), 2000);
  });
}

for (const opener of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-dialog]'))) {
  const dialog = /** @type {HTMLDialogElement | null} */ (
    document.getElementById(opener.dataset.dialog ?? '')
  );
  if (!dialog) continue;
  opener.addEventListener('click', (event) => {
    event.preventDefault();
    dialog.showModal();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
}

// Pressing twice must not do it twice. On the document: parts of a page may be replaced (live.js).
/** @type {WeakSet<EventTarget>} */
const sent = new WeakSet();
document.addEventListener('submit', (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.method !== 'post' || event.submitter?.getAttribute('formmethod') === 'dialog') return;
  if (sent.has(form)) event.preventDefault();
  sent.add(form);
  setTimeout(() => sent.delete(form), 3000);
});

// Times as the reader's clock shows them; the server, which does not know it, writes UTC.
const clock = new Intl.DateTimeFormat(navigator.languages, { dateStyle: 'medium', timeStyle: 'short' });
const zoned = new Intl.DateTimeFormat(navigator.languages, { dateStyle: 'full', timeStyle: 'long' });
const localTimes = () => {
  for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (
    document.querySelectorAll('time[datetime]:not([title])')
  )) {
    const at = new Date(time.dateTime);
    time.title = zoned.format(at);
    time.textContent = clock.format(at);
  }
};
localTimes();
new MutationObserver(localTimes).observe(document.body, { childList: true, subtree: true });

/** @type {HTMLElement | null} */ (document.querySelector('[data-focus]'))?.focus();

/**
 * Says something in passing, to eyes and to screen readers.
 * @param {string} text
 */
export function toast(text) {
  const region = document.querySelector('.toasts');
  if (!region) return;
  const line = document.createElement('p');
  line.className = 'toast';
  line.textContent = text;
  region.append(line);
  setTimeout(() => line.remove(), 4000);
}
