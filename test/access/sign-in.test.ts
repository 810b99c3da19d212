import assert from 'node:assert/strict';
import { persons } from '../../src/access/person.model.ts';
import { createPerson, findPersonByEmail } from '../../src/access/people.ts';
import { faultOfPassword } from '../../src/access/passwords.ts';
import { signIn } from '../../src/access/sign-in.ts';
import { failures } from '../../src/access/failures.model.ts';
import { sessions } from '../../src/access/session.model.ts';
import {
  endSession,
  endSessionsOf,
  findSession,
  idleMs,
  longestMs,
  startSession,
} from '../../src/access/sessions.ts';
import { day, minute, openWorld } from './world.ts';

const ada = {
  workspace: 'wsp_default',
  email: 'Ada@Example.org',
  name: 'Ada Admin',
  password: 'three short words',
};
const coded = (code: string, status: number) => (error: { code?: string; status?: number }) =>
  error.code === code && error.status === status;

describe('signing in', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    world = await openWorld();
    await createPerson(world.ctx, ada);
  });
  afterEach(() => world.close());
  const tryWith = (password: string, email = ada.email, ip = '203.0.113.7') =>
    signIn(world.ctx, { email, password, ip });

  it('lets somebody in whatever the case of their address', async () => {
    const person = await tryWith(ada.password, '  ada@EXAMPLE.org ');
    assert.equal(person.name, 'Ada Admin');
  });

  it('keeps no password, only an Argon2id hash', async () => {
    const stored = await persons(world.ctx.db).findOne({}).lean();
    assert.match(stored!.passwordHash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.ok(!JSON.stringify(stored).includes(ada.password));
  });

  it('says the same of a wrong password and of an unknown address', async () => {
    const wrong = await tryWith('not the password').catch((error: Error) => error);
    const unknown = await tryWith(ada.password, 'eve@example.org').catch((error: Error) => error);
    assert.ok(wrong instanceof Error && unknown instanceof Error);
    assert.deepEqual(
      [wrong.message, (wrong as { code?: string }).code],
      [unknown.message, (unknown as { code?: string }).code],
    );
  });

  it('takes as long for an unknown address as for a wrong password', async () => {
    // By the processor's time, all threads, and the least of five: what else the machine does is not in it.
    const work = async (email: string) => {
      const start = process.cpuUsage();
      await tryWith('not the password', email).catch(() => undefined);
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    };
    await work('warm@example.org');
    const least = { known: Infinity, unknown: Infinity, locked: Infinity };
    for (let i = 0; i < 5; i++) {
      least.known = Math.min(least.known, await work(ada.email));
      least.unknown = Math.min(least.unknown, await work(`eve${i}@example.org`));
    }
    // From now on nothing is compared: what is left is the work around it.
    for (let i = 0; i < 5; i++) least.locked = Math.min(least.locked, await work(ada.email));
    const [known, unknown] = [least.known - least.locked, least.unknown - least.locked];
    assert.ok(unknown > known * 0.75, JSON.stringify(least));
  });

  it('refuses an account from one address after five failures, even with the right password, for a quarter of an hour', async () => {
    for (let i = 0; i < 5; i++) await assert.rejects(tryWith('not the password'), coded('sign-in', 401));
    await assert.rejects(tryWith(ada.password), (error: { code: string; retryAfter: number }) => {
      return error.code === 'too-many-tries' && error.retryAfter === 15 * 60;
    });
    world.clock.advance(15 * minute + 1000);
    assert.equal((await tryWith(ada.password)).name, 'Ada Admin');
  });

  it('lets the same account in from another address meanwhile', async () => {
    for (let i = 0; i < 6; i++) await tryWith('not the password').catch(() => undefined);
    assert.ok(await tryWith(ada.password, ada.email, '198.51.100.9'));
  });

  it('counts the addresses of one IPv6 network together', async () => {
    for (let i = 0; i < 6; i++)
      await tryWith('not the password', ada.email, `2001:db8:1:2::${i}`).catch(() => undefined);
    await assert.rejects(
      tryWith(ada.password, ada.email, '2001:db8:1:2::ffff'),
      coded('too-many-tries', 429),
    );
  });

  it('lets no more than five of twenty simultaneous guesses through', async () => {
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => tryWith('not the password')));
    const codes = results.map((r) => (r.status === 'rejected' ? (r.reason as { code: string }).code : 'in'));
    assert.equal(codes.filter((code) => code === 'sign-in').length, 5);
    assert.equal(codes.filter((code) => code === 'too-many-tries').length, 15);
  });

  it('forgets the failures of a browser that gets in', async () => {
    for (let i = 0; i < 4; i++) await tryWith('not the password').catch(() => undefined);
    await tryWith(ada.password);
    for (let i = 0; i < 4; i++) await assert.rejects(tryWith('not the password'), coded('sign-in', 401));
    assert.ok(await tryWith(ada.password));
  });

  it('does not write down what was typed', async () => {
    await tryWith('hunter2hunter2', 'my secret typed in the wrong field').catch(() => undefined);
    const stored = JSON.stringify(await failures(world.ctx.db).find({}).lean());
    assert.ok(!/secret|hunter|203\.0/.test(stored), stored);
  });

  it('refuses a second account with the same address', async () => {
    await assert.rejects(
      createPerson(world.ctx, { ...ada, email: 'ADA@example.ORG ' }),
      coded('email-taken', 409),
    );
    assert.equal(await persons(world.ctx.db).countDocuments({}), 1);
  });
});

