import assert from 'node:assert/strict';
import { closeSilent } from '../../src/attempts/time-out.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { recoverAttempt } from '../../src/attempts/recover.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { gradesOf, openAttemptsWorld, openEverything, openTab, stored, type AttemptsWorld } from './world.ts';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('what a tab could not send before it died', () => {
  let world: AttemptsWorld;
  before(async () => void (world = await openAttemptsWorld()));
  after(() => world.close());

  type Commit = { seq: number; patch: Act[] };

  /** A tab whose first commit arrived and whose next three did not. */
  async function died() {
    const everything = await openEverything(world.ctx);
    const { tab, attempt } = everything;
    await tab.commit();
    const commits: Commit[] = [];
    for (const [i, place] of ['2', '3', '4'].entries()) {
      tab.session.call('LMSSetValue', 'cmi.core.lesson_location', place);
      tab.session.call('LMSCommit', '');
      commits.push({ seq: i + 2, patch: tab.session.takeActs() });
    }
    const leftover = { launch: tab.launch, commits };
    const place = async () =>
      JSON.parse((await stored(world.ctx, attempt)).state).activities.one.cmi['cmi.core.lesson_location'];
    const launch = () => startLaunch(world.ctx, attempt, { mode: 'normal' });
    return { ...everything, leftover, place, launch, now: () => stored(world.ctx, attempt) };
  }

  it('is taken up by the next launch, as if it had arrived', async () => {
    const { tab, leftover, launch, now } = await died();
    const { token } = await launch();
    assert.deepEqual(await recoverAttempt(world.ctx, token, leftover), { recovered: 3, lost: 0 });
    const { state, seq, revision } = await now();
    assert.deepEqual(JSON.parse(state), json(tab.session.state));
    assert.deepEqual([seq, revision], [0, 2]);
  });

  it('is taken up once, however often and in whatever parts it is handed over', async () => {
    const { leftover, launch, place, now } = await died();
    const { token } = await launch();
    const part = (...seqs: number[]) => ({
      ...leftover,
      commits: leftover.commits.filter(({ seq }) => seqs.includes(seq)),
    });
    assert.deepEqual(await recoverAttempt(world.ctx, token, part(2)), { recovered: 1, lost: 0 });
    assert.deepEqual(await recoverAttempt(world.ctx, token, part(2, 3)), { recovered: 1, lost: 0 });
    assert.equal(await place(), '3');
    const again = await Promise.all([1, 2, 3].map(() => recoverAttempt(world.ctx, token, leftover)));
    assert.equal(again.filter(({ recovered }) => recovered === 1).length, 1);
    assert.equal(await place(), '4');
    assert.equal((await now()).revision, 4);
    const { token: next } = await launch();
    assert.deepEqual(await recoverAttempt(world.ctx, next, leftover), { recovered: 0, lost: 0 });
    assert.equal((await now()).revision, 4);
  });

  it('is put into the order in which it was done', async () => {
    const { leftover, launch, place } = await died();
    const { token } = await launch();
    await recoverAttempt(world.ctx, token, { ...leftover, commits: leftover.commits.toReversed() });
    assert.equal(await place(), '4');
  });

  it('waits for it through launches that did nothing', async () => {
    const { leftover, launch, place } = await died();
    await launch();
    await launch();
    const { token } = await launch();
    assert.deepEqual(await recoverAttempt(world.ctx, token, leftover), { recovered: 3, lost: 0 });
    assert.equal(await place(), '4');
  });

  it('is too late once another launch has recorded something, now or before', async () => {
    const { attempt, definition, leftover, launch, place, now } = await died();
    const other = await openTab(world.ctx, attempt, definition);
    other.session.open('one');
    other.session.call('LMSInitialize', '');
    other.session.call('LMSSetValue', 'cmi.core.lesson_location', 'elsewhere');
    await other.commit();
    world.warnings.length = 0;
    assert.deepEqual(await recoverAttempt(world.ctx, other.token, leftover), { recovered: 0, lost: 3 });
    assert.match(JSON.stringify(world.warnings), /"lost":3/);
    const { token } = await launch();
    const { revision } = await now();
    assert.deepEqual(await recoverAttempt(world.ctx, token, leftover), { recovered: 0, lost: 3 });
    const arrived = { ...leftover, commits: [{ ...leftover.commits[0]!, seq: 1 }] };
    assert.deepEqual(await recoverAttempt(world.ctx, token, arrived), { recovered: 0, lost: 0 });
    assert.equal(await place(), 'elsewhere');
    assert.equal((await now()).revision, revision);
  });

  it('of one of two earlier launches makes that of the other too late', async () => {
    const { attempt, definition, leftover, launch } = await died();
    const second = await openTab(world.ctx, attempt, definition);
    second.session.open('one');
    const theirs = { launch: second.launch, commits: [{ seq: 1, patch: second.session.takeActs() }] };
    const { token } = await launch();
    assert.deepEqual(await recoverAttempt(world.ctx, token, leftover), { recovered: 3, lost: 0 });
    assert.deepEqual(await recoverAttempt(world.ctx, token, theirs), { recovered: 0, lost: 1 });
  });

  it('is taken from no launch but those of the attempt, and only by the one that is live', async () => {
    const { leftover, launch, now } = await died();
    const other = await died();
    const [{ token }, { token: theirs }] = [await launch(), await other.launch()];
    for (const made of [other.leftover.launch, 'lch_none', '', '__proto__'])
      assert.deepEqual(await recoverAttempt(world.ctx, token, { ...leftover, launch: made }), {
        recovered: 0,
        lost: 3,
      });
    assert.deepEqual(await recoverAttempt(world.ctx, theirs, leftover), { recovered: 0, lost: 3 });
    await launch();
    await assert.rejects(recoverAttempt(world.ctx, token, leftover), { code: 'opened-elsewhere' });
    await assert.rejects(recoverAttempt(world.ctx, 'guess', leftover), { status: 401 });
    assert.equal((await now()).revision, 1);
  });

  it('is left alone by one who only looks back', async () => {
    const { attempt, leftover, launch, place } = await died();
    const review = await startLaunch(world.ctx, attempt, { mode: 'review' });
    assert.equal((await recoverAttempt(world.ctx, review.token, leftover)).recovered, 0);
    const { token } = await launch();
    assert.equal((await recoverAttempt(world.ctx, token, leftover)).recovered, 3);
    assert.equal(await place(), '4');
  });

  it('counts also when its session was closed for silence meanwhile, and its grade goes out', async () => {
    const { tab, learner, leftover, launch, now } = await died();
    tab.session.call('LMSSetValue', 'cmi.core.score.raw', '60');
    tab.session.call('LMSSetValue', 'cmi.core.lesson_status', 'passed');
    tab.session.call('LMSFinish', '');
    leftover.commits.push({ seq: 5, patch: tab.session.takeActs() });
    world.clock.advance(90 * 60_000);
    assert.ok((await closeSilent(world.ctx, 60)) > 0);
    assert.equal((await now()).live, undefined);
    const { token } = await launch();
    world.warnings.length = 0;
    assert.deepEqual(await recoverAttempt(world.ctx, token, leftover), { recovered: 4, lost: 0 });
    assert.deepEqual(world.warnings, []);
    assert.deepEqual(JSON.parse((await now()).state), json(tab.session.state));
    const [grade] = await gradesOf(world.ctx, learner);
    assert.equal((grade!.body.grade as { scoreGiven: number }).scoreGiven, 60);
    assert.equal((await now()).unannounced, undefined);
  });

  it('and a take-over in the same moment count each whole, or not at all, and never twice', async () => {
    for (let round = 0; round < 5; round++) {
      const { leftover, launch, now } = await died();
      const { token } = await launch();
      const [first, next] = await Promise.all([
        recoverAttempt(world.ctx, token, leftover).catch(() => ({ recovered: 0 })),
        launch(),
      ]);
      const second = await recoverAttempt(world.ctx, next.token, leftover);
      assert.equal(first.recovered + second.recovered, 3);
      assert.equal((await now()).revision, 2);
    }
  });
});
