import { setTimeout as pause } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { callAll } from './call.ts';
import { takeLane, type HeldLane } from './claim.ts';
import { serveLane } from './lane.ts';
import type { Deliverers } from './outcome.ts';
import { onEnqueued } from './wake.ts';

/** Lanes served at the same time by one process: they mostly wait for their other ends. */
const lanesAtOnce = 32;
/** Milliseconds between two looks when nothing wakes us: what another process enqueued, or what has become due. */
const look = 1000;
/** Milliseconds between two looks at least: of a hundred that are enqueued at once, each wakes us. */
const rest = 10;
/** Milliseconds between two looks for what a process that died stored and told no lane of. */
const lookEverywhere = 60_000;

/**
 * Sends what is in the outbox until `stop`, which waits for the tries under way. Any number of processes may do so
 * on one store. `enqueue` in this process is noticed at once.
 */
export function startWorker(ctx: Context, deliverers: Deliverers): { stop: () => Promise<void> } {
  const kinds = Object.keys(deliverers);
  const serving = new Set<Promise<void>>();
  let alarm = Promise.withResolvers<void>();
  const wake = () => alarm.resolve();
  const deaf = onEnqueued(ctx.db, wake);
  let stopping = false;
  const stopped = () => stopping;

  async function serve(held: HeldLane) {
    try {
      await serveLane(ctx, deliverers, held, stopped);
    } catch (error) {
      ctx.log.error(
        { err: error, lane: held.lane },
        'a lane of the outbox stopped; its lease runs out and it is served again',
      );
    }
  }

  async function run() {
    while (!stopped()) {
      alarm = Promise.withResolvers();
      try {
        while (!stopped() && serving.size < lanesAtOnce) {
          const held = await takeLane(ctx, kinds);
          if (!held) break;
          const service: Promise<void> = serve(held).finally(() => {
            serving.delete(service);
            wake();
          });
          serving.add(service);
        }
      } catch (error) {
        if (!stopped()) ctx.log.error({ err: error }, 'the outbox cannot be read; trying again');
      }
      if (stopped()) break;
      const timer = setTimeout(wake, look);
      await alarm.promise;
      clearTimeout(timer);
      await pause(rest);
    }
  }

  const everywhere = () =>
    callAll(ctx).then(wake, (error: unknown) => {
      if (!stopped()) ctx.log.error({ err: error }, 'the outbox cannot be read; trying again in a minute');
    });
  const searching = setInterval(everywhere, lookEverywhere).unref();
  const running = everywhere().then(run);
  return {
    stop: async () => {
      deaf();
      clearInterval(searching);
      stopping = true;
      wake();
      await running;
      await Promise.all(serving);
    },
  };
}

/** Sends what is due now, in this process, and returns the number of tries: for tests and commands. */
export async function deliverDue(ctx: Context, deliverers: Deliverers): Promise<number> {
  let tries = 0;
  for (;;) {
    const held = await takeLane(ctx, Object.keys(deliverers));
    if (!held) return tries;
    tries += await serveLane(ctx, deliverers, held);
  }
}