describe('a password', () => {
  const about = { email: 'ada@example.org', name: 'Ada Lovelace' };
  for (const [password, fault] of [
    ['three short words', undefined],
    ['Tr0ub4dor&3x', undefined],
    ['éèàùçñß€łŧ¶ø', undefined],
    ['too short', 'short'],
    ['x'.repeat(257), 'long'],
    ['aaaaaaaaaaaaaaaa', 'obvious'],
    ['password1234567890', 'obvious'],
    ['ada@example.org', 'obvious'],
    ['Ada Lovelace!', 'obvious'],
    ['coursedockadmin', 'obvious'],
  ] as const) {
    it(`${JSON.stringify(password.slice(0, 20))} is ${fault ?? 'good'}`, () =>
      assert.equal(faultOfPassword(password, about), fault));
  }
});

describe('a session', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => {
    world = await openWorld();
    await createPerson(world.ctx, ada);
  });
  afterEach(() => world.close());
  const start = async () => startSession(world.ctx, (await findPersonByEmail(world.ctx, ada.email))!);

  it('is known by its token, of which only a hash is stored', async () => {
    const { token } = await start();
    assert.equal((await findSession(world.ctx, token))?.person.email, ada.email);
    assert.ok(!JSON.stringify(await sessions(world.ctx.db).find({}).lean()).includes(token));
  });

  it('ends when it is unused for a week', async () => {
    const { token } = await start();
    world.clock.advance(idleMs + 1);
    assert.equal(await findSession(world.ctx, token), undefined);
  });

  it('goes on with use, but never past thirty days', async () => {
    const { token } = await start();
    for (let i = 0; i < longestMs / (5 * day) - 1; i++) {
      world.clock.advance(5 * day);
      assert.ok(await findSession(world.ctx, token), `after ${5 * (i + 1)} days`);
    }
    world.clock.advance(5 * day + 1);
    assert.equal(await findSession(world.ctx, token), undefined);
  });

  it('is over once it is ended, and the others of that person go on', async () => {
    const [here, there] = [await start(), await start()];
    await endSession(world.ctx, here.token);
    assert.equal(await findSession(world.ctx, here.token), undefined);
    assert.ok(await findSession(world.ctx, there.token));
    await endSessionsOf(world.ctx, there.session.person);
    assert.equal(await findSession(world.ctx, there.token), undefined);
  });

  for (const rubbish of ['', 'x', '$ne', '{"$gt":""}', '\0', 'a'.repeat(100_000)]) {
    it(`is not opened by ${JSON.stringify(rubbish.slice(0, 12))}`, async () => {
      await start();
      assert.equal(await findSession(world.ctx, rubbish), undefined);
    });
  }
});
