import assert from 'node:assert/strict';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import type { LearnerRecord } from '../../src/attempts/learner.model.ts';
import { listLinkLearners, rowsOf, type LinkLearner } from '../../src/attempts/link-learners.ts';
import { rememberLearner } from '../../src/attempts/learners.ts';
import { links, type LinkRecord, type LinkRules } from '../../src/attempts/link.model.ts';
import { addAttempt, openAttempt } from '../../src/attempts/open.ts';
import { courses } from '../../src/packages/course.model.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { newId } from '../../src/store/id.ts';
import { addCourse, addLearner, addLink, openAttemptsWorld, publish, type AttemptsWorld } from './world.ts';
import { course12, sco } from '../scorm/courses.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
const usual: LinkRules = { counts: 'score', keep: 'best', points: 100 };
const done = (score?: number, seconds = 60): Progress => ({
  completion: 'completed',
  success: 'unknown',
  seconds,
  ...(score === undefined ? {} : { score }),
});
const begun: Progress = { completion: 'incomplete', success: 'unknown', seconds: 5 };

describe('what a list of learners says of each', () => {
  const learner = { _id: 'l', sub: '42', name: 'Jane' } as LearnerRecord;
  const made = (...of: Progress[]) =>
    of.map(
      (progress, i) =>
        ({
          _id: `att_${i + 1}`,
          learner: 'l',
          course: 'c',
          number: i + 1,
          version: 'v',
          progress,
          startedAt: at(i),
          savedAt: at(10 + i),
        }) as AttemptRecord,
    );
  const row = (of: AttemptRecord[], rules: Partial<LinkRules> = {}): LinkLearner =>
    rowsOf(of, {
      link: { course: 'c', rules: { ...usual, ...rules } },
      learners: new Map([['l', learner]]),
      numbers: new Map([['v', 3]]),
      grades: new Map([['l', 'sent']]),
      most: 2,
    })[0]!;

  const table: [says: string, rules: Partial<LinkRules>, of: Progress[], counts: number, share?: number][] = [
    ['the best', {}, [done(0.4), done(0.9), done(0.2)], 2, 0.9],
    ['the first of the best', {}, [done(0.9), done(0.9)], 1, 0.9],
    ['the last', { keep: 'last' }, [done(0.9), done(0.2)], 2, 0.2],
    ['the last that is finished', { keep: 'last' }, [done(0.9), begun], 1, 0.9],
    ['the first', { keep: 'first' }, [done(0.4), done(0.9)], 1, 0.4],
    ['all together', { keep: 'average' }, [done(0.4), done(0.9)], 2, 0.65],
    ['none yet', {}, [begun, begun], 2, undefined],
    ['the best where no points are given', { points: 0 }, [done(0.9), done(0.2)], 1, undefined],
    ['what is complete', { counts: 'completion' }, [begun, done(), begun], 2, 1],
  ];
  for (const [says, rules, of, counts, share] of table)
    it(`shows the attempt that counts: ${says}`, () => {
      const shown = row(made(...of), rules);
      assert.deepEqual(shown.attempt, { id: `att_${counts}`, number: counts });
      assert.equal(shown.progress, of[counts - 1]);
      assert.equal(shown.share, share);
    });

  it('adds up the time, and knows when somebody was last there', () => {
    const [first, second] = made(done(1, 60), done(0.5, 30)) as [AttemptRecord, AttemptRecord];
    const shown = row([{ ...first, live: at(50) }, second]);
    assert.equal(shown.seconds, 90);
    assert.deepEqual([shown.lastSeen, shown.isOpen], [at(50), true]);
    assert.deepEqual([row([second]).lastSeen, row([second]).isOpen], [at(11), false]);
  });

  it('tells after which attempt another may be allowed, and what is allowed already', () => {
    const [first, second] = made(done(1), begun) as [AttemptRecord, AttemptRecord];
    assert.deepEqual(row([first, second]).latest, { id: 'att_2', number: 2, another: 0 });
    const allowed = row([first, { ...second, another: 2 }]);
    assert.deepEqual([allowed.used, allowed.most, allowed.latest.another], [2, 4, 2]);
    assert.equal(row([first, { ...second, course: 'before', another: 2 }]).latest.id, 'att_1');
  });

  it('counts what was used of the course that is there now', () => {
    const [first, second] = made(done(1), done(0.5)) as [AttemptRecord, AttemptRecord];
    const { used, most, version, grade } = row([{ ...first, course: 'before' }, second]);
    assert.deepEqual([used, most, version, grade], [1, 2, 3, 'sent']);
  });
});

