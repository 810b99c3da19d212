import { startAgain } from '../attempts/again.ts';
import { takeLaunch } from '../attempts/launches.ts';
import { issueTicket } from '../attempts/tickets.ts';
import type { Context } from '../context.ts';
import { contentOrigin } from '../web/origins.ts';

type World = Pick<Context, 'db' | 'now' | 'config' | 'log'>;

/**
 * Starts the course again in the window that asks. `address`: where a version has an origin of its own and the new attempt plays on
 * another, this is where it goes on, with a ticket in its fragment; else right here, with POST /play/open.
 */
export async function playAgain(ctx: World, token: string): Promise<{ address?: string }> {
  const { attempt } = await takeLaunch(ctx, token);
  const next = await startAgain(ctx, token);
  const [here, there] = [attempt, next].map(({ version }) => contentOrigin(ctx.config, version));
  return here === there ? {} : windowAddress(ctx, token);
}

/** The address of a window of its own, good once. */
export async function windowAddress(ctx: World, token: string): Promise<{ address: string }> {
  const { ticket, attempt } = await issueTicket(ctx, token);
  return { address: `${contentOrigin(ctx.config, attempt.version)}/play#${ticket}` };
}
