import type { Context } from '../context.ts';
import type { CourseDefinition } from '../scorm/course.ts';
import type { Carried, EngineState } from '../scorm/engine.ts';
import { carriedFrom, sharesWithOthers } from '../scorm/player.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { definitionOf } from './definitions.ts';

/** So far back one looks: a learner has fewer courses that speak to each other. */
const latest = 50;

/**
 * What a learner brings into a new attempt from earlier ones, in this course and in others: shared global objectives and shared
 * stores of SCORM 2004 outlive an attempt unless their course says otherwise (SN 3.10.1, RTE 4.3). What was said last counts.
 * Undefined where the course shares nothing.
 */
export async function carriedBy(
  ctx: Pick<Context, 'db'>,
  learner: string,
  definition: CourseDefinition,
): Promise<Carried | undefined> {
  if (!sharesWithOthers(definition)) return undefined;
  const before = await attempts(ctx.db)
    .find({ learner, graded: true }, { version: 1, state: 1, savedAt: 1 })
    .sort({ startedAt: -1 })
    .limit(latest)
    .lean<Pick<AttemptRecord, 'version' | 'state' | 'savedAt'>[]>();
  const carried: Carried = { objectives: {}, stores: {} };
  for (const { version, state } of before.toSorted((a, b) => a.savedAt.getTime() - b.savedAt.getTime())) {
    const { objectives, stores } = carriedFrom(
      await definitionOf(ctx, version),
      JSON.parse(state) as EngineState,
    );
    carried.objectives = { ...carried.objectives, ...objectives };
    carried.stores = { ...carried.stores, ...stores };
  }
  return carried;
}
