import { asReported, canReport, isMet, shareOf, type CompletionRule } from './completion.ts';
import { leavesOf, type ActivityDefinition, type CourseDefinition } from './course.ts';
import { parseInterval, parseTimespan } from './duration.ts';
import type { Act, ActivityOutcome, ActivityState, EngineSettings, EngineState } from './engine.ts';
import type { Progress } from './progress.ts';
import { courseInfo, endAttempt, spokenInfo } from './sequencing/attempts.ts';
import { overallRollup } from './sequencing/rollup.ts';
import { takeOver } from './sequencing/runtime.ts';
import { seen, worldOf, type World } from './sequencing/world.ts';
import { completionOf, successOf } from './status2004.ts';
import { sequencingOf } from './upgrade.ts';
import { toNumber } from './values.ts';

/** What the attempt comes to: what the course makes of it, and complete too where the rule is met. */
export function progressOf(
  definition: CourseDefinition,
  state: EngineState,
  rule: CompletionRule = asReported,
): Progress {
  const own = ownProgress(definition, state, rule);
  if (rule.by === 'course' && !state.met) return own;
  if (own.completion === 'completed') return own;
  if (isMet(rule, definition, state, () => own.score)) return { ...own, completion: 'completed' };
  const measure = own.measure ?? shareOf(rule, state);
  return measure === undefined || own.completion === 'not attempted' ? own : { ...own, measure };
}

/** Notes that the rule is met, if an act did it: what it made complete stays so, whatever the course says next. */
export function noteCompletion(
  definition: CourseDefinition,
  state: EngineState,
  { completion: rule = asReported }: Pick<EngineSettings, 'completion'>,
  act: Act,
): void {
  if (rule.by === 'course' || state.met) return;
  if (act.do === 'set' && !(rule.by === 'score' && act.element.includes('.score.'))) return;
  if (isMet(rule, definition, state, () => ownProgress(definition, state, rule).score)) state.met = true;
}

/**
 * What the course itself makes of the attempt. One activity: its own. Several: as the sequencer rolls them up, where the
 * manifest says how; else completed when all visible ones are, failed if one is failed, passed when all that have a result
 * are passed, and the mean of the scores there are. What we would conclude from silence is left to a rule where there is one.
 */
function ownProgress(definition: CourseDefinition, state: EngineState, rule: CompletionRule): Progress {
  const isRuled = rule.by !== 'course';
  const isSilent = isRuled && !canReport(definition);
  const leaves = leavesOf(definition.root).filter((leaf) => leaf.kind !== 'cluster');
  const world = sequencingOf(definition, state);
  if (world?.tree.rollsUp && leaves.length > 1) {
    const rolled = rolledUp(definition, state, world, leaves, isRuled);
    return isSilent ? unfinished(rolled) : rolled;
  }
  const visible = leaves.filter((leaf) => leaf.visible);
  const seconds = leaves.reduce((sum, leaf) => sum + secondsOf(definition, recordOf(state, leaf.id)), 0);
  const outcomes = (visible.length > 0 ? visible : leaves).map((leaf) => {
    const outcome = outcomeOf(definition, state, leaf);
    return isRuled && outcome.assumed ? unfinished(outcome) : outcome;
  });
  const progress = tidy({ ...rollUp(outcomes), seconds: round(seconds) });
  return isSilent ? unfinished(progress) : progress;
}

function unfinished<T extends Pick<Progress, 'completion'>>(outcome: T): T {
  return outcome.completion === 'completed' ? { ...outcome, completion: 'incomplete' } : outcome;
}

/** What the roll-up says of the course's root (SN 4.6), with what the running activity has said so far. */
function rolledUp(
  definition: CourseDefinition,
  state: EngineState,
  { state: sequencing, tree }: World,
  leaves: ActivityDefinition[],
  isRuled: boolean,
): Progress {
  const copy = structuredClone(sequencing);
  const world = worldOf(definition, copy);
  const running = tree.byId.get(state.current ?? '');
  const record = running && recordOf(state, running.id);
  if (running && record && seen(world, running).on) {
    takeOver(world, running, record);
    // What has ended and is not to be resumed counts as it will when the learner goes on (UP.4).
    if (record.running === 'terminated' && !record.suspended) endAttempt(world, running);
    else overallRollup(world, running);
  }
  const { s, m, c, p } = isRuled ? spokenInfo(world) : courseInfo(world);
  const outcomes = leaves.map((leaf) => outcomeOf(definition, state, leaf));
  const begun = outcomes.some(({ completion }) => completion !== 'not attempted');
  const seconds = leaves.reduce((sum, leaf) => sum + secondsOf(definition, recordOf(state, leaf.id)), 0);
  return tidy({
    completion: c === 'completed' ? 'completed' : begun ? 'incomplete' : 'not attempted',
    success: s === undefined ? 'unknown' : s ? 'passed' : 'failed',
    score: m === undefined ? undefined : clamp(round(m)),
    measure: c === 'completed' ? 1 : (p ?? rollUp(outcomes).measure),
    seconds: round(seconds),
  });
}

/** What an activity has come to, over all attempts on it: the best of them. */
export function outcomeOf(
  definition: CourseDefinition,
  state: EngineState,
  activity: ActivityDefinition,
): ActivityOutcome {
  const record = recordOf(state, activity.id);
  if (!record) return { completion: 'not attempted', success: 'unknown' };
  return betterOf(record.best, outcomeNow(definition, activity, record));
}

