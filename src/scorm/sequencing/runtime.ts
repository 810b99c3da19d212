import type { ActivityState } from '../engine.ts';
import { completionOf, successOf } from '../status2004.ts';
import { toNumber } from '../values.ts';
import {
  infoOf,
  setCompletion,
  setInfo,
  setMeasure,
  setProgress,
  setSatisfied,
  share,
} from './objectives.ts';
import type { ObjectiveInfo } from './state.ts';
import type { Activity, Objective } from './tree.ts';
import { setSuspended, track, type World } from './world.ts';

// Between the run-time's data model and the Tracking Model (RTE 4.2.17; SN 4.2.1.4).

/** Takes what a course has said of an activity into its tracking. */
export function takeOver(world: World, activity: Activity, record: ActivityState): void {
  setSuspended(world, activity, record.suspended);
  if (!activity.tracked) return;
  const { cmi } = record;
  const primary = activity.objectives[0]!;
  // Explicitly unknown is not the same as nothing said: nothing is concluded from it.
  let success = successOf(activity.definition, record);
  let completion = completionOf(activity.definition, record);
  let isSaid = cmi['cmi.completion_status'] !== undefined;
  let isJudged = cmi['cmi.success_status'] !== undefined;
  let measure = toNumber(cmi['cmi.score.scaled']);
  let progress = toNumber(cmi['cmi.progress_measure']);

  const count = Number(cmi['cmi.objectives._count'] ?? 0);
  for (let i = 0; i < count; i++) {
    const at = `cmi.objectives.${i}`;
    const objective = activity.byId.get(cmi[`${at}.id`] ?? '');
    if (!objective) continue;
    for (const what of ['raw', 'min', 'max'] as const)
      setInfo(world, activity, objective, what, cmi[`${at}.score.${what}`]);
    const judged = cmi[`${at}.success_status`];
    const said = cmi[`${at}.completion_status`];
    if (objective !== primary) {
      takeSuccess(world, activity, objective, judged);
      setMeasure(world, activity, objective, toNumber(cmi[`${at}.score.scaled`]));
      takeCompletion(world, activity, objective, said);
      setProgress(world, activity, objective, toNumber(cmi[`${at}.progress_measure`]));
      continue;
    }
    // The primary objective may be spoken of in two places. What it was found with is no word of the course's.
    if (judged !== undefined && record.given !== `${at}.success_status`) [success, isJudged] = [judged, true];
    else if (judged !== undefined && !isJudged && success === 'unknown') success = judged;
    if (said !== undefined && !isSaid) [completion, isSaid] = [said, true];
    measure ??= toNumber(cmi[`${at}.score.scaled`]);
    progress ??= toNumber(cmi[`${at}.progress_measure`]);
  }

  takeCompletion(world, activity, primary, completion === 'unknown' && !isSaid ? undefined : completion);
  setProgress(world, activity, primary, progress);
  takeSuccess(world, activity, primary, success === 'unknown' && !isJudged ? undefined : success);
  setMeasure(world, activity, primary, measure);
  const said = (isJudged ? 1 : 0) | (isSaid ? 2 : 0);
  if (said) track(world, activity).said = said as 1 | 2 | 3;
  else if (world.tracks[activity.index]) delete track(world, activity).said;
}

function takeSuccess(
  world: World,
  activity: Activity,
  objective: Objective,
  status: string | undefined,
): void {
  if (status === 'passed' || status === 'failed') {
    setSatisfied(world, activity, objective, status === 'passed');
  } else if (status !== undefined && !objective.byMeasure) {
    setSatisfied(world, activity, objective, undefined);
    share(world, objective, 'satisfied', undefined);
  }
}

function takeCompletion(
  world: World,
  activity: Activity,
  objective: Objective,
  status: string | undefined,
): void {
  if (status !== undefined && status !== 'unknown') {
    // An activity that was not attempted, and says so, is incomplete.
    setCompletion(world, activity, objective, status === 'completed' ? status : 'incomplete');
  } else {
    setCompletion(world, activity, objective, undefined);
    if (status !== undefined) share(world, objective, 'completion', undefined);
  }
}

/** What a course finds in cmi.objectives.n of an objective when it begins: element → value. */
export function found(info: ObjectiveInfo): [string, string][] {
  const all: [string, string | undefined][] = [
    ['success_status', info.s === undefined ? undefined : info.s ? 'passed' : 'failed'],
    ['completion_status', info.c],
    ['score.scaled', info.m?.toString()],
    ['score.raw', info.raw],
    ['score.min', info.min],
    ['score.max', info.max],
    ['progress_measure', info.p?.toString()],
  ];
  return all.filter((pair): pair is [string, string] => pair[1] !== undefined);
}

/** A number that is there already stays as the course wrote it. */
function put(cmi: Record<string, string>, name: string, value: string): void {
  const [before, now] = [toNumber(cmi[name]), toNumber(value)];
  if (before === undefined || before !== now) cmi[name] = value;
}

/** Puts the objectives of the manifest into the data model of a session, with what is known of them (RTE 4.2.17.1). */
export function fillObjectives(world: World, activity: Activity, record: ActivityState): void {
  const { cmi, given } = record;
  delete record.given;
  const count = () => Number(cmi['cmi.objectives._count'] ?? 0);
  for (const objective of activity.objectives) {
    if (objective.key === '') continue;
    let index = 0;
    while (index < count() && cmi[`cmi.objectives.${index}.id`] !== objective.key) index += 1;
    if (index === count()) {
      cmi[`cmi.objectives.${index}.id`] = objective.key;
      cmi['cmi.objectives._count'] = String(index + 1);
    }
    const judgement = `cmi.objectives.${index}.success_status`;
    const said = cmi[judgement];
    for (const [leaf, value] of found(infoOf(world, activity, objective)))
      put(cmi, `cmi.objectives.${index}.${leaf}`, value);
    // What the course said itself, before it was suspended, stays its word.
    if (objective.primary && (cmi[judgement] !== said || given === judgement)) record.given = judgement;
  }
}
