import type { Context } from '../context.ts';
import { isDuplicate } from '../store/mongo.ts';
import { listening, type ListeningRecord } from './listening.model.ts';

/** Milliseconds in which a restart is done, and a minute's look around is late: shorter than that nobody was away. */
const shortest = 3 * 60_000;

/**
 * Says that a server is here, and asks whether one has been for so long: only then is a silence the learner's. After a time in which
 * nobody could be heard it begins anew. Called at start and every minute, by any number of processes.
 */
export async function hasListenedFor(ctx: Pick<Context, 'db' | 'now'>, minutes: number): Promise<boolean> {
  const { since } = await listen(ctx);
  return ctx.now().getTime() - since.getTime() >= minutes * 60_000;
}

async function listen(ctx: Pick<Context, 'db' | 'now'>): Promise<Pick<ListeningRecord, 'since'>> {
  const now = ctx.now();
  const away = new Date(now.getTime() - shortest);
  const one = { _id: 'server' as const };
  const still = await listening(ctx.db)
    .findOneAndUpdate({ ...one, last: { $gte: away } }, { $max: { last: now } })
    .lean<ListeningRecord>();
  if (still) return still;
  try {
    await listening(ctx.db).updateOne(
      { ...one, last: { $lt: away } },
      { $set: { since: now, last: now } },
      { upsert: true },
    );
  } catch (error) {
    // Another process came back in the same moment, and has said so.
    if (!isDuplicate(error)) throw error;
  }
  return { since: now };
}
