import { ipKeyGenerator } from 'express-rate-limit';
import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { hashToken } from '../store/token.ts';
import { failures } from './failures.model.ts';

type World = Pick<Context, 'db' | 'now'>;

const windowMs = 15 * 60_000;
/** In 15 minutes: of one account from one address; of one account from anywhere; from one address. */
const limits = { pair: 5, account: 50, address: 100 } as const;

/** Counts a try before it is made, so that a hundred at once are a hundred. Seconds to wait, or 0 when it may be made. */
export async function countTry(ctx: World, emailKey: string, ip: string): Promise<number> {
  let wait = 0;
  for (const [kind, key] of keysOf(emailKey, ip)) {
    const { count, until } = await count1(ctx, key);
    if (count > limits[kind])
      wait = Math.max(wait, Math.ceil((until.getTime() - ctx.now().getTime()) / 1000));
  }
  return wait;
}

/** After a success: what this browser got wrong before does not count any more, and the try itself never did. */
export async function forgetTries(ctx: World, emailKey: string, ip: string): Promise<void> {
  for (const [kind, key] of keysOf(emailKey, ip)) {
    if (kind === 'pair') await failures(ctx.db).deleteOne({ _id: key });
    else await failures(ctx.db).updateOne({ _id: key }, { $inc: { count: -1 } });
  }
}

async function count1(ctx: World, _id: string): Promise<{ count: number; until: Date }> {
  const now = ctx.now();
  const until = new Date(now.getTime() + windowMs);
  for (;;) {
    const running = await failures(ctx.db)
      .findOneAndUpdate({ _id, until: { $gt: now } }, { $inc: { count: 1 } }, { returnDocument: 'after' })
      .lean();
    if (running) return running;
    // None yet, or one whose time is over: whoever of several gets there first begins it, the others count on.
    await failures(ctx.db).deleteOne({ _id, until: { $lte: now } });
    try {
      await failures(ctx.db).create({ _id, count: 1, until });
      return { count: 1, until };
    } catch (error) {
      if (!isDuplicate(error)) throw error;
    }
  }
}

/** Hashed: what somebody typed into the address field may be their password. An IPv6 address counts as its /64. */
function keysOf(emailKey: string, ip: string): [keyof typeof limits, string][] {
  const address = ipKeyGenerator(ip, 64);
  return [
    ['pair', hashToken(`pair ${emailKey} ${address}`)],
    ['account', hashToken(`account ${emailKey}`)],
    ['address', hashToken(`address ${address}`)],
  ];
}
