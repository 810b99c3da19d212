import assert from 'node:assert/strict';
import { createPublicKey, type KeyObject } from 'node:crypto';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { assertRefused, connect, launch } from './launching.ts';
import { learnerClaims, startPlatform, type TestPlatform } from './platform.ts';

const minute = 60_000;

describe("a platform's keys", () => {
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

  const fetched = () => platform.asked('/jwks').length;
  const go = (header?: object) => launch(app, platform, learnerClaims(platform, app), { header });
  /** Verified: only the course is missing. */
  const succeeds = async () => assert.equal((await go()).status, 404);

  it('are fetched once for many launches, also at the same moment', async () => {
    await Promise.all(Array.from({ length: 10 }, succeeds));
    await succeeds();
    assert.equal(fetched(), 1);
  });
  it('are fetched again when the platform says so', async () => {
    await succeeds();
    clock.advance(9 * minute);
    await succeeds();
    assert.equal(fetched(), 1);
    clock.advance(2 * minute);
    await succeeds();
    assert.equal(fetched(), 2, 'it said max-age=600');
  });
  it('are fetched at once for a new name', async () => {
    await succeeds();
    platform.rotate('two');
    await succeeds();
    assert.equal(fetched(), 2);
  });
  it('are fetched at once for a new key under an old name', async () => {
    await succeeds();
    platform.rotate('one');
    await succeeds();
    assert.equal(fetched(), 2);
  });
  it('are not fetched for each name that somebody makes up', async () => {
    await succeeds();
    for (let i = 0; i < 3; i += 1) await assertRefused(await go({ kid: 'made-up' }), 400);
    assert.equal(fetched(), 2);
    for (let i = 0; i < 20; i += 1) await assertRefused(await go({ kid: `made-up-${i}` }), 400);
    assert.ok(fetched() <= 6, `${fetched()}`);
    clock.advance(minute + 1000);
    platform.rotate('real');
    await succeeds();
  });
  it('are seen soon after somebody made up names, or signed with other keys', async () => {
    await succeeds();
    for (let i = 0; i < 8; i += 1) await assertRefused(await go({ kid: `made-up-${i}` }), 400);
    platform.rotate('real');
    clock.advance(500);
    await succeeds();
    const stranger = () =>
      launch(app, platform, learnerClaims(platform, app), {
        header: { kid: 'real' },
        key: platform.strangeKey,
      });
    for (let i = 0; i < 8; i += 1) await assertRefused(await stranger(), 400);
    platform.rotate('real');
    clock.advance(500);
    await succeeds();
  });
  it('that are signed with before they are published are seen ten seconds later, whoever comes meanwhile', async () => {
    await succeeds();
    await assertRefused(await go({ kid: 'early' }), 400);
    platform.rotate('early');
    clock.advance(9000);
    await assertRefused(await go(), 400);
    clock.advance(1000);
    await succeeds();
  });
  it('are found among what is none', async () => {
    const jwkOf = (key: KeyObject) => ({ ...createPublicKey(key).export({ format: 'jwk' }), kid: 'one' });
    const [own, strange] = [jwkOf(platform.privateKey), jwkOf(platform.strangeKey)];
    const odd = [null, 'text', 7, {}, { kid: 'one' }, { kty: 'RSA', kid: 7, n: 'AQAB', e: 'AQAB' }];
    const others = ['RSA-OAEP-256', 'RSA1_5'].map((alg) => ({ ...strange, alg }));
    platform.answers['/jwks'] = [
      { body: { keys: [...odd, { ...own, use: null, alg: null }, { ...strange, use: 'enc' }, ...others] } },
    ];
    await succeeds();
  });
  it('are fetched for each of many new names, and for each new key under one name', async () => {
    await succeeds();
    for (let i = 0; i < 8; i += 1) {
      platform.rotate(`new-${i}`);
      await succeeds();
    }
    for (let i = 0; i < 8; i += 1) {
      platform.rotate('new-7');
      await succeeds();
    }
    assert.equal(fetched(), 17);
  });
  it('need not say what they are for', async () => {
    const jwk = createPublicKey(platform.privateKey).export({ format: 'jwk' });
    platform.answers['/jwks'] = [{ body: { keys: [{ ...jwk, kid: 'one' }] } }];
    await succeeds();
    assert.equal(fetched(), 1);
  });
  it('still count for a day while the platform does not answer', async () => {
    await succeeds();
    clock.advance(60 * minute);
    platform.answers['/jwks'] = [
      { status: 503, body: '' },
      { status: 200, body: '<html>maintenance' },
    ];
    await succeeds();
    clock.advance(2 * minute);
    await succeeds();
    clock.advance(25 * 60 * minute);
    platform.answers['/jwks'] = [{ status: 503, body: '' }];
    await assertRefused(await go(), 503, /open the course again/);
    await succeeds();
  });

  const unusable: [string, object][] = [
    ['a 404', { status: 404, body: '' }],
    ['HTML', { body: '<html></html>' }],
    ['a redirect', { status: 302, headers: { Location: 'http://127.0.0.1:1/' }, body: '' }],
    ['no set', { body: {} }],
    ['a set that is none', { body: { keys: 'none' } }],
    ['too much', { body: `{"keys":[],"x":"${'x'.repeat(6 * 1024 * 1024)}"}` }],
  ];
  for (const [name, answer] of unusable) {
    it(`that come as ${name} are a 503 which says when to come again`, async () => {
      platform.answers['/jwks'] = [answer];
      const response = await go();
      assert.equal(response.headers.get('retry-after'), '30');
      await assertRefused(response, 503, /cannot be fetched/);
      await succeeds();
    });
  }
  it('that do not come are a 503 after five seconds, once for all who wait', async () => {
    const real = AbortSignal.timeout;
    const waits: number[] = [];
    // The five seconds are over at once.
    AbortSignal.timeout = (ms) => (
      waits.push(ms),
      real.call(AbortSignal, Math.min(ms, ms === 5000 ? 100 : ms))
    );
    try {
      platform.answers['/jwks'] = [{ hang: true }];
      const answers = await Promise.all([go(), go(), go()]);
      for (const answer of answers) {
        assert.equal(answer.headers.get('retry-after'), '30');
        await assertRefused(answer, 503, /open the course again.*timeout/is);
      }
    } finally {
      AbortSignal.timeout = real;
    }
    assert.ok(waits.includes(5000));
    assert.equal(fetched(), 1);
    await succeeds();
  });
  it('that are an empty set, or not RSA, are not the key', async () => {
    platform.answers['/jwks'] = [
      { body: { keys: [] } },
      {
        body: {
          keys: [
            { kty: 'EC', kid: 'one', crv: 'P-256', x: 'a', y: 'b' },
            { kty: 'RSA', kid: 'one' },
            { kty: 'oct', kid: 'one', k: 'aaaa' },
          ],
        },
      },
    ];
    await assertRefused(await go(), 400, /does not publish/);
  });
});
