import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { takeLane } from '../../src/outbox/claim.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { enqueue, findByKey, type ToSend } from '../../src/outbox/enqueue.ts';
import { lanes } from '../../src/outbox/lane.model.ts';
import type { Deliverers, Outcome } from '../../src/outbox/outcome.ts';
import { deliverDue, startWorker } from '../../src/outbox/worker.ts';
import { makeClock, type Clock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';

describe('the lanes of the outbox', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let clock: Clock;
  let ctx: Context;

  before(async () => {
    clock = makeClock();
    world = await openWorld({ now: clock.now });
    ctx = world.ctx;
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    await lanes(ctx.db).deleteMany({});
    clock.advance(3600_000);
  });

  const note = (key: string, lane: string, more: Partial<ToSend> = {}): ToSend => ({
    workspace: 'wsp_1',
    kind: 'note',
    key,
    lane,
    body: {},
    about: {},
    ...more,
  });
  const down: Outcome = { ok: false, retry: true, text: 'away', status: 503, down: true };
  const taken: Outcome = { ok: true, text: '' };
  /** Sends, and says in which order by lane, and how many were under way at once. None is done before `together` are. */
  function watch(answer: (lane: string) => Outcome = () => taken, { together = 1 } = {}) {
    const order: string[] = [];
    let underWay = 0;
    const seen = { order, most: 0 };
    const met = Promise.withResolvers<void>();
    const deliverers: Deliverers = {
      note: async (_ctx, { lane }) => {
        seen.most = Math.max(seen.most, ++underWay);
        if (underWay >= together) met.resolve();
        await met.promise;
        // For one too many to begin.
        for (let i = 0; i < 20; i++) await new Promise((resolve) => void setImmediate(resolve));
        underWay -= 1;
        order.push(lane);
        return answer(lane);
      },
    };
    return { seen, deliverers };
  }

  it('send as many at the same time as they allow, and one while the other end is down', async () => {
    const { seen, deliverers } = watch(() => taken, { together: 3 });
    for (let i = 0; i < 12; i++) await enqueue(ctx, note(`k${i}`, 'a', { atOnce: 3 }));
    await deliverDue(ctx, deliverers);
    assert.equal(seen.most, 3);
    assert.equal(seen.order.length, 12);

    const away = watch(() => down);
    for (let i = 0; i < 12; i++) await enqueue(ctx, note(`d${i}`, 'b', { atOnce: 3 }));
    await deliverDue(ctx, away.deliverers);
    assert.ok(away.seen.order.length <= 3);
    const knocking = watch(() => down);
    clock.advance(7_000);
    assert.equal(await deliverDue(ctx, knocking.deliverers), 1);
    const back = watch();
    clock.advance(20_000);
    await deliverDue(ctx, back.deliverers);
    assert.equal(back.seen.order.length, 12);
  });

  it('go on after a stumble, and rest after three', async () => {
    let tries = 0;
    const stumbling = watch(() => (++tries === 5 || tries === 6 || tries === 9 ? down : taken));
    for (let i = 0; i < 12; i++) await enqueue(ctx, note(`k${i}`, 'a'));
    assert.equal(await deliverDue(ctx, stumbling.deliverers), 12);
    tries = 0;
    const falling = watch(() => (++tries >= 5 ? down : taken));
    for (let i = 0; i < 12; i++) await enqueue(ctx, note(`d${i}`, 'b'));
    assert.equal(await deliverDue(ctx, falling.deliverers), 7);
  });

  it('rest at once where they are asked to', async () => {
    let tries = 0;
    const busy = watch(() => (++tries === 2 ? { ...down, status: 429, retryAfter: 60 } : taken));
    for (let i = 0; i < 4; i++) await enqueue(ctx, note(`k${i}`, 'a'));
    assert.equal(await deliverDue(ctx, busy.deliverers), 2);
    clock.advance(59_000);
    assert.equal(await deliverDue(ctx, busy.deliverers), 0);
    clock.advance(1_000);
    assert.equal(await deliverDue(ctx, busy.deliverers), 3);
  });

  it('have their turn, then the others have theirs', async () => {
    const { seen, deliverers } = watch();
    for (let i = 0; i < 70; i++) await enqueue(ctx, note(`long ${i}`, 'long', { atOnce: 4 }));
    for (let i = 0; i < 3; i++) await enqueue(ctx, note(`short ${i}`, 'short'));
    await deliverDue(ctx, deliverers);
    const begins = seen.order.indexOf('short');
    assert.ok(begins <= 54, `the short lane began after ${begins}`);
    assert.equal(seen.order.length, 73);
  });

  it('that are slow go last', async () => {
    const { seen, deliverers } = watch((lane) => {
      if (lane === 'slow') clock.advance(4_000);
      return taken;
    });
    await enqueue(ctx, note('1', 'slow'));
    await deliverDue(ctx, deliverers);
    for (const lane of ['slow', 'quick']) await enqueue(ctx, note(`first of ${lane}`, lane));
    await deliverDue(ctx, deliverers);
    // Now the slow one has waited longer.
    for (const lane of ['slow', 'quick']) await enqueue(ctx, note(`second of ${lane}`, lane));
    await deliverDue(ctx, deliverers);
    assert.deepEqual(seen.order, ['slow', 'quick', 'slow', 'quick', 'slow']);
  });

  it('take turns by who has waited longest', async () => {
    const { seen, deliverers } = watch();
    for (const lane of ['b', 'a', 'c']) {
      await enqueue(ctx, note(`old ${lane}`, lane));
      await deliverDue(ctx, deliverers);
      clock.advance(1000);
    }
    for (const lane of ['a', 'c', 'b']) await enqueue(ctx, note(`new ${lane}`, lane));
    await deliverDue(ctx, deliverers);
    assert.deepEqual(seen.order.slice(3), ['b', 'a', 'c']);
  });

  it('notice what comes while they are being left', async () => {
    const { deliverers } = watch();
    for (let i = 0; i < 30; i++) {
      const key = `k${i}`;
      await enqueue(ctx, note(`before ${key}`, 'a'));
      const late = async () => {
        for (let waits = 0; waits < i; waits++) await new Promise((resolve) => void setImmediate(resolve));
        await enqueue(ctx, note(key, 'a'));
      };
      await Promise.all([deliverDue(ctx, deliverers), late()]);
      await deliverDue(ctx, deliverers);
      assert.equal((await findByKey(ctx, 'note', key))!.status, 'delivered', key);
    }
  });

  it('leave what is of another kind to those who deliver it, a second at a time', async () => {
    const { seen, deliverers } = watch();
    await enqueue(ctx, note('a', 'mixed'));
    await enqueue(ctx, note('b', 'mixed', { kind: 'parcel' }));
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.equal(await takeLane(ctx, ['parcel']), undefined);
    clock.advance(1000);
    const parcels = { parcel: deliverers.note! };
    assert.equal(await deliverDue(ctx, parcels), 1);
    assert.deepEqual(seen.order, ['mixed', 'mixed']);
  });

  it('are told at the start of what a process that died had stored, but not told them', async () => {
    await enqueue(ctx, note('a', 'forgotten'));
    await lanes(ctx.db).deleteMany({});
    const { deliverers } = watch();
    assert.equal(await deliverDue(ctx, deliverers), 0);
    const sent = Promise.withResolvers<void>();
    const worker = startWorker(ctx, {
      note: async () => {
        sent.resolve();
        return taken;
      },
    });
    await sent.promise;
    await worker.stop();
    assert.equal((await findByKey(ctx, 'note', 'a'))!.status, 'delivered');
  });

  it('that were down for long lose nothing, however often they were tried', async () => {
    const away = watch(() => down);
    await enqueue(ctx, note('a', 'a'));
    for (let i = 0; i < 100; i++) {
      await deliverDue(ctx, away.deliverers);
      clock.advance(45 * 60_000);
    }
    assert.ok(away.seen.order.length === 100);
    const { seen, deliverers } = watch();
    await deliverDue(ctx, deliverers);
    assert.deepEqual(seen.order, ['a']);
  });

  it('that stay down give up after two weeks', async () => {
    const away = watch(() => down);
    await enqueue(ctx, note('a', 'a'));
    for (let day = 0; day < 16; day++) {
      await deliverDue(ctx, away.deliverers);
      clock.advance(24 * 3600_000);
    }
    assert.equal((await findByKey(ctx, 'note', 'a'))!.status, 'given up');
  });
});
