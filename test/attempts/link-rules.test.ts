import assert from 'node:assert/strict';
import { announce } from '../../src/attempts/announce.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { learners } from '../../src/attempts/learner.model.ts';
import { listLinkLearners } from '../../src/attempts/link-learners.ts';
import { links, type LinkRecord } from '../../src/attempts/link.model.ts';
import {
  changeRules,
  differenceOf,
  linkRulesBody,
  type LinkRulesChange,
} from '../../src/attempts/link-rules.ts';
import { finishReckonings, reckonStep } from '../../src/attempts/reckoning.ts';
import type { GradeBody } from '../../src/grades/queue.ts';
import { deliveries, type DeliveryRecord } from '../../src/outbox/delivery.model.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { addCourse, addLink, openAttemptsWorld, stored, workspace, type AttemptsWorld } from './world.ts';

describe('the rules of a link, as they come from outside', () => {
  const good: object[] = [
    {},
    { counts: 'pass', passMark: 0.8, passBy: 'mark', keep: 'last', override: 'replace', points: 20 },
    { passMark: null, attempts: null, completion: null, window: null, again: null },
    { attempts: 3, completion: { by: 'score', atLeast: 0.5 } },
  ];
  const bad: object[] = [
    { counts: 'luck' },
    { passMark: 1.1 },
    { passMark: -0.1 },
    { points: 0 },
    { points: null },
    { counts: null },
    { attempts: -1 },
    { completion: { by: 'magic' } },
    { lineItem: 'https://evil.example' },
  ];
  it('are all of them, or some', () => {
    for (const body of good) assert.ok(linkRulesBody.safeParse(body).success, JSON.stringify(body));
  });
  it('are nothing else', () => {
    for (const body of bad) assert.ok(!linkRulesBody.safeParse(body).success, JSON.stringify(body));
  });
});

describe('which changes of rules make other grades', () => {
  const usual: LinkRecord['rules'] = { counts: 'score', keep: 'best', points: 100 };
  const passing: LinkRecord['rules'] = { ...usual, counts: 'pass', passMark: 0.5 };
  const timed = { by: 'time', seconds: 60 } as const;
  const none = { completion: false, points: false };
  const rows: [LinkRecord['rules'], LinkRecord['play'], LinkRulesChange, ReturnType<typeof differenceOf>][] =
    [
      [usual, undefined, {}, undefined],
      [usual, undefined, { ...usual }, undefined],
      [usual, undefined, { window: 'new', attempts: 3, again: null }, undefined],
      [usual, undefined, { override: 'keep', passBy: 'course', passMark: null, completion: null }, undefined],
      [usual, undefined, { passMark: 0.8, passBy: 'mark' }, undefined],
      [passing, undefined, { passMark: 0.5, passBy: 'course' }, undefined],
      [{ ...usual, counts: 'pass' }, undefined, { passBy: 'mark' }, undefined],
      [usual, { completion: timed }, { completion: { seconds: 60, by: 'time' } }, undefined],
      [usual, undefined, { counts: 'completion' }, none],
      [usual, undefined, { keep: 'last' }, none],
      [usual, undefined, { override: 'replace' }, none],
      [passing, undefined, { passMark: 0.6 }, none],
      [passing, undefined, { passMark: null }, none],
      [passing, undefined, { passBy: 'mark' }, none],
      [{ ...usual, passMark: 0.5 }, undefined, { counts: 'pass' }, none],
      [usual, undefined, { points: 20 }, { completion: false, points: true }],
      [usual, undefined, { completion: timed }, { completion: true, points: false }],
      [
        usual,
        { completion: timed },
        { completion: { ...timed, seconds: 61 } },
        { completion: true, points: false },
      ],
      [usual, { completion: timed }, { completion: null }, { completion: true, points: false }],
    ];
  for (const [rules, play, change, is] of rows) {
    it(`${JSON.stringify({ ...rules, ...play })} and ${JSON.stringify(change)}: ${is ? 'others' : 'the same'}`, () =>
      assert.deepEqual(differenceOf({ rules, play }, change), is));
  }
});

