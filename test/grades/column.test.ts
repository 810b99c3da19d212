import assert from 'node:assert/strict';
import { deliverColumn } from '../../src/attempts/column.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { announce, announceAll } from '../../src/attempts/announce.ts';
import { findLink, findOrCreateLink, giveColumn } from '../../src/attempts/links.ts';
import { changeRules } from '../../src/attempts/link-rules.ts';
import { finishReckonings } from '../../src/attempts/reckoning.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import type { Context } from '../../src/context.ts';
import { deliverGrade } from '../../src/grades/deliver.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import { deliverDue } from '../../src/outbox/worker.ts';
import { newId } from '../../src/store/id.ts';
import { addCourse, addLearner } from '../attempts/world.ts';
import { makeClock } from '../support/clock.ts';
import { openWorld } from '../support/world.ts';
import { connectLms } from './connected.ts';
import { everyScope, makeLms, networkOf } from './lms.ts';

describe('a link that was picked with points and has no column', () => {
  const clock = makeClock();
  const lms = makeLms('https://lms.example', 'blackboard', clock.now);
  let world: Awaited<ReturnType<typeof openWorld>>;
  let ctx: Context;
  let deployment: string;

  before(async () => {
    world = await openWorld({ now: clock.now, fetch: networkOf([lms]) });
    ctx = world.ctx;
    deployment = (await connectLms(ctx, lms)).link('x').deployment!;
  });
  after(() => world?.close());
  beforeEach(async () => {
    await deliveries(ctx.db).deleteMany({});
    clock.advance(3600_000);
    Object.assign(lms, {
      maximum: 100,
      cells: new Map(),
      made: [],
      sent: [],
      asked: [],
      trouble: () => undefined,
    });
  });

  async function begin(more: { wantsColumn?: boolean; scopes?: string[]; lineItems?: string } = {}) {
    const course = await addCourse(ctx);
    const link = await findOrCreateLink(ctx, {
      workspace: 'wsp_default',
      kind: 'lti',
      key: newId('key'),
      course: course._id,
      title: 'Week 1',
      rules: { counts: 'score', keep: 'best', points: 20 },
      deployment,
      resourceLink: 'link-7',
      lineItems: `${lms.url}/items?type_id=1`,
      wantsColumn: true,
      scopes: everyScope,
      ...more,
    });
    const learner = await addLearner(ctx, '42');
    const attempt = await openAttempt(ctx, { link, learner, course: course._id, graded: true });
    return { link, learner, attempt, course };
  }
  async function finish({ attempt }: Awaited<ReturnType<typeof begin>>, score = 0.5) {
    const progress = { completion: 'completed', success: 'unknown', score, seconds: 1 };
    await attempts(ctx.db).updateOne({ _id: attempt._id }, { $set: { progress }, $inc: { revision: 1 } });
    return (await attempts(ctx.db).findOne({ _id: attempt._id }).lean())!;
  }
  const deliver = () => deliverDue(ctx, { grade: deliverGrade, column: deliverColumn });
  const column = async () => (await deliveries(ctx.db).findOne({ kind: 'column' }).lean<DeliveryRecord>())!;

  it('gets one, once, and the grade follows', async () => {
    const begun = await begin();
    const attempt = await finish(begun);
    for (let i = 0; i < 3; i++) await announce(ctx, attempt);
    await deliver();
    assert.deepEqual(lms.made, [
      {
        id: lms.column('made1'),
        label: 'Week 1',
        scoreMaximum: 20,
        resourceLinkId: 'link-7',
        resourceId: begun.course._id,
        tag: 'coursedock',
      },
    ]);
    assert.equal((await findLink(ctx, begun.link._id))!.lineItem, lms.column('made1'));
    assert.equal(lms.cell('made1', '42')?.points, 50);
    assert.equal((await column()).answers[0]!.text, 'The column “Week 1” is there; the grades follow.');
    // The platform names it in the next launch: nothing new.
    await findOrCreateLink(ctx, { ...begun.link, lineItem: lms.column('made1') });
    await announceAll(ctx);
    clock.advance(60_000);
    assert.equal(await deliver(), 0);
  });

  it('gives it other points, after which every grade in it is sent again', async () => {
    lms.maximum = 20;
    const begun = await begin();
    await announce(ctx, await finish(begun));
    await deliver();
    assert.equal(lms.cell('made1', '42')?.points, 10);
    clock.advance(60_000);
    await changeRules(ctx, 'wsp_default', begun.link._id, { points: 40 });
    await deliver();
    assert.equal(lms.maximum, 40);
    const put = lms.asked.find(({ method }) => method === 'PUT')!;
    assert.equal((JSON.parse(put.body) as { scoreMaximum: number }).scoreMaximum, 40);
    assert.equal(
      (await column()).answers.at(-1)!.text,
      'The column has 40 points now; the grades in it follow.',
    );
    assert.equal(lms.cell('made1', '42')?.points, 10);
    clock.advance(5_000);
    await finishReckonings(ctx);
    await deliver();
    assert.equal(lms.cell('made1', '42')?.points, 20);
    const sent = lms.sent.length;
    clock.advance(120_000);
    await finishReckonings(ctx);
    await deliver();
    assert.equal(lms.sent.length, sent);
    assert.equal((await findLink(ctx, begun.link._id))!.reckoning, undefined);
  });

  it('is made with the points of then, where they were changed before', async () => {
    const begun = await begin();
    await announce(ctx, await finish(begun));
    await changeRules(ctx, 'wsp_default', begun.link._id, { points: 30 });
    await deliver();
    assert.deepEqual(
      lms.made.map(({ scoreMaximum }) => scoreMaximum),
      [30],
    );
  });

  it('tells what became of points that the platform does not change', async () => {
    const begun = await begin();
    await announce(ctx, await finish(begun));
    await deliver();
    lms.trouble = ({ method }) => (method === 'PUT' ? new Response('', { status: 403 }) : undefined);
    await changeRules(ctx, 'wsp_default', begun.link._id, { points: 40 });
    await deliver();
    assert.match((await column()).answers.at(-1)!.text, /points/);
    assert.equal(lms.cell('made1', '42')?.points, 50);
  });

  it('takes the one that is there', async () => {
    lms.made = [{ id: lms.column('theirs'), label: 'Golf', scoreMaximum: 5, resourceLinkId: 'link-7' }];
    await announce(ctx, await finish(await begin()));
    await deliver();
    assert.equal(lms.made.length, 1);
    assert.equal(lms.cell('theirs', '42')?.points, 50);
  });

  it('gets it when the platform is back', async () => {
    lms.trouble = () => new Response('', { status: 503 });
    await announce(ctx, await finish(await begin()));
    await deliver();
    assert.equal((await column()).status, 'waiting');
    lms.trouble = () => undefined;
    clock.advance(10_000);
    await deliver();
    assert.equal((await column()).status, 'delivered');
    assert.equal(lms.cell('made1', '42')?.points, 50);
  });

  it('says so where the platform makes none', async () => {
    lms.trouble = ({ method, url }) =>
      method === 'POST' && url.pathname === '/items'
        ? new Response('{"error":"no such link"}', { status: 404 })
        : undefined;
    await announce(ctx, await finish(await begin()));
    await deliver();
    const { status, answers } = await column();
    assert.equal(status, 'given up');
    assert.match(answers[0]!.text, /made no column.*no such link/);
  });

  it('is left alone where nobody wants one, or the platform allows none', async () => {
    const all = everyScope.filter((scope) => scope !== scopes.lineItem);
    for (const more of [{ wantsColumn: undefined }, { scopes: all }, { lineItems: undefined }]) {
      await announce(ctx, await finish(await begin(more)));
      await deliver();
    }
    assert.equal(await deliveries(ctx.db).countDocuments({}), 0);
    assert.equal(lms.asked.length, 0);
  });

  it('loses no grade that is announced while its column comes', async () => {
    const begun = await begin();
    const attempt = await finish(begun);
    const model = attempts(ctx.db);
    const { updateOne } = model;
    // The column comes just before the attempt is noted down as announced.
    const cameFirst = async (...given: Parameters<typeof updateOne>) => {
      model.updateOne = updateOne;
      await giveColumn(ctx, begun.link._id, lms.column('made9'));
      return updateOne.apply(model, given);
    };
    model.updateOne = cameFirst as unknown as typeof updateOne;
    await announce(ctx, attempt);
    await deliverDue(ctx, { grade: deliverGrade });
    assert.equal(lms.cell('made9', '42')?.points, 50);
  });
});