describe("a link's learners", () => {
  let world: AttemptsWorld;
  let link: LinkRecord;
  let rows: LinkLearner[];

  before(async () => {
    world = await openAttemptsWorld();
    const { ctx } = world;
    const course = await addCourse(ctx);
    link = await addLink(ctx, course);
    const other = await addLink(ctx, course);
    const learners = [];
    for (const name of ['Zoë', 'Bob 10', 'Bob 9']) {
      const { workspace, key, sub } = await addLearner(ctx, newId('sub'));
      const learner = await rememberLearner(ctx, { workspace, key, sub, name });
      learners.push(learner);
      await openAttempt(ctx, { link, learner, course: course._id, graded: true });
    }
    await openAttempt(ctx, { link: other, learner: await addLearner(ctx), course: course._id, graded: true });
    await openAttempt(ctx, { link, learner: await addLearner(ctx), course: course._id, graded: false });
    const version = await publish(ctx, course, course12(sco('one'), sco('two')));
    const place = {
      workspace: link.workspace,
      link: link._id,
      learner: learners[0]!._id,
      course: course._id,
      graded: true,
    };
    const second = await addAttempt(ctx, place, version, 2);
    await attempts(ctx.db).updateOne({ _id: second!._id }, { $set: { progress: done(0.8) } });
    await courses(ctx.db).updateOne({ _id: course._id }, { $set: { play: { attempts: 5 } } });
    await links(ctx.db).updateOne({ _id: link._id }, { $set: { play: { attempts: 3 } } });
    link = { ...link, play: { attempts: 3 } };
    const grade = { gradingProgress: 'FullyGraded' };
    const row = (learner: string, lineItem: string, more: object) => ({
      _id: newId('dlv'),
      workspace: link.workspace,
      kind: 'grade',
      key: `plt_moodle:${lineItem}:${learner}`,
      lane: 'plt_moodle',
      body: { grade },
      revision: 1,
      tries: 0,
      nextAt: ctx.now(),
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
      ...more,
    });
    const [zoe, ten, nine] = learners.map(({ _id }) => _id) as [string, string, string];
    await deliveries(ctx.db).create([
      row(zoe, link.lineItem!, { status: 'delivered' }),
      row(ten, link.lineItem!, { status: 'given up' }),
      row(nine, 'https://moodle.example/another', { status: 'delivered' }),
    ]);
    rows = await listLinkLearners(ctx, link);
  });
  after(() => world.close());

  it('are those whose work there counts, each once, by name', () => {
    assert.deepEqual(
      rows.map(({ learner }) => learner.name),
      ['Bob 9', 'Bob 10', 'Zoë'],
    );
    assert.deepEqual(
      rows.map(({ used }) => used),
      [1, 1, 2],
    );
  });

  it('have the attempt that counts, its version, and as many attempts as the link allows', () => {
    const zoe = rows.at(-1)!;
    assert.equal(zoe.attempt.number, 2);
    assert.equal(zoe.version, 2);
    assert.equal(zoe.most, 3);
    assert.equal(zoe.share, 0.8);
    assert.equal(rows[0]!.version, 1);
  });

  it('have the state of their grade in the column that is there now', () => {
    assert.deepEqual(
      rows.map(({ grade }) => grade),
      ['none', 'failed', 'sent'],
    );
  });

  it('are who looked at it, where it is a preview', async () => {
    const seen = await listLinkLearners(world.ctx, { ...link, kind: 'preview' });
    assert.equal(seen.length, 1);
  });
});
