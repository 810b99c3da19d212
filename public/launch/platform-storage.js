// @ts-check
/**
 * The platform's storage (1EdTech LTI Client Side postMessages 0.1 and Platform Storage 0.1): asks the named frame, and
 * gives up after a while, because many platforms offer it and none answers in their mobile apps.
 *
 * @param {{ subject: 'lti.put_data' | 'lti.get_data', frame: string, origin: string, key: string, value?: string }} ask
 * @returns {Promise<string | undefined>} the value that is stored there now
 */
export function askStorage({ subject, frame, origin, key, value }, wait = 1500) {
  const target = findFrame(frame);
  if (!target) return Promise.resolve(undefined);
  const messageId = crypto.randomUUID();
  return new Promise((resolve) => {
    const listen = (/** @type {MessageEvent} */ event) => {
      const { data } = event;
      if (event.origin !== origin || typeof data !== 'object' || data === null) return;
      if (data.message_id !== messageId || data.subject !== `${subject}.response`) return;
      done(data.error ? undefined : data.value);
    };
    const done = (/** @type {string | undefined} */ answer) => {
      removeEventListener('message', listen);
      clearTimeout(timer);
      resolve(typeof answer === 'string' ? answer : undefined);
    };
    const timer = setTimeout(done, wait);
    addEventListener('message', listen);
    target.postMessage(
      { subject, message_id: messageId, key, ...(value === undefined ? {} : { value }) },
      origin,
    );
  });
}

/** `_parent` is who put us into a frame or opened us; any other name is a frame beside us there. */
function findFrame(/** @type {string} */ name) {
  const above = window.parent === window ? window.opener : window.parent;
  if (!above) return undefined;
  if (name === '_parent') return above;
  try {
    return above.frames[name] ?? above;
  } catch {
    return above;
  }
}
