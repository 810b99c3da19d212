import assert from 'node:assert/strict';
import { createPerson } from '../../src/access/people.ts';
import { findSession, startSession } from '../../src/access/sessions.ts';
import { signIn } from '../../src/access/sign-in.ts';
import { signInLinks } from '../../src/access/sign-in-link.model.ts';
import {
  createSignInLink,
  ensureFirstAdmin,
  getSignInLink,
  takeSignInLink,
} from '../../src/access/sign-in-links.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { day, openWorld } from './world.ts';

const ada = { email: 'ada@example.org', name: 'Ada', password: 'three short words' };
const tokenOf = (url: string) => url.split('/').at(-1)!;
const coded = (code: string) => (error: { code?: string }) => error.code === code;

describe('a sign-in link', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => void (world = await openWorld()));
  afterEach(() => world.close());

  it('is printed afresh at every start until somebody has an account, and then no more', async () => {
    const [first, second] = [await ensureFirstAdmin(world.ctx), await ensureFirstAdmin(world.ctx)];
    assert.match(first!, /^http:\/\/localhost:3000\/welcome\/[\w-]{32}$/);
    assert.notEqual(first, second);
    await takeSignInLink(world.ctx, tokenOf(second!), ada);
    assert.equal(await ensureFirstAdmin(world.ctx), undefined);
  });

  it('for the first administrator is dead once there is one', async () => {
    const [first, second] = [await ensureFirstAdmin(world.ctx), await ensureFirstAdmin(world.ctx)];
    await takeSignInLink(world.ctx, tokenOf(second!), ada);
    await assert.rejects(getSignInLink(world.ctx, tokenOf(first!)), coded('link-over'));
    await assert.rejects(
      takeSignInLink(world.ctx, tokenOf(first!), { ...ada, email: 'eve@example.org' }),
      coded('link-over'),
    );
  });

  it('is stored as a hash only', async () => {
    const token = tokenOf((await ensureFirstAdmin(world.ctx))!);
    assert.ok(!JSON.stringify(await signInLinks(world.ctx.db).find({}).lean()).includes(token));
  });

  it('may be looked at often and used once', async () => {
    const { url } = await createSignInLink(world.ctx, { workspace: await defaultWorkspace(world.ctx) });
    for (let i = 0; i < 3; i++) assert.ok(await getSignInLink(world.ctx, tokenOf(url)));
    await takeSignInLink(world.ctx, tokenOf(url), ada);
    await assert.rejects(getSignInLink(world.ctx, tokenOf(url)), coded('link-over'));
    await assert.rejects(
      takeSignInLink(world.ctx, tokenOf(url), { ...ada, email: 'eve@example.org' }),
      coded('link-over'),
    );
  });

  it('lets one of two simultaneous users in', async () => {
    const token = tokenOf(
      (await createSignInLink(world.ctx, { workspace: await defaultWorkspace(world.ctx) })).url,
    );
    const results = await Promise.allSettled([
      takeSignInLink(world.ctx, token, ada),
      takeSignInLink(world.ctx, token, { ...ada, email: 'eve@example.org' }),
    ]);
    assert.deepEqual(results.map((r) => r.status).sort(), ['fulfilled', 'rejected']);
  });

  it('is over after a day', async () => {
    const token = tokenOf((await ensureFirstAdmin(world.ctx))!);
    world.clock.advance(day + 1);
    await assert.rejects(takeSignInLink(world.ctx, token, ada), coded('link-over'));
  });

  it('is not used up by a bad password, nor by an address that is taken', async () => {
    const workspace = await defaultWorkspace(world.ctx);
    await createPerson(world.ctx, { ...ada, workspace });
    const token = tokenOf((await createSignInLink(world.ctx, { workspace })).url);
    await assert.rejects(takeSignInLink(world.ctx, token, { ...ada, password: 'short' }), coded('password'));
    await assert.rejects(takeSignInLink(world.ctx, token, ada), coded('email-taken'));
    assert.ok(await takeSignInLink(world.ctx, token, { ...ada, email: 'bob@example.org' }));
  });

  it('made for an address with an account gives it a new password and ends its sessions', async () => {
    const workspace = await defaultWorkspace(world.ctx);
    const person = await createPerson(world.ctx, { ...ada, workspace });
    const { token } = await startSession(world.ctx, person);
    const { url } = await createSignInLink(world.ctx, { workspace, email: 'ADA@example.org' });
    await takeSignInLink(world.ctx, tokenOf(url), {
      email: 'ignored@example.org',
      name: '',
      password: 'four other short words',
    });
    assert.equal(await findSession(world.ctx, token), undefined);
    assert.equal(
      (await signIn(world.ctx, { ...ada, password: 'four other short words', ip: '::1' })).name,
      'Ada',
    );
    await assert.rejects(signIn(world.ctx, { ...ada, ip: '::1' }), coded('sign-in'));
  });

  for (const rubbish of ['', 'x', '[object Object]', '$ne', '%00', 'a'.repeat(50_000)]) {
    it(`is not ${JSON.stringify(rubbish.slice(0, 16))}`, async () => {
      await ensureFirstAdmin(world.ctx);
      await assert.rejects(getSignInLink(world.ctx, rubbish), coded('link-over'));
    });
  }
});
