// @ts-check
/**
 * Keeps parts marked `data-live` (with an id) as the server sees them: the page is asked for again while somebody looks
 * at it. `data-live="/address"` asks there instead. A part in which somebody is doing something is left alone.
 */

const everyMs = 4000;
/** While something is under way that will be over in a moment: the part has a `data-soon` in it. */
const soonMs = 1000;

for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-live][id]')))
  watch(part);

/** @param {HTMLElement} part */
function watch(part) {
  let last = part.innerHTML;
  const look = async () => {
    if (document.visibilityState === 'visible' && !isBusy(part)) {
      const fresh = await ask(part).catch(() => undefined);
      if (fresh !== undefined && fresh !== last && !isBusy(part)) {
        last = fresh;
        part.innerHTML = fresh;
      }
    }
    setTimeout(look, wait());
  };
  const wait = () => (part.querySelector('[data-soon]') ? soonMs : everyMs);
  setTimeout(look, wait());
}

/** @param {HTMLElement} part */
async function ask(part) {
  const answer = await fetch(part.dataset.live || location.href, {
    headers: { Accept: 'text/html' },
    redirect: 'error',
  });
  if (!answer.ok) return undefined;
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
  return page.getElementById(part.id)?.innerHTML;
}

/** @param {HTMLElement} part */
function isBusy(part) {
  return (
    part.contains(document.activeElement) ||
    part.querySelector('details[open], dialog[open]') !== null ||
    part.contains(
      document.getSelection()?.isCollapsed === false ? (document.getSelection()?.anchorNode ?? null) : null,
    )
  );
}
