import type { Context } from '../context.ts';
import { Conflict, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { takeLaunch } from './launches.ts';
import type { LogLine } from './log.model.ts';
import { isLogged, keepLines } from './log.ts';

/** What a browser tells of its attempt: lines timed by its own clock, of which `sent` is now. */
export type LogBody = {
  launch: string;
  batch: number;
  sent: number;
  lines: (Omit<LogLine, 'at' | 'ms'> & { ms: number })[];
};

/** Keeps what a player has to tell, where it is wanted. An older launch may tell too: it is what one wants to see. */
export async function receiveLog(
  ctx: Pick<Context, 'db' | 'now'>,
  token: string,
  { launch: id, batch, sent, lines }: LogBody,
): Promise<{ log: true }> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  if (id !== launch._id)
    throw new Unauthorized('launch-unknown', t('attempts.launchUnknown'), {
      detail: t('attempts.openAgain'),
    });
  if (!isLogged(ctx, attempt))
    throw new Conflict('log-off', t('attempts.logOff'), { detail: t('attempts.logOff.detail') });
  const now = ctx.now().getTime();
  const timed = lines.map((line) => ({ at: now - Math.max(0, sent - line.ms), ...line }));
  await keepLines(ctx, {
    id: `${launch._id}:${batch}`,
    attempt: attempt._id,
    launch: launch._id,
    lines: without(token, timed),
  });
  return { log: true };
}

/** A course that found the token out may not write it down for others to read. */
function without(token: string, lines: LogLine[]): LogLine[] {
  const text = JSON.stringify(lines);
  return text.includes(token) ? (JSON.parse(text.replaceAll(token, '•••')) as LogLine[]) : lines;
}
