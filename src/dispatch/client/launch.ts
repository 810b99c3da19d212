import type { Learner } from './record.ts';
import type { Settings } from './settings.ts';
import { readSnapshot, type Snapshot } from './snapshot.ts';

export type Opened = { url: string; hint: string; snapshot: Snapshot };

/** Refused in the server's words, or (no title) nobody answered. `again`: worth another try. */
export type Refused = { title?: string; detail?: string; again: boolean };

/** Asks the server for a launch. XMLHttpRequest, because an LMS's browser may be old and because it has a timeout. */
export function askForLaunch(
  settings: Settings,
  learner: Learner,
  done: (answer: Opened | Refused) => void,
): void {
  const request = new XMLHttpRequest();
  request.open('POST', `${settings.base}/dispatch/${settings.dispatch}/launch`);
  request.timeout = 20_000;
  // Not application/json: that would ask the server's leave first (CORS preflight).
  request.setRequestHeader('Content-Type', 'text/plain;charset=UTF-8');
  request.setRequestHeader('Accept', 'application/json');
  request.addEventListener('load', () => done(readAnswer(request.status, request.responseText)));
  request.addEventListener('error', () => done({ again: true }));
  request.addEventListener('timeout', () => done({ again: true }));
  request.send(
    JSON.stringify({
      shellKey: settings.shellKey,
      learnerId: learner.id.slice(0, 500),
      name: learner.name.slice(0, 500),
      hint: learner.hint,
      lmsOrigin: location.origin.slice(0, 300),
      standard: settings.standard,
      mode: learner.mode,
    }),
  );
}

function readAnswer(status: number, text: string): Opened | Refused {
  let answer: { [name: string]: unknown } = {};
  try {
    answer = JSON.parse(text) as { [name: string]: unknown };
  } catch {
    // A proxy's page: as good as no answer.
  }
  const snapshot = readSnapshot(answer.snapshot);
  if (status === 200 && snapshot && /^https?:\/\//.test(String(answer.url))) {
    return { url: String(answer.url), hint: String(answer.hint), snapshot };
  }
  const again = status === 200 || status === 429 || status >= 500;
  return typeof answer.title === 'string'
    ? { title: answer.title, detail: String(answer.detail || ''), again }
    : { again: true };
}
