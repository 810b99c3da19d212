import assert from 'node:assert/strict';
import { lms, openServiceWorld, type ServiceWorld } from '../lti/service-world.ts';
import { classListOf } from '../../src/teacher/members.ts';

describe('who is in the course, for the page of a link', () => {
  let world: ServiceWorld;
  let number = 0;
  before(async () => {
    world = await openServiceWorld();
  });
  after(() => world?.close());
  beforeEach(() => {
    world.calls = [];
    number += 1;
  });

  const url = `${lms}/members`;
  const show = (...ids: string[]) =>
    Response.json({ id: url, context: {}, members: ids.map((user_id) => ({ user_id, roles: ['Learner'] })) });
  const list = async (options: { wait?: number; again?: boolean } = {}, more: object = {}) =>
    classListOf(
      world.ctx,
      await world.platform('canvas'),
      { _id: `lnk_${number}`, memberships: url, resourceLink: 'r', ...more },
      options,
    );
  const ids = ({ members }: Awaited<ReturnType<typeof list>>) => members.map(({ userId }) => userId);

  it('is nobody, and no question, where the LMS names no place to ask', async () => {
    assert.deepEqual(await list({}, { memberships: undefined }), { members: [], why: 'untold' });
    assert.equal(world.calls.length, 0);
  });

  it('is not waited for too long, but is there for the next page', async () => {
    const gate = Promise.withResolvers<void>();
    world.answer = async () => {
      await gate.promise;
      return show('a');
    };
    assert.deepEqual(await list({ wait: 5 }), { members: [], why: 'slow' });
    assert.equal((await list({ wait: 5, again: true })).why, 'slow');
    gate.resolve();
    assert.deepEqual(ids(await list()), ['a']);
    assert.equal(world.calls.length, 1, 'what is under way is not asked for once more');
  });

  it('is asked for once by two pages at a time', async () => {
    world.answer = () => show('a', 'b');
    const [one, two] = await Promise.all([list(), list()]);
    assert.deepEqual(
      [ids(one), ids(two)],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    );
    assert.equal(world.calls.length, 1);
  });

  it('is not everybody when the LMS breaks off, and is soon asked for again', async () => {
    world.answer = ({ url: at }) => {
      if (at.includes('page=2')) return new Response('', { status: 500 });
      return new Response(show('a').body, { headers: { Link: `<${url}?page=2>; rel="next"` } });
    };
    const { members, why } = await list();
    assert.deepEqual([members.length, why], [1, 'partial']);
    world.answer = () => show('a', 'b');
    world.clock.advance(31_000);
    assert.deepEqual(await list().then(({ why }) => why), undefined);
  });

  it('is asked for anew where the LMS names another place', async () => {
    world.answer = () => show('a');
    await list();
    world.answer = () => show('b');
    assert.deepEqual(ids(await list({}, { memberships: `${lms}/others` })), ['b']);
  });

  it('does not fail with whatever goes wrong', async () => {
    world.answer = () => {
      throw new Error('the network is gone');
    };
    assert.deepEqual(await list(), { members: [], why: 'refused' });
    assert.deepEqual(await list({}, { memberships: 'nowhere' }), { members: [], why: 'refused' });
  });
});