describe('rules of a link that change', () => {
  let world: AttemptsWorld;
  let link: LinkRecord;
  let course: string;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());
  beforeEach(async () => {
    await links(world.ctx.db).updateMany({}, { $unset: { reckoning: 1 } });
    const made = await addCourse(world.ctx);
    course = made._id;
    link = await addLink(world.ctx, made);
  });

  const done = (score?: number, more: Partial<Progress> = {}): Progress => ({
    completion: 'completed',
    success: 'unknown',
    seconds: 1,
    ...(score === undefined ? {} : { score }),
    ...more,
  });
  /** Learners with these attempts each, written as a whole class at once. */
  async function addClass(count: number, of: Progress[]): Promise<string[]> {
    const { ctx } = world;
    const ids = Array.from({ length: count }, (_, i) => `${link._id}_${String(i).padStart(4, '0')}`);
    const at = ctx.now();
    await learners(ctx.db).collection.insertMany(
      ids.map((_id) => ({ _id, workspace, key: _id, sub: _id, name: _id, createdAt: at })) as never[],
    );
    const version = (await ctx.db.collection('courses').findOne({ _id: course as never }))!
      .published as string;
    const all = ids.flatMap((learner) =>
      of.map((progress, i) => ({
        _id: `${learner}_${i + 1}`,
        workspace,
        link: link._id,
        learner,
        course,
        version,
        number: i + 1,
        graded: true,
        state: '{}',
        revision: 1,
        seq: 0,
        progress,
        startedAt: at,
        savedAt: at,
      })),
    );
    await attempts(ctx.db).collection.insertMany(all as never[]);
    return ids;
  }
  const change = (rules: Parameters<typeof changeRules>[3]) =>
    changeRules(world.ctx, workspace, link._id, rules);
  const now = async () => (await links(world.ctx.db).findOne({ _id: link._id }).lean<LinkRecord>())!;
  const say = async (attempt: string) => announce(world.ctx, await stored(world.ctx, { _id: attempt }));
  async function grades(): Promise<(number | string)[]> {
    const rows = await deliveries(world.ctx.db)
      .find({ 'about.link': link._id })
      .sort({ key: 1 })
      .lean<DeliveryRecord[]>();
    return rows.map(({ body }) => {
      const { scoreGiven, activityProgress } = (body as GradeBody).grade;
      return scoreGiven ?? activityProgress;
    });
  }
  const sent = () =>
    deliveries(world.ctx.db).updateMany(
      { 'about.link': link._id },
      { $set: { status: 'delivered', tries: 1, deliveredAt: world.ctx.now() } },
    );
  const waiting = () =>
    deliveries(world.ctx.db).countDocuments({ 'about.link': link._id, status: 'waiting' });

  it('look at no attempt where grades stay what they are', async () => {
    await addClass(1, [done(0.5)]);
    await change({ keep: 'last' });
    await links(world.ctx.db).updateMany({}, { $unset: { reckoning: 1 } });
    const saved = await change({
      counts: 'score',
      keep: 'last',
      override: 'keep',
      window: 'new',
      attempts: 2,
    });
    assert.equal(saved.reckoning, undefined);
    assert.equal((await now()).play?.attempts, 2);
  });

  it('reckon all where two change them in the same moment', async () => {
    const { collection } = links(world.ctx.db);
    const real = collection.findOneAndUpdate.bind(collection) as (...given: unknown[]) => Promise<never>;
    let between = true;
    collection.findOneAndUpdate = (async (...given: unknown[]) => {
      if (between) await collection.updateOne({ _id: link._id as never }, { $set: { 'rules.keep': 'last' } });
      between = false;
      return real(...given);
    }) as never;
    try {
      const saved = await change({ counts: 'score', keep: 'best' });
      assert.equal(saved.rules.keep, 'best');
      assert.equal(saved.reckoning?.round, 2, 'begun, and through once');
    } finally {
      collection.findOneAndUpdate = real as never;
    }
  });

  it('leave undone nothing that an earlier change still has to do', async () => {
    const { ctx } = world;
    await addClass(1, [done(0.5, { completion: 'incomplete' })]);
    const pending = { id: 'rck_x', after: '', round: 1, dueAt: ctx.now(), completion: true };
    const $set = { 'play.completion': { by: 'exit' }, reckoning: pending };
    await links(ctx.db).updateOne({ _id: link._id }, { $set });
    await change({ keep: 'last' });
    const attempt = await stored(ctx, { _id: `${link._id}_0000_1` });
    assert.deepEqual(attempt.completion, { by: 'exit' });
  });

  it('are kept, and what is not given stays', async () => {
    await change({ counts: 'pass', passMark: 0.5, attempts: 2, completion: { by: 'exit' } });
    const changed = await change({ keep: 'last', override: 'replace', attempts: null });
    assert.deepEqual(changed.rules, {
      counts: 'pass',
      keep: 'last',
      points: 100,
      override: 'replace',
      passMark: 0.5,
    });
    assert.deepEqual(changed.play, { completion: { by: 'exit' } });
    const { rules } = await change({ passMark: null });
    assert.equal(rules.passMark, undefined);
  });

  it('are those of this workspace', async () => {
    await assert.rejects(changeRules(world.ctx, 'wsp_other', link._id, { keep: 'last' }), { status: 404 });
    assert.equal((await now()).rules.keep, 'best');
  });

  it('say nothing of the points of a column that is not ours', async () => {
    await assert.rejects(change({ points: 20 }), { status: 422, code: 'points-not-ours' });
    await links(world.ctx.db).updateOne({ _id: link._id }, { $set: { wantsColumn: true } });
    assert.equal((await change({ points: 20 })).rules.points, 20);
  });

  it('give every learner the grade that they come to now, also a lower one, and say no other again', async () => {
    const [ann, bob] = await addClass(2, [done(0.9), done(0.4)]);
    await attempts(world.ctx.db).updateOne({ _id: `${bob}_2` }, { $set: { 'progress.score': 0.9 } });
    for (const learner of [ann, bob]) await say(`${learner}_2`);
    assert.deepEqual(await grades(), [90, 90]);
    await sent();
    await change({ keep: 'last' });
    assert.deepEqual(await grades(), [40, 90]);
    assert.equal(await waiting(), 1);
    await sent();
    await change({ keep: 'average' });
    assert.deepEqual(await grades(), [65, 90]);
  });

  it('take a grade back that is none by them, and give it anew when they change again', async () => {
    const [ann] = await addClass(1, [done(0.9)]);
    await say(`${ann}_1`);
    await sent();
    await change({ counts: 'pass' });
    assert.deepEqual(await grades(), ['Initialized']);
    await sent();
    await change({ passMark: 0.8 });
    assert.deepEqual(await grades(), [100]);
    const [row] = await listLinkLearners(world.ctx, await now());
    assert.deepEqual([row!.progress.success, row!.share], ['passed', 1]);
    await change({ passMark: 0.95 });
    assert.deepEqual(await grades(), [0]);
  });

  it('take nothing from who was through before the course took that back', async () => {
    const [ann] = await addClass(1, [done(0.9)]);
    await say(`${ann}_1`);
    await sent();
    const progress = { completion: 'incomplete', success: 'unknown', score: 0.9, seconds: 1 };
    await attempts(world.ctx.db).updateOne(
      { _id: `${ann}_1` },
      { $set: { progress, finishedAt: world.ctx.now() } },
    );
    await change({ keep: 'last' });
    assert.deepEqual(await grades(), [90]);
  });

  it('give attempts under way the rule for completion', async () => {
    const [ann] = await addClass(1, [
      done(0.9),
      { completion: 'incomplete', success: 'unknown', seconds: 1 },
    ]);
    await change({ completion: { by: 'exit' } });
    const rules = async () =>
      (await attempts(world.ctx.db).find({ learner: ann }).sort({ number: 1 }).lean<AttemptRecord[]>()).map(
        ({ completion }) => completion,
      );
    assert.deepEqual(await rules(), [undefined, { by: 'exit' }]);
    await change({ completion: null });
    assert.deepEqual(await rules(), [undefined, undefined]);
  });

  it('are gone through a few at a time, from where it was left by whoever comes next', async () => {
    await addClass(205, [done(0.5)]);
    await change({ keep: 'last' });
    assert.equal((await grades()).length, 199);
    const left = await now();
    assert.equal(left.reckoning!.after, `${link._id}_0198`);
    // The process dies after it had queued some, and before it noted so.
    await reckonStep(world.ctx, left);
    await links(world.ctx.db).updateOne({ _id: link._id }, { $set: { reckoning: left.reckoning } });
    await finishReckonings(world.ctx);
    assert.equal((await grades()).length, 205);
    assert.equal((await now()).reckoning!.round, 2);
  });

  it('are gone through twice, for a grade that was put out by the rules of before just then', async () => {
    const [ann] = await addClass(1, [done(0.9), done(0.4)]);
    const seen = await stored(world.ctx, { _id: `${ann}_2` });
    await change({ keep: 'last' });
    await links(world.ctx.db).updateOne({ _id: link._id }, { $set: { 'rules.keep': 'best' } });
    await announce(world.ctx, seen);
    await links(world.ctx.db).updateOne({ _id: link._id }, { $set: { 'rules.keep': 'last' } });
    assert.deepEqual(await grades(), [90]);
    await finishReckonings(world.ctx);
    assert.deepEqual(await grades(), [90]);
    world.clock.advance(60_000);
    await finishReckonings(world.ctx);
    assert.deepEqual(await grades(), [40]);
    assert.equal((await now()).reckoning, undefined);
  });

  it('begin anew where they change in the middle', async () => {
    await addClass(101, [done(0.5), done(0.25)]);
    await change({ keep: 'last' });
    const old = await now();
    await change({ keep: 'average' });
    const { reckoning } = await now();
    await reckonStep(world.ctx, old);
    assert.deepEqual((await now()).reckoning, reckoning);
    await finishReckonings(world.ctx);
    assert.deepEqual(new Set(await grades()), new Set([37.5]));
    assert.equal((await grades()).length, 101);
  });

  it('are those of a learner of hundreds of attempts, too', async () => {
    await addClass(
      2,
      Array.from({ length: 201 }, (_, i) => done(i / 1000)),
    );
    await change({ keep: 'last' });
    await finishReckonings(world.ctx);
    assert.deepEqual(await grades(), [20, 20]);
  });
});
