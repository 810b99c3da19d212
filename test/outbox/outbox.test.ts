import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { endLeases, keepLease, takeDelivery, takeLane } from '../../src/outbox/claim.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { countDeliveries, findDelivery, listDeliveries, sendAgain } from '../../src/outbox/deliveries.ts';
import { enqueue, enqueueIfUnchanged, findByKey, type ToSend } from '../../src/outbox/enqueue.ts';
import type { Deliverers, Outcome } from '../../src/outbox/outcome.ts';
import { deliverDue, startWorker } from '../../src/outbox/worker.ts';
import { BadCursor } from '../../src/store/newest-first.ts';
import { makeClock, type Clock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';

describe('the outbox', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  let clock: Clock;
  let ctx: Context;
  let number = 0;

  before(async () => {
    clock = makeClock();
    world = await openWorld({ now: clock.now });
    ctx = world.ctx;
  });
  after(() => world?.close());
  beforeEach(async () => {
    number++;
    await deliveries(ctx.db).deleteMany({});
    clock.advance(48 * 3600_000);
  });

  const note = (key: string, text: string, more: Partial<ToSend> = {}): ToSend => ({
    workspace: `wsp_${number}`,
    kind: 'note',
    key,
    lane: `lane ${number}`,
    body: { text },
    about: {},
    ...more,
  });
  const row = async (key: string) => (await findByKey(ctx, 'note', key))!;
  /** Keeps what it was given, and answers `outcomes` in turn, then ok. */
  function postbox(...outcomes: (Outcome | Error)[]) {
    const sent: string[] = [];
    const deliverers: Deliverers = {
      note: async (_ctx, delivery) => {
        sent.push(String(delivery.body.text));
        const outcome = outcomes.shift() ?? { ok: true, text: 'taken', status: 200 };
        if (outcome instanceof Error) throw outcome;
        return outcome;
      },
    };
    return { sent, deliverers };
  }
  const away: Outcome = { ok: false, retry: true, text: 'away', status: 503, down: true };

  it('sends what was put in, once, and keeps the answer', async () => {
    const { sent, deliverers } = postbox();
    await enqueue(ctx, note('a', 'hello', { about: { attempt: 'att_1' } }));
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    assert.deepEqual(sent, ['hello']);
    const { status, tries, answers, deliveredAt, lease, about } = await row('a');
    assert.deepEqual(
      { status, tries, lease, about },
      { status: 'delivered', tries: 1, lease: undefined, about: { attempt: 'att_1' } },
    );
    assert.deepEqual(deliveredAt, clock.now());
    assert.deepEqual(
      answers.map(({ ok, status, text }) => ({ ok, status, text })),
      [{ ok: true, status: 200, text: 'taken' }],
    );
  });

  it('sends only the newest of several bodies under one key', async () => {
    const { sent, deliverers } = postbox();
    for (const text of ['one', 'two', 'three']) await enqueue(ctx, note('a', text));
    await deliverDue(ctx, deliverers);
    assert.deepEqual(sent, ['three']);
    assert.equal((await row('a')).revision, 3);
  });

  it('keeps one row and counts every body when 50 come at the same moment', async () => {
    await Promise.all(Array.from({ length: 50 }, (_, i) => enqueue(ctx, note('a', String(i)))));
    assert.equal(await deliveries(ctx.db).countDocuments({}), 1);
    assert.equal((await row('a')).revision, 50);
  });

  it('sends each of 50 deliveries once when two workers race for them, and never two of a lane at once', async () => {
    const inFlight = new Map<string, number>();
    let together = 0;
    const sent: string[] = [];
    const deliverers: Deliverers = {
      note: async (_ctx, { lane, body }) => {
        const now = (inFlight.get(lane) ?? 0) + 1;
        inFlight.set(lane, now);
        together = Math.max(together, now);
        await new Promise((resolve) => void setImmediate(resolve));
        inFlight.set(lane, now - 1);
        sent.push(String(body.text));
        return { ok: true, text: '' };
      },
    };
    await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        enqueue(ctx, note(`k${i}`, `t${i}`, { lane: `lane ${number}/${i % 5}` })),
      ),
    );
    // A loser may find nothing left to take while the winner is still at it: what counts is that all are sent, once.
    const workers = [startWorker(ctx, deliverers), startWorker(ctx, deliverers)];
    for (;;) {
      if ((await countDeliveries(ctx, `wsp_${number}`, 'delivered')) === 50) break;
    }
    await Promise.all(workers.map((worker) => worker.stop()));
    assert.equal(sent.length, 50);
    assert.equal(new Set(sent).size, 50);
    assert.equal(together, 1);
  });

  it('takes again at once what a dead worker held, where no other process can be alive', async () => {
    const { sent, deliverers } = postbox();
    await enqueue(ctx, note('a', 'held'));
    const held = (await takeLane(ctx, ['note']))!;
    assert.ok(await takeDelivery(ctx, held, ['note']));
    assert.equal(await deliverDue(ctx, deliverers), 0);
    await endLeases(ctx);
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.deepEqual(sent, ['held']);
  });

  it('takes again what a worker that died held, once its lease is over, and not before', async () => {
    await enqueue(ctx, note('a', 'hello'));
    const dying = Promise.withResolvers<Outcome>();
    const taken = Promise.withResolvers<void>();
    const dead = deliverDue(ctx, {
      note: () => {
        taken.resolve();
        return dying.promise;
      },
    });
    await taken.promise;
    const { sent, deliverers } = postbox();
    assert.equal(await deliverDue(ctx, deliverers), 0);
    clock.advance(29_000);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    clock.advance(2_000);
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.deepEqual(sent, ['hello']);
    assert.equal((await row('a')).status, 'delivered');
    // The dead one comes back: its answer settles nothing any more.
    dying.resolve({ ok: false, retry: false, text: 'ghost' });
    await dead;
    assert.equal((await row('a')).status, 'delivered');
    assert.equal((await row('a')).answers.length, 1);
  });

  it('leaves to a slow worker what it holds, as long as it says so', async () => {
    await enqueue(ctx, note('a', 'hello'));
    const held = (await takeLane(ctx, ['note']))!;
    const delivery = (await takeDelivery(ctx, held, ['note']))!;
    const { deliverers } = postbox();
    for (let i = 0; i < 5; i++) {
      clock.advance(20_000);
      await keepLease(ctx, held, delivery._id);
      assert.equal(await deliverDue(ctx, deliverers), 0);
    }
    clock.advance(31_000);
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.equal(await takeDelivery(ctx, held, ['note']), undefined);
  });

  it('does not let the answer to an older body settle a newer one, and keeps the spacing between the two', async () => {
    await enqueue(ctx, note('a', 'old', { spacing: [1000] }));
    const sent: string[] = [];
    const deliverers: Deliverers = {
      note: async (_ctx, { body }) => {
        sent.push(String(body.text));
        if (body.text === 'old') await enqueue(ctx, note('a', 'new', { spacing: [1000] }));
        return { ok: true, text: '' };
      },
    };
    await deliverDue(ctx, deliverers);
    assert.deepEqual(sent, ['old']);
    assert.equal((await row('a')).status, 'waiting');
    clock.advance(999);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    clock.advance(1);
    assert.equal(await deliverDue(ctx, deliverers), 1);
    assert.deepEqual(sent, ['old', 'new']);
    assert.equal((await row('a')).status, 'delivered');
  });

  it('tries again later and later, and gives up when the tries are used up', async () => {
    const { sent, deliverers } = postbox(
      ...Array.from({ length: 100 }, () => ({ ok: false as const, retry: true, text: 'no' })),
    );
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    const first = await row('a');
    const wait = first.nextAt.getTime() - clock.now().getTime();
    assert.ok(wait >= 4000 && wait <= 6000, String(wait));
    for (let i = 0; i < 20; i++) {
      clock.advance(30 * 3600_000);
      await deliverDue(ctx, deliverers);
    }
    const last = await row('a');
    assert.equal(last.status, 'given up');
    assert.equal(last.tries, sent.length);
    assert.equal(sent.length, 18);
    assert.equal(last.answers.length, 18);
  });

  it('gives up at once when trying again is pointless', async () => {
    const { deliverers } = postbox({ ok: false, retry: false, text: 'nobody of that name', status: 404 });
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    assert.equal((await row('a')).status, 'given up');
  });

  it('takes a deliverer that throws for a failure to be tried again, with the reason', async () => {
    const { deliverers } = postbox(new Error('the wire is cut'));
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    const { status, answers } = await row('a');
    assert.equal(status, 'waiting');
    assert.equal(answers[0]?.text, 'the wire is cut');
  });

  it('waits as long as it was asked to', async () => {
    const { deliverers } = postbox({
      ok: false,
      retry: true,
      retryAfter: 300,
      text: 'slow down',
      status: 429,
    });
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    clock.advance(299_000);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    clock.advance(1_000);
    assert.equal(await deliverDue(ctx, deliverers), 1);
  });

  it('lets nobody put it off for ever', async () => {
    const { deliverers } = postbox({ ok: false, retry: true, retryAfter: 1e12, text: 'next century' });
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    clock.advance(24 * 3600_000);
    assert.equal(await deliverDue(ctx, deliverers), 1);
  });

  it('rests a lane whose other end is down after one try, and serves the other lanes', async () => {
    const sent: string[] = [];
    const deliverers: Deliverers = {
      note: async (_ctx, { lane, body }) => {
        sent.push(String(body.text));
        return lane.endsWith('down') ? away : { ok: true, text: '' };
      },
    };
    for (const i of [1, 2, 3])
      await enqueue(ctx, note(`d${i}`, `down ${i}`, { lane: `lane ${number} down` }));
    await enqueue(ctx, note('up', 'up'));
    await deliverDue(ctx, deliverers);
    assert.deepEqual(sent.sort(), ['down 1', 'up']);
    // Something new for the resting lane does not wake it …
    await enqueue(ctx, note('d4', 'down 4', { lane: `lane ${number} down` }));
    assert.equal(await deliverDue(ctx, deliverers), 0);
    // … and it rests longer each time.
    clock.advance(6_001);
    assert.equal(await deliverDue(ctx, deliverers), 1);
    clock.advance(6_001);
    assert.equal(await deliverDue(ctx, deliverers), 0);
    clock.advance(30_001);
    assert.equal(await deliverDue(ctx, deliverers), 1);
  });

  it('forgets the bad times of a lane once something got through', async () => {
    const { deliverers } = postbox(away, away, { ok: true, text: '' }, away);
    for (const key of ['a', 'b']) await enqueue(ctx, note(key, key));
    await deliverDue(ctx, deliverers);
    clock.advance(6_001);
    await deliverDue(ctx, deliverers);
    clock.advance(36_001);
    assert.equal(await deliverDue(ctx, deliverers), 2);
    // It was the third time that it is down, but the first in a row.
    clock.advance(6_001);
    await enqueue(ctx, note('c', 'c'));
    assert.ok((await deliverDue(ctx, deliverers)) >= 1);
  });

  it('gives a lane to one of many who reach for it', async () => {
    await enqueue(ctx, note('a', 'hello'));
    const taken = await Promise.all(Array.from({ length: 10 }, () => takeLane(ctx, ['note'])));
    assert.equal(taken.filter(Boolean).length, 1);
  });

  it('sends everything that waited when the other end is back', async () => {
    const { sent, deliverers } = postbox(away);
    for (const i of [1, 2, 3]) await enqueue(ctx, note(`k${i}`, `t${i}`));
    await deliverDue(ctx, deliverers);
    clock.advance(6_001);
    await deliverDue(ctx, deliverers);
    assert.equal(await countDeliveries(ctx, `wsp_${number}`, 'delivered'), 3);
    assert.equal(sent.length, 4);
  });

  it('sends again what an admin asks to, even what was given up, even while its lane rests', async () => {
    const { sent, deliverers } = postbox({ ok: false, retry: false, text: 'unknown' }, away);
    await enqueue(ctx, note('a', 'hello'));
    await deliverDue(ctx, deliverers);
    await enqueue(ctx, note('b', 'rest'));
    await deliverDue(ctx, deliverers);
    const { _id } = await row('a');
    assert.equal((await sendAgain(ctx, `wsp_${number}`, _id))?.status, 'waiting');
    await deliverDue(ctx, deliverers);
    assert.deepEqual(sent, ['hello', 'rest', 'hello']);
    assert.equal((await row('a')).status, 'delivered');
    assert.equal(await sendAgain(ctx, 'wsp_other', _id), undefined);
    assert.equal(await findDelivery(ctx, 'wsp_other', _id), undefined);
    assert.equal((await findDelivery(ctx, `wsp_${number}`, _id))?._id, _id);
  });

  it('writes only over the row it was decided by', async () => {
    const first = await enqueueIfUnchanged(ctx, note('a', 'one'), undefined);
    assert.equal(first?.revision, 1);
    assert.equal(await enqueueIfUnchanged(ctx, note('a', 'also one'), undefined), undefined);
    assert.equal((await enqueueIfUnchanged(ctx, note('a', 'two'), first))?.revision, 2);
    assert.equal(await enqueueIfUnchanged(ctx, note('a', 'late'), first), undefined);
    assert.equal((await row('a')).body.text, 'two');
  });

  it('leaves kinds that nobody here delivers to those who do', async () => {
    const { deliverers } = postbox();
    await enqueue(ctx, note('a', 'hello', { kind: 'parcel' }));
    assert.equal(await deliverDue(ctx, deliverers), 0);
  });

  it('lists a workspace page by page, newest first, and by status', async () => {
    for (let i = 0; i < 7; i++) {
      await enqueue(ctx, note(`k${i}`, 'x', { about: { attempt: i === 3 ? 'att_3' : 'att_0' } }));
      // Several of the same moment: the id decides.
      if (i % 2) clock.advance(1000);
    }
    await enqueue(ctx, note('other', 'x', { workspace: 'wsp_other' }));
    const workspace = `wsp_${number}`;
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listDeliveries(ctx, workspace, { limit: 3, cursor });
      seen.push(...page.deliveries.map(({ key }) => key));
      cursor = page.nextCursor;
    } while (cursor);
    assert.equal(seen.length, 7);
    assert.deepEqual([...seen].sort(), ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6']);
    assert.equal(seen[0], 'k6');
    assert.equal(
      (await listDeliveries(ctx, workspace, { status: 'delivered', limit: 3 })).deliveries.length,
      0,
    );
    assert.deepEqual(
      (await listDeliveries(ctx, workspace, { attempt: 'att_3', limit: 3 })).deliveries.map(({ key }) => key),
      ['k3'],
    );
    for (const rubbish of [
      '',
      'x',
      '{}',
      Buffer.from('[1]').toString('base64url'),
      Buffer.from('["a",{"$gt":""}]').toString('base64url'),
    ]) {
      await assert.rejects(listDeliveries(ctx, workspace, { limit: 3, cursor: rubbish }), BadCursor);
    }
  });

  it('wakes the worker of the same process at once', async () => {
    let done = Promise.withResolvers<void>();
    const worker = startWorker(ctx, {
      note: async () => {
        done.resolve();
        return { ok: true, text: '' };
      },
    });
    const waits: number[] = [];
    for (let i = 0; i < 3; i++) {
      // Long enough for it to have looked round and found nothing more to do.
      await new Promise((resolve) => void setTimeout(resolve, 60));
      done = Promise.withResolvers();
      const at = performance.now();
      await enqueue(ctx, note(`k${i}`, 'hello'));
      await done.promise;
      waits.push(performance.now() - at);
    }
    await worker.stop();
    assert.ok(Math.min(...waits) < 500, `the worker was not woken: ${waits.join(', ')}`);
  });

  it('waits for what is in flight when it stops', async () => {
    const begun = Promise.withResolvers<void>();
    const end = Promise.withResolvers<Outcome>();
    const worker = startWorker(ctx, {
      note: () => {
        begun.resolve();
        return end.promise;
      },
    });
    await enqueue(ctx, note('a', 'hello'));
    await begun.promise;
    let stopped = false;
    const stopping = worker.stop().then(() => void (stopped = true));
    await new Promise((resolve) => void setImmediate(resolve));
    assert.equal(stopped, false);
    end.resolve({ ok: true, text: 'done' });
    await stopping;
    assert.equal((await row('a')).status, 'delivered');
  });
});
