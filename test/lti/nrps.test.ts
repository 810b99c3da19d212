import assert from 'node:assert/strict';
import { readMembers, type Member } from '../../src/lti/nrps.ts';
import { rosterOf } from '../../src/lti/roster.ts';
import { scopes } from '../../src/lti/scopes.ts';
import { lms, openServiceWorld, type ServiceWorld } from './service-world.ts';

const membership = (role: string) => `http://purl.imsglobal.org/vocab/lis/v2/membership#${role}`;

describe('the people of a course', () => {
  let world: ServiceWorld;
  before(async () => {
    world = await openServiceWorld();
  });
  after(() => world?.close());
  beforeEach(() => void Object.assign(world, { calls: [], tokens: [] }));

  const url = `${lms}/course/7/members?group=a%2Fb`;
  const person = (id: unknown, more: object = {}) => ({
    user_id: id,
    roles: ['Learner'],
    name: `Person ${String(id)}`,
    ...more,
  });
  const show = (members: unknown[], headers: Record<string, string> = {}) =>
    Response.json({ id: url, context: { id: '7' }, members }, { headers });
  const listed = async (of = {}, family: Parameters<ServiceWorld['platform']>[0] = 'canvas') => {
    const answer = await readMembers(world.ctx, await world.platform(family), url, of);
    assert.ok(answer.ok, JSON.stringify(answer));
    return answer;
  };

  it('are read on all pages, with the query of their address, the scope and the media type', async () => {
    world.answer = (call) =>
      call.url.includes('page=2')
        ? show([person('3')])
        : show([person('1'), person('2')], { Link: `<${url}&page=2>; rel="next"` });
    const { members, fault } = await listed();
    assert.deepEqual(
      members.map(({ userId }) => userId),
      ['1', '2', '3'],
    );
    assert.equal(fault, undefined);
    assert.deepEqual(
      world.calls.map((call) => call.url),
      [`${url}&limit=200`, `${url}&page=2`],
    );
    assert.equal(
      world.calls[0]!.headers.get('accept'),
      'application/vnd.ims.lti-nrps.v2.membershipcontainer+json',
    );
    assert.deepEqual(world.tokens, [scopes.members]);
  });

  it('say what is known of them, in short words and long ones', async () => {
    world.answer = () =>
      show([
        person('1', { roles: [membership('Learner')], email: ' sam@example.org ', status: 'Inactive' }),
        person(2, { roles: 'Instructor', name: undefined, given_name: 'Ina', family_name: 'Instructor' }),
        person('3', {
          roles: ['Learner', 'http://purl.imsglobal.org/vocab/lti/system/person#TestUser'],
          status: 'Deleted',
        }),
        person('4', { roles: [membership('Mentor'), null], name: '' }),
        person('5', { roles: null, name: '李小龍' }),
      ]);
    const { members } = await listed();
    const words = members.map(({ userId, name, role, status, testUser }) =>
      [userId, name, role, status, testUser && 'test'].filter(Boolean).join(' '),
    );
    assert.deepEqual(words, [
      '1 Person 1 learner inactive',
      '2 Ina Instructor instructor active',
      '3 Person 3 learner deleted test',
      '4 none active',
      '5 李小龍 none active',
    ]);
    assert.equal(members[0]!.email, 'sam@example.org');
  });

  it('are one person each, however often they are listed, and those who are none are left out', async () => {
    world.answer = () =>
      show([
        person('1'),
        person('1', { roles: ['Instructor'] }),
        person('', {}),
        person(undefined),
        null,
        'Sam',
        person('2', { status: 'Inactive' }),
        person('2'),
      ]);
    const { members } = await listed();
    assert.deepEqual(
      members.map(({ userId, role, status }) => [userId, role, status]),
      [
        ['1', 'instructor', 'active'],
        ['2', 'learner', 'active'],
      ],
    );
  });

  it('are asked for by role in the words of the platform, and sorted out here where it knows none', async () => {
    world.answer = () => show([person('1'), person('2', { roles: ['Instructor'] })]);
    assert.deepEqual(
      (await listed({ role: 'learner' })).members.map(({ userId }) => userId),
      ['1'],
    );
    assert.deepEqual(
      (await listed({ role: 'instructor' }, 'moodle')).members.map(({ userId }) => userId),
      ['2'],
    );
    assert.match(
      world.calls[0]!.url,
      /&role=http%3A%2F%2Fpurl\.imsglobal\.org%2Fvocab%2Flis%2Fv2%2Fmembership%23Learner$/,
    );
    assert.equal(world.calls[1]!.url, `${url}&role=Instructor`);
  });

  it('of a link are asked for by it; where the platform does not know it, they are those of the course', async () => {
    world.answer = (call) =>
      call.url.includes('rlid=link-7') ? show([person('1')]) : show([person('1'), person('2')]);
    assert.equal((await listed({ link: 'link-7' })).members.length, 1);
    world.answer = (call) =>
      call.url.includes('rlid')
        ? new Response('no such link', { status: 404 })
        : show([person('1'), person('2')]);
    assert.equal((await listed({ link: 'link-7' })).members.length, 2);
  });

  it('are not asked for on another server, and the list says that it is not whole', async () => {
    world.answer = () => show([person('1')], { Link: '<https://evil.example/members?page=2>; rel="next"' });
    const { members, fault } = await listed();
    assert.equal(members.length, 1);
    assert.match(fault!, /another server/);
    assert.equal(world.calls.length, 1);
  });

  it('are as many as a limit allows', async () => {
    let page = 0;
    world.answer = () =>
      show([person(++page), person(++page)], { Link: `<${url}&page=${page}>; rel="next"` });
    const limits = { pages: 3, items: 100, seconds: 60 };
    const { members, fault } = await listed({ limits });
    assert.equal(members.length, 6);
    assert.match(fault!, /too long/);
  });

  it('cannot be read where the platform does not let us, with the reason', async () => {
    const failing = async (answer: Response) => {
      world.answer = () => answer;
      return readMembers(world.ctx, await world.platform(), url);
    };
    const refused = await failing(new Response('{"error":"insufficient_scope"}', { status: 403 }));
    assert.ok(!refused.ok && !refused.retry && /403.*insufficient_scope/.test(refused.text));
    const html = await failing(new Response('<html>Sign in</html>'));
    assert.ok(!html.ok && html.retry);
    const nowhere = await readMembers(world.ctx, await world.platform(), 'javascript:alert(1)');
    assert.ok(!nowhere.ok);
  });
});

