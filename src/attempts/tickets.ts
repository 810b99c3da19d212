import type { Context } from '../context.ts';
import { hashToken, newToken } from '../store/token.ts';
import { Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { attempts, type AttemptRecord } from './attempt.model.ts';
import { launches, type LaunchRecord } from './launch.model.ts';
import { attemptRemoved, startLaunch, takeLaunch } from './launches.ts';
import { mustPlay } from './moving.ts';
import { latestOf } from './open.ts';

/** Milliseconds in which a window has to be opened. The page that offers it asks for a new ticket before. */
const lifetime = 10 * 60_000;
/** How a browser knows one from a token (player/client/key.ts). */
const prefix = 'ticket_';

/**
 * A ticket with which one more window may open what a token stands for, once. A launch has one at a time. `attempt` is the one it
 * will open, unless the learner starts another before.
 */
export async function issueTicket(
  ctx: Pick<Context, 'db' | 'now'>,
  token: string,
): Promise<{ ticket: string; attempt: AttemptRecord }> {
  const { launch, attempt } = await takeLaunch(ctx, token);
  mustPlay(launch);
  const ticket = prefix + newToken();
  const until = Math.min(ctx.now().getTime() + lifetime, launch.expiresAt.getTime());
  await launches(ctx.db).updateOne(
    { _id: launch._id },
    { $set: { ticketHash: hashToken(ticket), ticketUntil: new Date(until) } },
  );
  return { ticket, attempt: await latestOf(ctx, attempt) };
}

/** Changes a ticket for a token: the window that came with it takes the attempt over. It ends when the first would. */
export async function takeTicket(ctx: Pick<Context, 'db' | 'now'>, ticket: string): Promise<string> {
  const launch = await launches(ctx.db)
    .findOneAndUpdate(
      { ticketHash: hashToken(ticket), ticketUntil: { $gt: ctx.now() } },
      { $unset: { ticketHash: 1, ticketUntil: 1 } },
    )
    .lean<LaunchRecord>();
  const attempt = launch && (await attempts(ctx.db).findOne({ _id: launch.attempt }).lean<AttemptRecord>());
  if (launch && !attempt) throw attemptRemoved();
  if (!launch || !attempt) {
    throw new Unauthorized('ticket-used', t('attempts.ticketUsed'), {
      detail: t('attempts.ticketUsed.detail'),
    });
  }
  return (await startLaunch(ctx, await latestOf(ctx, attempt), launch, launch.expiresAt)).token;
}
