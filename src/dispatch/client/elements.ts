import type { Standard } from './settings.ts';
import { isFinished, type Snapshot } from './snapshot.ts';

export type Values = [element: string, value: string][];

/** What an LMS is to hold for a snapshot, in the words of its standard. `sessionSeconds`: what of the time is this session's. */
export function valuesFor(standard: Standard, snapshot: Snapshot, sessionSeconds: number): Values {
  return standard === 'scorm12' ? values12(snapshot, sessionSeconds) : values2004(snapshot, sessionSeconds);
}

/** SCORM 1.2 RTE 3.4.4: one status for both completion and success. */
function values12(snapshot: Snapshot, sessionSeconds: number): Values {
  const { completion, success, score, location } = snapshot;
  const status = success === 'unknown' ? (completion === 'completed' ? 'completed' : 'incomplete') : success;
  const values: Values = [];
  if (score !== undefined)
    values.push(
      ['cmi.core.score.min', '0'],
      ['cmi.core.score.max', '100'],
      ['cmi.core.score.raw', decimal(score * 100, 2)],
    );
  values.push(['cmi.core.lesson_status', status]);
  if (location !== undefined) values.push(['cmi.core.lesson_location', location.slice(0, 255)]);
  values.push(
    ['cmi.core.session_time', clock(sessionSeconds)],
    ['cmi.core.exit', isFinished(snapshot) ? '' : 'suspend'],
  );
  return values;
}

function values2004(snapshot: Snapshot, sessionSeconds: number): Values {
  const { completion, success, score, measure, location } = snapshot;
  const values: Values = [];
  if (score !== undefined) {
    values.push(['cmi.score.min', '0'], ['cmi.score.max', '100'], ['cmi.score.raw', decimal(score * 100, 2)]);
    values.push(['cmi.score.scaled', decimal(score, 4)]);
  }
  if (measure !== undefined) values.push(['cmi.progress_measure', decimal(measure, 4)]);
  values.push(['cmi.completion_status', completion === 'completed' ? 'completed' : 'incomplete']);
  if (success !== 'unknown') values.push(['cmi.success_status', success]);
  if (location !== undefined) values.push(['cmi.location', location.slice(0, 1000)]);
  values.push(
    ['cmi.session_time', duration(sessionSeconds)],
    ['cmi.exit', isFinished(snapshot) ? 'normal' : 'suspend'],
  );
  return values;
}

function decimal(value: number, places: number): string {
  return String(Number(value.toFixed(places)));
}

/** CMITimespan, HHHH:MM:SS.SS (SCORM 1.2 RTE 3.4.2.1). */
function clock(seconds: number): string {
  const whole = Math.min(Math.floor(seconds), 9999 * 3600 + 3599);
  const two = (n: number) => (n < 10 ? `0${n}` : String(n));
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

/** timeinterval(second,10,2), ISO 8601 (SCORM 2004 RTE 4.1.1.7). */
function duration(seconds: number): string {
  const whole = Math.floor(seconds);
  return `PT${Math.floor(whole / 3600)}H${Math.floor(whole / 60) % 60}M${whole % 60}S`;
}
