import type { Context } from '../context.ts';
import { restFor } from './backoff.ts';
import { leaveLane, pauseLane, takeDelivery, type HeldLane } from './claim.ts';
import type { DeliveryRecord } from './delivery.model.ts';
import { isHeld, type Deliverers, type Outcome } from './outcome.ts';
import { settle } from './settle.ts';
import { tryOnce } from './try.ts';

/** A lane is served for so many tries, or milliseconds, then the others have their turn. */
const longestTurn = { tries: 50, time: 5_000 };
/** So many tries in a row that find the other end down end a turn in which others got through: one is a stumble. */
const downInARow = 3;
/** A lane whose tries take longer than this on average, in milliseconds, is a slow one. */
const slowTry = 2_000;

/** What has come of serving a lane up to now. */
type Turn = {
  begun: number;
  tries: number;
  /** Milliseconds of all tries together. */
  spent: number;
  /** The other end has taken, or refused, at least one: it is there. */
  isThrough: boolean;
  /** Tries in a row that found it down, up to now. */
  inARow: number;
  /** It is down, and the turn over. */
  down?: Outcome & { ok: false };
};

/**
 * Sends what is due in a lane, as many at the same time as it allows, until nothing is, or its turn is over, or the other
 * end is down, or `enough` says so. Returns the number of tries.
 */
export async function serveLane(
  ctx: Context,
  deliverers: Deliverers,
  held: HeldLane,
  enough = () => false,
): Promise<number> {
  const turn: Turn = { begun: ctx.now().getTime(), tries: 0, spent: 0, isThrough: false, inARow: 0 };
  const seenFails = held.fails;
  let isEmpty = false;
  try {
    isEmpty = await sendAll(ctx, deliverers, held, turn, enough);
  } finally {
    await giveBack(ctx, held, turn, isEmpty);
  }
  if (turn.down && seenFails === 0)
    ctx.log.warn({ lane: held.lane }, 'the other end of a lane is down; it rests');
  return turn.tries;
}

/** Resolves when all that was begun is settled, with whether nothing more was found. */
async function sendAll(
  ctx: Context,
  deliverers: Deliverers,
  held: HeldLane,
  turn: Turn,
  enough: () => boolean,
): Promise<boolean> {
  // While it is down, one knocks.
  const atOnce = held.fails > 0 ? 1 : held.atOnce;
  const sending = new Set<Promise<void>>();
  const faults: unknown[] = [];
  let isEmpty = false;
  const goesOn = () => !turn.down && faults.length === 0 && !enough() && !isOver(ctx, turn);
  async function send() {
    while (goesOn()) {
      const delivery = await takeDelivery(ctx, held, Object.keys(deliverers));
      isEmpty = delivery === undefined;
      if (!delivery) return;
      turn.tries += 1;
      // Where there was one, there may be more.
      if (sending.size < atOnce) start();
      await sendOne(ctx, deliverers, held, delivery, turn);
    }
  }
  function start() {
    const one: Promise<void> = send()
      .catch((error: unknown) => void faults.push(error))
      .finally(() => sending.delete(one));
    sending.add(one);
  }
  start();
  while (sending.size > 0) await Promise.all(sending);
  if (faults.length > 0) throw faults[0];
  return isEmpty;
}

async function sendOne(
  ctx: Context,
  deliverers: Deliverers,
  held: HeldLane,
  delivery: DeliveryRecord,
  turn: Turn,
): Promise<void> {
  const begun = ctx.now().getTime();
  const outcome = await tryOnce(ctx, deliverers, held, delivery);
  turn.spent += ctx.now().getTime() - begun;
  note(turn, outcome);
  // Down before and still down: it is not this delivery's fault.
  await settle(ctx, delivery, outcome, {
    isStillDown: turn.down !== undefined && held.fails > 0 && !turn.isThrough,
  });
}

/** Asked to wait, or with nothing that got through, the first is enough to call it down. */
function note(turn: Turn, outcome: Outcome): void {
  if (isHeld(outcome)) return;
  if (outcome.ok || !outcome.down) {
    turn.isThrough = true;
    turn.inARow = 0;
    return;
  }
  turn.inARow += 1;
  if (!turn.isThrough || outcome.retryAfter !== undefined || turn.inARow >= downInARow) turn.down ??= outcome;
}

async function giveBack(ctx: Context, held: HeldLane, turn: Turn, isEmpty: boolean): Promise<void> {
  const { down, tries, spent, isThrough } = turn;
  if (tries > 0) {
    held.slow = spent / tries > slowTry ? 1 : 0;
    held.fails = down ? (isThrough ? 0 : held.fails) + 1 : 0;
  }
  if (down) await pauseLane(ctx, held, restAfter(ctx, held.fails, down.retryAfter));
  else if (isEmpty) await leaveLane(ctx, held, tries > 0);
  else await pauseLane(ctx, held);
}

function isOver(ctx: Pick<Context, 'now'>, { tries, begun }: Turn): boolean {
  return tries >= longestTurn.tries || ctx.now().getTime() - begun >= longestTurn.time;
}

function restAfter(ctx: Pick<Context, 'now'>, fails: number, retryAfter = 0): Date {
  const seconds = Math.max(restFor(fails, Math.random()), Math.min(retryAfter, 3600));
  return new Date(ctx.now().getTime() + seconds * 1000);
}
