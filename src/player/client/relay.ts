import type { Progress } from '../../scorm/progress.ts';

/** What the attempt has come to, as the server has stored it: absolute, so that the last of many is enough. */
export type Snapshot = Progress & { revision: number; location?: string };

export type Relay = {
  /** Is a dispatch's shell listening? */
  isHeard: () => boolean;
  tell: (snapshot: Snapshot) => void;
  /** The learner wants out of the course: the shell takes it from here. */
  exit: () => void;
  /** The course is over here: what a launcher that opened this window waits for. */
  over: () => void;
};

/**
 * The wire to whoever waits for what the attempt comes to. The shell of a dispatch, if one frames us, passes it on to its LMS
 * (dispatch/client/port.ts has the other end): we say `ready` to whoever is above; a shell answers with one end of a channel of its
 * own. Only the window above is heard, once: a course, which can post to us too, gets no ear. `opener`: the launcher
 * that opened this one in a window of its own (own-window.ts), on our own origin.
 */
export function openRelay(above: Window, opener: Window | null): Relay {
  let post: ((message: unknown) => void) | undefined;
  let latest: Snapshot | undefined;
  const toOpener = (message: unknown) => opener?.postMessage(message, location.origin);
  window.addEventListener('message', ({ isTrusted, source, data, ports }) => {
    const { coursedock, v } = ((typeof data === 'object' && data) || {}) as {
      coursedock?: unknown;
      v?: unknown;
    };
    const port = ports[0];
    // A course can make up an event that says it comes from above; the browser marks those.
    if (post || !port || !isTrusted || source !== above || source === window) return;
    if (coursedock !== 'dispatch' || v !== 1) return;
    post = port.postMessage.bind(port);
    if (latest) post({ type: 'state', ...latest });
  });
  // To anybody: there is nothing in it, and a shell's origin is the LMS's, which we do not know.
  if (above !== window) above.postMessage({ coursedock: 'ready' }, '*');
  toOpener({ coursedock: 'window' });
  return {
    isHeard: () => post !== undefined,
    tell(snapshot) {
      latest = snapshot;
      post?.({ type: 'state', ...snapshot });
      toOpener({ coursedock: 'window' });
    },
    exit: () => post?.({ type: 'exit' }),
    over: () => toOpener({ coursedock: 'window', over: true }),
  };
}
