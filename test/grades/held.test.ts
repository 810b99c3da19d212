import assert from 'node:assert/strict';
import type { Context } from '../../src/context.ts';
import { columnDeliverer } from '../../src/grades/column.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { queueGrade, type GradedLink } from '../../src/grades/queue.ts';
import { askService } from '../../src/lti/service.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { sendHeldAgain } from '../../src/outbox/deliveries.ts';
import { enqueue } from '../../src/outbox/enqueue.ts';
import { lanes } from '../../src/outbox/lane.model.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import { gradeWords } from '../../src/teacher/grade-words.ts';
import { makeClock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { connectLms } from './connected.ts';
import { everyScope, makeLms, networkOf } from './lms.ts';

const day = 24 * 3600_000;

describe('a grade for a host that was taken off its platform', () => {
  const clock = makeClock();
  const lms = makeLms('https://lms.example', 'moodle', clock.now);
  const far = makeLms('https://grades.far.test', 'moodle', clock.now);
  let world: Awaited<ReturnType<typeof openWorld>>;
  let ctx: Context;
  let platform: string;
  let near: GradedLink;
  let there: GradedLink;

  before(async () => {
    world = await openWorld({ now: clock.now, fetch: networkOf([lms, far]) });
    ctx = world.ctx;
    const connected = await connectLms(ctx, lms);
    platform = connected.platform._id;
    near = connected.link('near');
    there = { ...connected.link('there'), lineItem: far.column('there') };
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    await lanes(ctx.db).deleteMany({});
    clock.advance(3600_000);
    for (const each of [lms, far]) Object.assign(each, { asked: [], cells: new Map(), sent: [] });
    await allow(['grades.far.test']);
  });

  const allow = (serviceHosts: string[]) =>
    platforms(ctx.db).updateOne({ _id: platform }, { $set: { serviceHosts } });
  const deliver = () => deliverDue(ctx, { grade: deliverGrade, column: columnDeliverer(nothing) });
  const nothing = { give: async () => undefined, sayAgain: async () => undefined };
  const queue = (link: GradedLink, sub = '42', score = 0.5) =>
    queueGrade(ctx, {
      link,
      learner: { _id: `lrn_${sub}`, sub },
      attempt: { _id: `att_${link._id}_${sub}`, number: 1, graded: true, revision: 1 },
      progress: { completion: 'completed', success: 'unknown', score, seconds: 1 },
      others: [],
    });
  const rowOf = async (link: GradedLink) =>
    (await deliveries(ctx.db).findOne({ 'about.link': link._id }).lean<DeliveryRecord>())!;

  it('is sent while the host is allowed', async () => {
    await queue(there);
    await deliver();
    assert.equal((await rowOf(there)).status, 'delivered');
    assert.equal(far.cell('there', '42')?.points, 50);
  });

  it('waits, says why, holds up no other, and goes when the host is there again', async () => {
    await queue(there);
    await queue(near, '43');
    await allow([]);
    await deliver();
    assert.equal(lms.cell('near', '43')?.points, 50);
    assert.equal((await rowOf(near)).status, 'delivered');
    const held = await rowOf(there);
    assert.deepEqual([held.status, held.mark, far.asked.length], ['waiting', 'held', 0]);
    assert.match(held.answers[0]!.text, /grades\.far\.test, which is not among the hosts/);
    const words = gradeWords(held, 'Moodle');
    assert.equal(words.chip?.tone, 'warning');
    assert.match(words.text!, /Tell its administrator/);

    await allow(['grades.far.test']);
    await sendHeldAgain(ctx, 'wsp_1', platform);
    clock.advance(2000);
    await deliver();
    const gone = await rowOf(there);
    assert.deepEqual([gone.status, gone.mark], ['delivered', undefined]);
    assert.equal(far.cell('there', '42')?.points, 50);
  });

  it('does not run out of tries in thirteen days, and is looked at again by itself', async () => {
    await queue(there);
    await allow([]);
    for (let i = 0; i < 30; i += 1) {
      await deliver();
      clock.advance((13 * day) / 30);
    }
    assert.equal((await rowOf(there)).status, 'waiting');
    assert.equal(far.asked.length, 0);
    await allow(['grades.far.test']);
    await deliver();
    assert.equal((await rowOf(there)).status, 'delivered');
  });

  it('is given up after two weeks, says why still, and is sent when somebody wants it', async () => {
    await queue(there);
    await allow([]);
    await deliver();
    clock.advance(15 * day);
    await deliver();
    const row = await rowOf(there);
    assert.deepEqual([row.status, row.mark], ['given up', 'held']);
    assert.match(gradeWords(row, 'Moodle').text!, /Tell its administrator/);
  });

  it('is the newest when it goes', async () => {
    await queue(there);
    await allow([]);
    await deliver();
    await queue(there, '42', 0.8);
    await deliver();
    await allow(['grades.far.test']);
    await sendHeldAgain(ctx, 'wsp_1', platform);
    clock.advance(2000);
    await deliver();
    assert.deepEqual(
      far.sent.map(({ score }) => score.scoreGiven),
      [80],
    );
  });

  it('nor is a column made there, nor anything else asked', async () => {
    const item = { label: 'x', scoreMaximum: 1, resourceLinkId: 'r' };
    const body = { platform, lineItems: `${far.url}/items`, granted: everyScope, item };
    const about = { link: there._id, platform };
    await enqueue(ctx, { workspace: 'wsp_1', kind: 'column', key: 'c', lane: platform, about, body });
    await allow([]);
    await deliver();
    assert.deepEqual([(await rowOf(there)).mark, far.asked.length], ['held', 0]);
    const known = (await platforms(ctx.db).findOne({ _id: platform }).lean())!;
    const answer = await askService(ctx, known, { url: `${far.url}/members`, scope: 'x' });
    assert.deepEqual([answer.ok, far.asked.length, lms.asked.length], [false, 0, 0]);
  });
});