/** What the present attempt on an activity has come to. */
export function outcomeNow(
  definition: CourseDefinition,
  activity: ActivityDefinition,
  record: ActivityState,
): ActivityOutcome {
  if (activity.kind === 'asset')
    return { completion: record.assumed === 'completed' ? 'completed' : 'incomplete', success: 'unknown' };
  return definition.standard === 'scorm12' ? outcome12(record) : outcome2004(activity, record);
}

function outcome12({ cmi, assumed }: ActivityState): ActivityOutcome {
  const status = cmi['cmi.core.lesson_status'] ?? assumed;
  const success = status === 'passed' || status === 'failed' ? status : 'unknown';
  const isSaid = cmi['cmi.core.lesson_status'] !== undefined || success !== 'unknown';
  return {
    ...(isSaid || status !== 'completed' ? {} : { assumed: true }),
    completion: success !== 'unknown' || status === 'completed' ? 'completed' : 'incomplete',
    success,
    score: normalScore(cmi, 'cmi.core.score.'),
  };
}

function outcome2004(activity: ActivityDefinition, record: ActivityState): ActivityOutcome {
  const { cmi, assumed } = record;
  const success = successOf(activity, record);
  const isSaid = completionOf(activity, record) === 'completed';
  return {
    ...(isSaid || assumed !== 'completed' ? {} : { assumed: true }),
    completion: isSaid || assumed === 'completed' ? 'completed' : 'incomplete',
    success: success === 'passed' || success === 'failed' ? success : 'unknown',
    score: normalScore(cmi, 'cmi.score.'),
    measure: toNumber(cmi['cmi.progress_measure']),
  };
}

/** A score from 0 to 1: scaled, else raw between min and max, else raw of 100. */
export function normalScore(cmi: Record<string, string>, prefix: string): number | undefined {
  const number = (leaf: string) => toNumber(cmi[prefix + leaf]);
  const scaled = number('scaled');
  if (scaled !== undefined) return clamp(scaled);
  const [raw, min = 0, max] = [number('raw'), number('min'), number('max')];
  if (raw === undefined) return undefined;
  return clamp(max !== undefined && max > min ? (raw - min) / (max - min) : raw / 100);
}

/** The better of two outcomes, each thing by itself: a relaunch never takes away what was reached. */
export function betterOf(a: ActivityOutcome | undefined, b: ActivityOutcome): ActivityOutcome {
  if (!a) return b;
  const best = (x: number | undefined, y: number | undefined) =>
    x === undefined ? y : y === undefined ? x : Math.max(x, y);
  const successes: Progress['success'][] = [a.success, b.success];
  const isSaid = [a, b].some(({ completion, assumed }) => completion === 'completed' && !assumed);
  return {
    ...(isSaid || !(a.assumed || b.assumed) ? {} : { assumed: true }),
    completion: a.completion === 'completed' ? a.completion : b.completion,
    success: successes.includes('passed') ? 'passed' : b.success === 'unknown' ? a.success : b.success,
    score: best(a.score, b.score),
    measure: best(a.measure, b.measure),
  };
}

/** Is there anything in it worth keeping? */
export function hasOutcome({ completion, success, score, measure }: ActivityOutcome): boolean {
  return completion === 'completed' || success !== 'unknown' || score !== undefined || measure !== undefined;
}

/** What several outcomes come to together. */
export function rollUp(outcomes: ActivityOutcome[]): ActivityOutcome {
  if (outcomes.length === 1) return outcomes[0]!;
  const known = outcomes.map(({ success }) => success).filter((success) => success !== 'unknown');
  const scores = outcomes.flatMap(({ score }) => (score === undefined ? [] : [score]));
  const completed = outcomes.filter(({ completion }) => completion === 'completed').length;
  const begun = outcomes.some(({ completion }) => completion !== 'not attempted');
  return {
    completion: completed === outcomes.length ? 'completed' : begun ? 'incomplete' : 'not attempted',
    success: known.includes('failed') ? 'failed' : known.length > 0 ? 'passed' : 'unknown',
    score:
      scores.length > 0 ? round(scores.reduce((sum, score) => sum + score, 0) / scores.length) : undefined,
    measure: begun
      ? round(
          outcomes.reduce((sum, one) => sum + (one.completion === 'completed' ? 1 : (one.measure ?? 0)), 0) /
            outcomes.length,
        )
      : undefined,
  };
}

/** Seconds as the course reported them; by our own clock where it never reports. */
function secondsOf(definition: CourseDefinition, record: ActivityState | undefined): number {
  if (!record) return 0;
  const is12 = definition.standard === 'scorm12';
  const session = record.cmi[is12 ? 'cmi.core.session_time' : 'cmi.session_time'];
  const reported =
    record.seconds + (session === undefined ? 0 : ((is12 ? parseTimespan : parseInterval)(session) ?? 0));
  return reported > 0 ? reported : record.measured + (record.elapsed ?? 0);
}

function recordOf(state: EngineState, id: string): ActivityState | undefined {
  return Object.hasOwn(state.activities, id) ? state.activities[id] : undefined;
}

function tidy(progress: Progress): Progress {
  const { completion, success, score, measure, seconds } = progress;
  return {
    completion,
    success,
    ...(score === undefined ? {} : { score }),
    ...(measure === undefined ? {} : { measure }),
    seconds,
  };
}

const clamp = (value: number) => Math.min(1, Math.max(0, value));
/** Without the dust of binary fractions, which would be a change where there is none. */
const round = (value: number) => Math.round(value * 1e7) / 1e7;
