import type { Progress } from '../../scorm/progress.ts';

/**
 * Whoever frames us. Taken when this file is loaded, which is before finders.ts shadows `window.parent`, and never
 * handed on: a course that got hold of it could speak to the LMS in our name.
 */
const above = window.parent;

export type Relay = {
  /** Something happened; what it comes to is said once the course has had its say. */
  notice: () => void;
  /** Somebody listens: there is an LMS that can be told, and a place to go back to. */
  isHeard: () => boolean;
  /** The learner leaves for good, after everything is saved. */
  exit: () => void;
};

/**
 * Tells the shell of a dispatch ZIP, if one is what frames us, what the course comes to, so that its LMS knows it too.
 * We say `ready` to our parent, whoever it is; a shell answers with one end of a channel, and all else goes through that:
 * absolute states, so that a lost or doubled one does no harm (dispatch/client/port.ts has the other end).
 */
export function startRelay(current: () => Progress): Relay {
  if (above === window) return { notice: () => undefined, isHeard: () => false, exit: () => undefined };
  let port: MessagePort | undefined;
  let revision = 0;
  let said = '';
  let isPending = false;

  function tell(): void {
    isPending = false;
    if (!port) return;
    const { completion, success, score, measure, seconds } = current();
    const isFinished = completion === 'completed' || success !== 'unknown';
    const state = { completion, success, score, measure, seconds, exit: isFinished ? 'normal' : 'suspend' };
    const words = JSON.stringify(state);
    if (words === said) return;
    said = words;
    port.postMessage({ type: 'state', revision: ++revision, ...state });
  }

  window.addEventListener('message', (event: MessageEvent<{ coursedock?: unknown; v?: unknown } | null>) => {
    // The course's frame can post to us as well; only who is above us is the shell.
    if (event.source !== above || event.data?.coursedock !== 'dispatch' || event.data.v !== 1) return;
    port?.close();
    port = event.ports[0];
    said = '';
    tell();
  });
  // To any origin: it says nothing, and we cannot know which LMS this is.
  above.postMessage({ coursedock: 'ready' }, '*');
  return {
    notice() {
      if (isPending || !port) return;
      isPending = true;
      // A course sets a dozen elements in one go.
      queueMicrotask(tell);
    },
    isHeard: () => port !== undefined,
    exit() {
      tell();
      port?.postMessage({ type: 'exit' });
    },
  };
}
