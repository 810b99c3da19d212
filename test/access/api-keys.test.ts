import assert from 'node:assert/strict';
import { apiKeys } from '../../src/access/api-key.model.ts';
import { authenticateKey, createApiKey, listApiKeys, revokeApiKey } from '../../src/access/api-keys.ts';
import { isKey, newKey } from '../../src/access/key-format.ts';
import { minute, openWorld } from './world.ts';

const of = { workspace: 'wsp_a', name: 'LMS import', by: 'per_1' };
const coded = (code: string) => (error: { code?: string; status?: number }) =>
  error.code === code && error.status === 401;

describe('an API key', () => {
  let world: Awaited<ReturnType<typeof openWorld>>;
  beforeEach(async () => void (world = await openWorld()));
  afterEach(() => world.close());

  it('opens its workspace, as a bearer token and bare', async () => {
    const { key, record } = await createApiKey(world.ctx, of);
    assert.match(key, /^cdk_live_[0-9A-Za-z]{27}_[0-9A-Za-z]{6}$/);
    for (const header of [`Bearer ${key}`, `bearer   ${key} `, key]) {
      const caller = await authenticateKey(world.ctx, header);
      assert.deepEqual([caller.workspace, caller.key], ['wsp_a', record._id]);
    }
  });

  it('is stored as a hash and four characters', async () => {
    const { key } = await createApiKey(world.ctx, of);
    const stored = JSON.stringify(await apiKeys(world.ctx.db).find({}).lean());
    assert.ok(!stored.includes(key.slice(0, -4)) && stored.includes(`"last4":"${key.slice(-4)}"`));
  });

  it('opens nothing once it is revoked', async () => {
    const { key, record } = await createApiKey(world.ctx, of);
    await revokeApiKey(world.ctx, 'wsp_a', record._id);
    await assert.rejects(authenticateKey(world.ctx, `Bearer ${key}`), coded('wrong-key'));
    const [listed] = await listApiKeys(world.ctx, 'wsp_a');
    assert.equal(listed?.revokedAt?.getTime(), world.clock.now().getTime());
  });

  it('of another workspace cannot be revoked, nor seen', async () => {
    const { key, record } = await createApiKey(world.ctx, of);
    await assert.rejects(
      revokeApiKey(world.ctx, 'wsp_b', record._id),
      (error: { status?: number }) => error.status === 404,
    );
    assert.deepEqual(await listApiKeys(world.ctx, 'wsp_b'), []);
    assert.ok(await authenticateKey(world.ctx, key));
  });

  it('says when it was last used, written at most once a minute', async () => {
    const { key, record } = await createApiKey(world.ctx, of);
    const used = async () => {
      await authenticateKey(world.ctx, key);
      return (await apiKeys(world.ctx.db).findOne({ _id: record._id }).lean())!.lastUsedAt!.getTime();
    };
    const first = await used();
    world.clock.advance(minute / 2);
    assert.equal(await used(), first);
    world.clock.advance(minute);
    assert.equal(await used(), world.clock.now().getTime());
  });

  it('is asked for where there is none', async () => {
    for (const header of [undefined, '', 'Bearer ', '   '])
      await assert.rejects(authenticateKey(world.ctx, header), coded('no-key'));
  });

  it('is refused when it is mistyped, unknown, or something else', async () => {
    const { key } = await createApiKey(world.ctx, of);
    const mistyped = key.slice(0, 12) + (key[12] === 'a' ? 'b' : 'a') + key.slice(13);
    for (const wrong of [
      mistyped,
      newKey(),
      'Basic YTpi',
      '{"$ne":null}',
      '\0',
      'x'.repeat(10_000),
      key.toUpperCase(),
    ]) {
      await assert.rejects(authenticateKey(world.ctx, `Bearer ${wrong}`), coded('wrong-key'));
    }
  });

  it('carries a checksum that finds every mistake in one character', () => {
    const key = newKey();
    assert.ok(isKey(key));
    for (let at = 9; at < key.length; at++) {
      const other = key[at] === 'x' ? 'y' : 'x';
      assert.ok(!isKey(key.slice(0, at) + other + key.slice(at + 1)), `at ${at}`);
    }
  });
});