describe('the people of a course and those who opened a link', () => {
  const member = (userId: string, name: string, more: Partial<Member> = {}): Member => ({
    userId,
    name,
    roles: [],
    role: 'learner',
    testUser: false,
    status: 'active',
    ...more,
  });
  const learner = (sub: string, name: string) => ({ sub, name, attempts: 1 });
  const words = (members: Member[], learners: ReturnType<typeof learner>[], isWhole = true) =>
    rosterOf(members, learners, { isWhole }).map(({ sub, name, enrolled, learner: known }) =>
      [sub, name, enrolled, known ? 'opened' : '-'].join(' '),
    );

  it('are one list by name: who has opened it, who has not, and who is gone', () => {
    const members = [member('3', 'Zoë'), member('1', 'Ända'), member('2', 'bob')];
    const learners = [learner('1', 'Anda'), learner('9', 'Carla')];
    assert.deepEqual(words(members, learners), [
      '1 Ända yes opened',
      '2 bob yes -',
      '9 Carla gone opened',
      '3 Zoë yes -',
    ]);
  });
  it('are without teachers, test users and those who left, unless they opened it', () => {
    const others = [
      member('t', 'Teacher', { role: 'instructor' }),
      member('x', 'Test', { testUser: true }),
      member('d', 'Deleted', { status: 'deleted' }),
      member('i', 'Inactive', { status: 'inactive' }),
    ];
    assert.deepEqual(words(others, []), []);
    assert.deepEqual(
      words(
        others,
        ['t', 'x', 'd', 'i'].map((sub) => learner(sub, '')),
      ),
      ['d Deleted gone opened', 'i Inactive inactive opened', 't Teacher yes opened', 'x Test yes opened'],
    );
  });
  it('say nobody is gone where the list is not whole', () =>
    assert.deepEqual(words([], [learner('1', 'Sam')], false), ['1 Sam unknown opened']));
  it('have the name that we know where the platform tells none, and come last without any', () =>
    assert.deepEqual(words([member('2', ''), member('1', ''), member('3', 'Ann')], [learner('1', 'Sam')]), [
      '3 Ann yes -',
      '1 Sam yes opened',
      '2  yes -',
    ]));
});
