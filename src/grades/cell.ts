import type { Column } from '../lti/ags.ts';
import { columnPoints } from '../lti/column-points.ts';
import type { LtijsWorld } from '../lti/ltijs.ts';
import { gradebookGrain } from '../lti/quirks.ts';
import { readResults, showsResults, type Result } from '../lti/results.ts';
import type { ServiceFailure } from '../lti/service.ts';
import { isEmptied, isFinal } from './grade.ts';
import { whoseIs, type Whose } from './override.ts';
import type { GradeBody } from './queue.ts';
import { canSee, hasFailed, hasSeen } from './sight.ts';

/** A learner's cell in the gradebook, and what stands there. `unseen`: it could not be looked at. */
export type Cell = { ok: true; whose: Whose; result?: Result; unseen?: true };

/**
 * Looks whose grade stands in the cell that a grade is for; where the platform shows nothing, nobody's. A failure is
 * one after which the grade is better tried again.
 */
export async function readCell(
  ctx: LtijsWorld,
  column: Column,
  body: GradeBody,
): Promise<Cell | ServiceFailure> {
  const { platform } = column;
  const mayReplace = (isFinal(body.grade) || isEmptied(body.grade)) && body.override === 'replace';
  if (mayReplace || !body.ours || !showsResults(column) || !canSee(ctx, platform))
    return { ok: true, whose: 'nobody' };
  const listed = await readResults(ctx, column, { userId: body.userId });
  if (listed.ok) {
    hasSeen(ctx, platform);
    return cellOf(ctx, column, body, listed.items);
  }
  const { status = 0, retry } = listed;
  // Asked to slow down is not failed, and what is refused for good is not down.
  if (retry && (status === 429 || status === 403 || !hasFailed(ctx, platform))) return listed;
  return { ok: true, whose: 'nobody', unseen: true };
}

async function cellOf(ctx: LtijsWorld, column: Column, body: GradeBody, results: Result[]): Promise<Cell> {
  const result = results.find(({ points }) => points !== undefined);
  const points =
    result?.maximum || (result && (await columnPoints(ctx, column))) || body.grade.scoreMaximum || 0;
  const grain = gradebookGrain(column.platform.family);
  return { ok: true, result, whose: whoseIs(result, { ...body, arrived: body.again, points, grain }) };
}
