// @ts-check
// The little that the sandbox LMS does in a browser: the picker in a dialog, the gradebook kept fresh, and what an LMS's
// page does for the tool in its frame. Every page works without it.

for (const opener of document.querySelectorAll('a[data-opens]')) {
  const dialog = document.getElementById(opener.getAttribute('data-opens') ?? '');
  const frame = dialog?.querySelector('iframe');
  if (!(dialog instanceof HTMLDialogElement) || !frame) continue;
  opener.addEventListener('click', (event) => {
    if (!(event instanceof MouseEvent) || event.ctrlKey || event.metaKey || event.shiftKey || event.button)
      return;
    event.preventDefault();
    frame.src = frame.dataset.src ?? '';
    dialog.showModal();
  });
  // Closed is closed: picking begins afresh the next time.
  dialog.addEventListener('close', () => frame.removeAttribute('src'));
}

const fresh = [...document.querySelectorAll('[data-fresh]')];
if (fresh.length) setInterval(refresh, 3_000);

/** Grades come by themselves: looks for them, and changes only what has changed. */
async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    for (const old of fresh) {
      const now = page.getElementById(old.id);
      if (!now || now.innerHTML === old.innerHTML) continue;
      for (const { name, value } of now.attributes) old.setAttribute(name, value);
      old.replaceChildren(...now.childNodes);
      const said = document.getElementById('said');
      if (said) said.textContent = old.getAttribute('data-fresh');
    }
  } catch {
    // The LMS is away; the next time, perhaps.
  }
}

// LTI Client Side postMessages 1.0 and LTI Platform Storage 0.1: what the tool cannot keep in a cookie, this page keeps for it.
/** @type {Map<string, string>} */
const kept = new Map();

addEventListener('message', ({ data, origin, source }) => {
  const frame = [...document.querySelectorAll('iframe')].find(
    (one) => one.contentWindow && one.contentWindow === source,
  );
  if (!frame || typeof data?.subject !== 'string' || origin === location.origin || origin === 'null') return;
  const { subject, message_id, key, value } = data;
  const answer = (/** @type {object} */ more) =>
    source?.postMessage({ subject: `${subject}.response`, message_id, ...more }, { targetOrigin: origin });
  const name = JSON.stringify([origin, key]);
  if (subject === 'lti.capabilities') {
    answer({
      supported_messages: ['lti.capabilities', 'lti.put_data', 'lti.get_data', 'lti.frameResize'].map(
        (one) => ({ subject: one }),
      ),
    });
  } else if (subject === 'lti.put_data' || subject === 'lti.get_data') {
    if (typeof key !== 'string' || !message_id)
      return answer({ error: { code: 'bad_request', message: 'key or message_id is missing' } });
    if (subject === 'lti.put_data') {
      if (value === null || value === undefined) kept.delete(name);
      else if (kept.size >= 100 || String(value).length > 4096)
        return answer({ error: { code: 'storage_exhaustion', message: 'no room' } });
      else kept.set(name, String(value));
    }
    answer({ key, value: kept.get(name) ?? null });
  } else if (subject === 'lti.frameResize') {
    const height = Number(data.height);
    if (height >= 100 && height <= 20_000 && frame.id === 'activity-frame')
      frame.style.height = `${height}px`;
  }
});
