import type { Context } from '../context.ts';
import { getVersion } from '../packages/courses.ts';
import type { CourseDefinition } from '../scorm/course.ts';
import type { Db } from '../store/mongo.ts';

const kept = new WeakMap<Db, Map<string, CourseDefinition>>();
/** Every commit needs one, and they never change. */
const most = 200;

/** What the course of a version is made of. The versions used last are kept in memory. */
export async function definitionOf(ctx: Pick<Context, 'db'>, version: string): Promise<CourseDefinition> {
  const known = kept.get(ctx.db) ?? new Map<string, CourseDefinition>();
  kept.set(ctx.db, known);
  const definition = known.get(version) ?? (await getVersion(ctx, version)).definition;
  // Put in anew, it is the youngest: a Map remembers the order.
  known.delete(version);
  known.set(version, definition);
  if (known.size > most) known.delete(known.keys().next().value!);
  return definition;
}
