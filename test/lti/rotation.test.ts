import assert from 'node:assert/strict';
import { createLocalJWKSet, decodeProtectedHeader, jwtVerify, type JSONWebKeySet } from 'jose';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { persons } from '../../src/access/person.model.ts';
import { signedIn } from '../admin/signed-in.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { keys } from '../../src/lti/key.model.ts';
import { publicKeys, signJwt } from '../../src/lti/keys.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { rotateKeys } from '../../src/lti/rotate-keys.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { connect } from './launching.ts';
import { startPlatform, type TestPlatform } from './platform.ts';

const hour = 3600_000;

describe('new keys to sign with', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;

  beforeEach(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    await connect(app, platform);
  });
  afterEach(async () => {
    await app.stop();
    await platform.stop();
  });

  const published = async () => (await publicKeys(app.ctx)).keys.map(({ kid }) => kid!);
  /** The name of the key that signs now, verified with what is published now. */
  async function signing(): Promise<string> {
    const record = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
    const token = await signJwt(app.ctx, record, { iss: 'us' }, 60);
    const jwks = createLocalJWKSet((await publicKeys(app.ctx)) as JSONWebKeySet);
    await jwtVerify(token, jwks, { currentDate: clock.now() });
    return decodeProtectedHeader(token).kid!;
  }

  it('are published a day before they are used, and the old ones a day after', async () => {
    const old = await signing();
    const { rotated } = await rotateKeys(app.ctx);
    assert.equal(rotated, 1);
    const fresh = (await keys(app.ctx.db).findOne({ of: old }).lean())!._id;
    assert.equal(await signing(), old, 'platforms may not have fetched the new one yet');
    assert.ok((await published()).includes(fresh));
    clock.advance(24 * hour - 1000);
    assert.equal(await signing(), old);
    clock.advance(2000);
    assert.equal(await signing(), fresh);
    assert.ok((await published()).includes(old), 'what was signed before can still be verified');
    clock.advance(24 * hour);
    assert.ok(!(await published()).includes(old));
    assert.equal(await signing(), fresh);
  });

  it('are one for each platform, however often it is asked for meanwhile', async () => {
    const old = await signing();
    await rotateKeys(app.ctx);
    const again = await rotateKeys(app.ctx);
    assert.deepEqual([again.rotated, again.underWay], [0, 1]);
    assert.equal(await keys(app.ctx.db).countDocuments({ of: old }), 1);
    clock.advance(25 * hour);
    assert.equal((await rotateKeys(app.ctx)).rotated, 1, 'and again when that is over');
    clock.advance(25 * hour);
    const third = await signing();
    assert.equal((await keys(app.ctx.db).findOne({ _id: third }).lean())!.of, old);
    assert.equal((await published()).filter((kid) => kid !== third).length, 2, 'the one before, and a spare');
  });

  it('are one for each platform when ten ask at the same moment', async () => {
    const old = await signing();
    // One that died after it had said that it would make a key.
    const rotated = { at: clock.now(), by: 'cli', usedFrom: new Date(clock.now().getTime() + 24 * hour) };
    await platforms(app.ctx.db).updateMany({}, { $set: { rotated } });
    assert.equal((await rotateKeys(app.ctx)).rotated, 0);
    clock.advance(60_000);
    const all = await Promise.all(Array.from({ length: 10 }, () => rotateKeys(app.ctx)));
    assert.equal(all.filter(({ rotated }) => rotated === 1).length, 1);
    assert.equal(await keys(app.ctx.db).countDocuments({ of: old }), 1);
  });

  it('are made from the list of platforms, for that workspace, and it says how far they are', async () => {
    const { agent, csrf } = await signedIn(app);
    const old = await signing();
    const make = () => agent.post('/admin/platforms/keys').type('form').send({ csrf }).expect(303);
    const list = async () => (await agent.get('/admin/platforms').expect(200)).text;
    await make();
    assert.doesNotMatch(await list(), /Our keys/);
    assert.equal(await keys(app.ctx.db).countDocuments({ of: old }), 0, 'those of another workspace stay');
    const workspace = await defaultWorkspace(app.ctx);
    await platforms(app.ctx.db).updateMany({}, { $set: { workspace } });
    assert.match(await list(), /Make new keys/);
    await Promise.all([make(), make()]);
    assert.equal(await keys(app.ctx.db).countDocuments({ of: old }), 1, 'two clicks are one');
    const coming = await list();
    assert.match(coming, /New keys are published already, and used from/);
    assert.match(coming, /The ones before stay published until/);
    assert.doesNotMatch(coming, /Make new keys/);
    const { by } = (await platforms(app.ctx.db).findOne({}).lean())!.rotated!;
    assert.ok(await persons(app.ctx.db).exists({ _id: by }));
    clock.advance(25 * hour);
    const used = await list();
    assert.doesNotMatch(used, /New keys are published already/);
    assert.match(used, /The ones before stay published until.*Make new keys/s);
    clock.advance(25 * hour);
    assert.doesNotMatch(await list(), /stay published/);
  });

  it('are used at once where the old ones may be known to others, the spare too', async () => {
    const old = await signing();
    const before = await published();
    await rotateKeys(app.ctx);
    await rotateKeys(app.ctx, { atOnce: true });
    const now = await signing();
    assert.notEqual(now, old);
    const left = await published();
    assert.deepEqual(
      left.filter((kid) => before.includes(kid)),
      [],
    );
    assert.equal(left.length, 2, 'the new one, and a new spare');
    assert.ok(left.includes(now));
  });

  it('leave a platform as it is: its own name for its key does not change', async () => {
    const before = await findPlatformBy(app.ctx, platform.url, platform.clientId);
    await rotateKeys(app.ctx, { atOnce: true });
    await connect(app, platform);
    const after = await findPlatformBy(app.ctx, platform.url, platform.clientId);
    assert.deepEqual([after!._id, after!.kid], [before!._id, before!.kid]);
    assert.notEqual(await signing(), before!.kid);
  });
});
