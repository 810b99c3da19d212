import type { Progress } from '../../scorm/progress.ts';

/**
 * Whoever frames us. Taken when this file is loaded, which is before finders.ts shadows `window.parent`, and never
 * handed on: a course that got hold of it could speak to the LMS in our name.
 */
const above = window.parent;

/** What the course has come to so far, and a word whenever that changes. */
export type ProgressSource = {
  current: () => Progress & { location?: string };
  onChange: (changed: () => void) => void;
};

export type Relay = {
  /** The learner leaves the course for good: the last word, after everything is saved. */
  exit: () => void;
};

/**
 * Tells the shell of a dispatch ZIP, if one is what frames us, what the course comes to, so that its LMS knows it too.
 * We say `ready` to our parent, whoever it is; a shell answers with one end of a channel, and all else goes through that:
 * absolute states, so that a lost or doubled one does no harm (dispatch/client/port.ts has the other end).
 */
export function startRelay(source: ProgressSource): Relay {
  if (above === window) return { exit: () => undefined };
  let port: MessagePort | undefined;
  let revision = 0;
  let sent = '';

  function tell(): void {
    if (!port) return;
    const progress = source.current();
    const { completion, success, score, measure, seconds, location } = progress;
    const finished = completion === 'completed' || success !== 'unknown';
    const state = {
      completion,
      success,
      score,
      measure,
      seconds,
      location,
      exit: finished ? 'normal' : 'suspend',
    };
    const text = JSON.stringify(state);
    if (text === sent) return;
    sent = text;
    port.postMessage({ type: 'state', revision: ++revision, ...state });
  }

  window.addEventListener('message', (event: MessageEvent<{ coursedock?: unknown; v?: unknown } | null>) => {
    // The course's frame can post to us as well; only who is above us is the shell.
    if (event.source !== above || event.data?.coursedock !== 'dispatch' || event.data.v !== 1) return;
    port?.close();
    port = event.ports[0];
    sent = '';
    tell();
  });
  source.onChange(tell);
  // To any origin: it says nothing, and we cannot know which LMS this is.
  above.postMessage({ coursedock: 'ready' }, '*');
  return {
    exit() {
      tell();
      port?.postMessage({ type: 'exit' });
    },
  };
}
