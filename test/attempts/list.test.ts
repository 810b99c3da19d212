import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { listAttempts, type AttemptQuery } from '../../src/attempts/list.ts';
import { openAttempt } from '../../src/attempts/open.ts';
import { addCourse, addLearner, addLink, openAttemptsWorld, workspace, type AttemptsWorld } from './world.ts';

describe('the list of attempts', () => {
  let world: AttemptsWorld;
  let all: string[];
  let course: string;
  let link: string;
  let learner: string;

  before(async () => {
    world = await openAttemptsWorld();
    const { ctx, clock } = world;
    const made = await addCourse(ctx);
    const [first, second] = [await addLink(ctx, made), await addLink(ctx, made)];
    all = [];
    for (let i = 0; i < 7; i++) {
      // Two at a time begin in the same millisecond.
      if (i % 2 === 0) clock.advance(1_000);
      const who = await addLearner(ctx);
      const attempt = await openAttempt(ctx, {
        link: i < 5 ? first : second,
        learner: who,
        course: made._id,
        graded: i > 0,
      });
      all.push(attempt._id);
      learner = who._id;
    }
    [course, link] = [made._id, second._id];
    const other = await addCourse(ctx);
    await openAttempt(ctx, {
      link: await addLink(ctx, other),
      learner: await addLearner(ctx),
      course: other._id,
      graded: true,
    });
  });
  after(() => world.close());

  /** Every page of a query, as ids. */
  async function pages(query: Omit<AttemptQuery, 'cursor'>): Promise<string[][]> {
    const found: string[][] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await listAttempts(world.ctx, workspace, { ...query, cursor });
      found.push(page.attempts.map(({ attempt }) => attempt._id));
      cursor = page.nextCursor;
    }
    return found;
  }

  it('goes from the newest to the oldest, page by page, each once', async () => {
    const found = await pages({ course, limit: 2 });
    assert.deepEqual(
      found.map((page) => page.length),
      [2, 2, 2, 1],
    );
    assert.deepEqual(new Set(found.flat()), new Set(all));
    const times = await Promise.all(
      found
        .flat()
        .map(async (_id) => (await attempts(world.ctx.db).findOne({ _id }).lean())!.startedAt.getTime()),
    );
    assert.deepEqual(
      times,
      times.toSorted((a, b) => b - a),
    );
    assert.deepEqual((await pages({ course, limit: 7 })).length, 1);
  });

  it('is narrowed by link, learner and whether it counts', async () => {
    assert.equal((await pages({ link, limit: 10 })).flat().length, 2);
    assert.deepEqual((await pages({ learner, limit: 10 })).flat(), [all[6]]);
    assert.deepEqual((await pages({ course, graded: false, limit: 10 })).flat(), [all[0]]);
    assert.equal((await pages({ limit: 10 })).flat().length, 8);
    assert.deepEqual((await listAttempts(world.ctx, 'wsp_other', { limit: 10 })).attempts, []);
  });

  it('says who, where and on which version, without the heavy parts', async () => {
    const [row] = (await listAttempts(world.ctx, workspace, { learner, limit: 1 })).attempts;
    assert.equal(row!.learner.name, 'Jane Doe');
    assert.equal(row!.link._id, link);
    assert.equal(row!.version.number, 1);
    assert.ok(!('state' in row!.attempt) && !('definition' in row!.version));
  });

  it('refuses a cursor it did not give', async () => {
    for (const cursor of [
      '',
      'x',
      'AAAA',
      Buffer.from('2024-01-01T00:00:00Z {"$ne":1}').toString('base64url'),
    ]) {
      await assert.rejects(listAttempts(world.ctx, workspace, { limit: 2, cursor }), {
        status: 400,
        type: 'bad-cursor',
      });
    }
  });
});
