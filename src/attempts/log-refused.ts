import type { Context } from '../context.ts';
import type { Refusal } from '../scorm/engine.ts';
import { newId } from '../store/id.ts';
import type { AttemptRecord } from './attempt.model.ts';
import type { LogLine } from './log.model.ts';
import { keepLines } from './log.ts';

/** What we would not do again of what a browser says was done: support wants to see that first. Its values stand with its calls. */
export async function keepRefused(
  ctx: Pick<Context, 'db' | 'now' | 'log'>,
  { _id, launch }: AttemptRecord,
  refused: Refusal[],
): Promise<void> {
  const at = ctx.now().getTime();
  const lines = refused.slice(0, 500).map((refusal) => lineOf(refusal, at));
  try {
    await keepLines(ctx, { id: newId('log'), attempt: _id, launch, lines });
  } catch (error) {
    // What was done is stored; that nobody reads of it here must not make it fail.
    ctx.log.warn({ attempt: _id, err: error }, 'refused acts could not be kept in the log');
  }
}

function lineOf({ act, error }: Refusal, at: number): LogLine {
  return {
    at,
    kind: 'server',
    name: act.do,
    ...('activity' in act && act.activity ? { activity: act.activity.slice(0, 500) } : {}),
    ...(act.do === 'set' ? { element: act.element.slice(0, 500) } : {}),
    ...(act.do === 'navigate' ? { value: act.go } : {}),
    error: error.slice(0, 100),
  };
}
