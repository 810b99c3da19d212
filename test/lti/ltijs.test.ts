import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { accessTokens } from '../../src/lti/access-token.model.ts';
import { keys } from '../../src/lti/key.model.ts';
import { publicKeys } from '../../src/lti/keys.ts';
import { ltijsStore } from '../../src/lti/ltijs-store.ts';
import { ltijsOf } from '../../src/lti/ltijs.ts';
import { findPlatformBy } from '../../src/lti/platforms.ts';
import { serviceToken } from '../../src/lti/service-token.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { connect } from './launching.ts';
import { startPlatform, type TestPlatform } from './platform.ts';

describe('ltijs inside', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
  });
  after(() => app.stop());
  beforeEach(async () => {
    platform = await startPlatform();
    await connect(app, platform);
  });
  afterEach(() => platform.stop());

  const record = async () => (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
  const scopes = ['b', 'a'];

  it('is one for each world, and leaves nothing in the module cache or on the process', async () => {
    const signals = () =>
      ['SIGINT', 'SIGTERM', 'exit', 'uncaughtException', 'unhandledRejection'].map((name) =>
        process.listenerCount(name),
      );
    const before = signals();
    const other = await startApp();
    assert.notEqual(ltijsOf(app.ctx), ltijsOf(other.ctx));
    assert.equal(ltijsOf(app.ctx), ltijsOf(app.ctx));
    assert.equal(await ltijsOf(other.ctx).getPlatform(platform.url, platform.clientId), false);
    assert.ok(await ltijsOf(app.ctx).getPlatform(platform.url, platform.clientId));
    assert.deepEqual(signals(), before);
    const cached = Object.keys(createRequire(import.meta.url).cache).filter((path) =>
      /node_modules.ltijs.(dist|node_modules.(mongoose|express|helmet))/.test(path),
    );
    assert.deepEqual(cached, [], 'neither its own modules nor a second mongoose or Express');
    await other.stop();
  });

  it('has keys of 2048 bits, the private one sealed', async () => {
    const { kid } = await record();
    const key = (await keys(app.ctx.db).findOne({ _id: kid }).lean())!;
    assert.match(key.publicKey, /^-----BEGIN PUBLIC KEY-----/);
    assert.match(key.privateKey, /^1\.[\w-]+\.[\w-]+\.[\w-]+$/);
    const published = (await publicKeys(app.ctx)).keys;
    assert.ok(published.some((jwk) => jwk.kid === kid));
    for (const jwk of published) {
      assert.deepEqual(Object.keys(jwk).sort(), ['alg', 'e', 'kid', 'kty', 'n', 'use'], 'nothing private');
      assert.equal(Buffer.from(jwk.n!, 'base64url').length, 256);
    }
  });

  it('publishes a key before the platform it will be for', async () => {
    const spare = (await publicKeys(app.ctx)).keys.at(-1)!.kid;
    const next = await startPlatform();
    await connect(app, next);
    assert.equal((await findPlatformBy(app.ctx, next.url, next.clientId))!.kid, spare);
    assert.ok((await publicKeys(app.ctx)).keys.length > 1);
    await next.stop();
  });

  it('lets /lti/jwks be cached', async () => {
    const response = await fetch(`${app.url}/lti/jwks`);
    assert.equal(response.headers.get('cache-control'), 'public, max-age=300');
    assert.match(response.headers.get('content-type')!, /json/);
  });

  it('refuses a query that is an operator, and rows that are none of its business', async () => {
    const store = ltijsStore(app.ctx);
    await assert.rejects(store.Get(false, 'platform', { platformUrl: { $ne: null } }), /must be a string/);
    await assert.rejects(store.Get('key', 'privatekey', { kid: { $gt: '' } }), /must be a string/);
    await assert.rejects(store.Delete('platform', { platformUrl: ['x'] }), /must be a string/);
    for (const name of ['nonce', 'state', 'idtoken', 'contexttoken', '__proto__', 'courses']) {
      await assert.rejects(store.Get(false, name, {}), /no business/);
    }
  });

  it('asks for a token with a signed assertion, and keeps it, sealed', async () => {
    const token = await serviceToken(app.ctx, await record(), scopes);
    assert.equal(token, 'Bearer token-1');
    assert.equal(await serviceToken(app.ctx, await record(), scopes), token);
    const [asked, ...more] = platform.asked('/token');
    assert.equal(more.length, 0);
    const form = new URLSearchParams(asked!.body);
    assert.equal(form.get('grant_type'), 'client_credentials');
    assert.equal(form.get('scope'), 'a b');
    const assertion = form.get('client_assertion')!;
    assert.equal(decodeProtectedHeader(assertion).kid, (await record()).kid);
    const claims = decodeJwt(assertion);
    assert.equal(claims.iss, platform.clientId);
    assert.equal(claims.sub, platform.clientId);
    assert.equal(claims.aud, `${platform.url}/token`);
    assert.ok(claims.exp! - claims.iat! <= 300);
    assert.ok(claims.jti);
    assert.ok(!JSON.stringify(await accessTokens(app.ctx.db).find({}).lean()).includes('token-1'));
  });

  it('asks once for twenty at the same moment', async () => {
    const platformRecord = await record();
    const tokens = await Promise.all(
      Array.from({ length: 20 }, () => serviceToken(app.ctx, platformRecord, scopes)),
    );
    assert.equal(new Set(tokens).size, 1);
    assert.equal(platform.asked('/token').length, 1);
  });

  for (const [lifetime, kept, gone] of [
    [3600, 3539, 3541],
    [60, 29, 31],
    [undefined, 3539, 3541],
    ['1800', 1739, 1741],
  ] as const) {
    it(`asks again shortly before a token that is good for ${lifetime} s ends`, async () => {
      platform.answers['/token'] = [{ body: { access_token: 'one', expires_in: lifetime } }];
      assert.equal(
        await serviceToken(app.ctx, await record(), scopes),
        'Bearer one',
        'without token_type, too',
      );
      clock.advance(kept * 1000);
      assert.equal(await serviceToken(app.ctx, await record(), scopes), 'Bearer one');
      clock.advance((gone - kept) * 1000);
      assert.notEqual(await serviceToken(app.ctx, await record(), scopes), 'Bearer one');
    });
  }

  it('replaces a token that was refused, once for all who were refused it', async () => {
    const one = await serviceToken(app.ctx, await record(), scopes);
    const others = await Promise.all(
      Array.from({ length: 20 }, async () => serviceToken(app.ctx, await record(), scopes, one)),
    );
    assert.equal(new Set(others).size, 1);
    assert.notEqual(others[0], one);
    // Who comes late with the old one is given the new one, and it is kept.
    assert.equal(await serviceToken(app.ctx, await record(), scopes, one), others[0]);
    assert.equal(await serviceToken(app.ctx, await record(), scopes), others[0]);
    assert.equal(platform.asked('/token').length, 2);
  });

  it('gives nobody the token they were refused, also while others are being given it', async () => {
    const one = await serviceToken(app.ctx, await record(), scopes);
    const platformRecord = await record();
    const [other, refused] = await Promise.all([
      serviceToken(app.ctx, platformRecord, scopes),
      serviceToken(app.ctx, platformRecord, scopes, one),
    ]);
    assert.equal(other, one);
    assert.notEqual(refused, one);
  });

  it('gives the same token again where the platform does', async () => {
    platform.answers['/token'] = [{ body: { access_token: 'same' } }, { body: { access_token: 'same' } }];
    const one = await serviceToken(app.ctx, await record(), scopes);
    assert.equal(await serviceToken(app.ctx, await record(), scopes, one), one);
    assert.equal(platform.asked('/token').length, 2);
  });

  it("uses the audience a platform wants (Brightspace's is the same for all)", async () => {
    await connect(app, platform, {
      authorization_server: 'https://api.brightspace.com/auth/token',
    } as object);
    await serviceToken(app.ctx, await record(), ['x']);
    const form = new URLSearchParams(platform.asked('/token')[0]!.body);
    assert.equal(decodeJwt(form.get('client_assertion')!).aud, 'https://api.brightspace.com/auth/token');
  });
});
