import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { generateKeyPairSync } from 'node:crypto';
import {
  disableDeployment,
  disablePlatform,
  enablePlatform,
  findPlatformBy,
  listDeployments,
  approveDeployment,
} from '../../src/lti/platforms.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { assertRefused, connect, launch, login } from '../lti/launching.ts';
import {
  agsEndpoint,
  deepLinkingClaims,
  dlSettings,
  learnerClaims,
  lti,
  makeBrowser,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';

describe('launches that must be refused', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;

  before(async () => {
    app = await startApp({ overrides: { now: clock.now } });
    platform = await startPlatform();
    await connect(app, platform);
  });
  after(async () => {
    await app.stop();
    await platform.stop();
  });

  const without = (claims: Record<string, unknown>, ...names: string[]) => {
    for (const name of names) delete claims[name];
    return claims;
  };
  const claims = (more: object = {}) => learnerClaims(platform, app, more);
  const seconds = () => Math.floor(clock.now().getTime() / 1000);

  describe('launches of the 1EdTech certification that must be refused', () => {
    const bad: [string, () => object, RegExp, object?][] = [
      ['no KID in the header', claims, /key id/, { kid: undefined }],
      ['an incorrect KID', claims, /does not publish/, { kid: 'imstester_66067' }],
      ['a wrong LTI version', () => claims({ [lti('version')]: '11.3' }), /version: must be 1.3.0/],
      ['no LTI version', () => without(claims(), lti('version')), /version: is missing/],
      ['an invalid LTI message', () => ({ name: 'badltilaunch' }), /./],
      [
        'missing LTI claims',
        () => without(claims(), 'aud', 'iss', 'sub', lti('deployment_id'), lti('roles')),
        /./,
      ],
      ['incorrect timestamps', () => claims({ iat: 11111, exp: 22222 }), /too old/],
      ['no message type', () => without(claims(), lti('message_type')), /message_type/],
      ['no roles', () => without(claims(), lti('roles')), /roles: is missing/],
      ['no deployment id', () => without(claims(), lti('deployment_id')), /deployment_id: is missing/],
      [
        'no resource link id',
        () => claims({ [lti('resource_link')]: { title: 'x' } }),
        /resource_link.id: is missing/,
      ],
      ['no user', () => without(claims(), 'sub'), /sub: is missing/],
    ];
    for (const [name, make, says, header] of bad) {
      it(`refuses ${name}`, async () => {
        await assertRefused(await launch(app, platform, make(), { header }), 400, says);
      });
    }
  });

  describe('tokens that must be refused', () => {
    const refusedClaims: [string, () => object, RegExp?][] = [
      ['no issuer', () => without(claims(), 'iss'), /iss: is missing/],
      ['another issuer', () => claims({ iss: 'https://other.example' }), /https:\/\/other\.example/],
      ['an issuer with one slash too many', () => claims({ iss: `${platform.url}/` }), /to the letter/],
      ['no audience', () => without(claims(), 'aud'), /client id/],
      ['another audience', () => claims({ aud: 'somebody' })],
      ['an audience list without us', () => claims({ aud: ['a', 'b'], azp: platform.clientId })],
      ['several audiences without azp', () => claims({ aud: [platform.clientId, 'b'] })],
      ['another azp', () => claims({ azp: 'b' })],
      ['no exp', () => without(claims(), 'exp')],
      ['an exp in the past', () => claims({ exp: seconds() - 61 })],
      ['a text for exp', () => claims({ exp: String(seconds() + 60) as unknown as number })],
      ['no iat', () => without(claims(), 'iat')],
      ['an iat in the future', () => claims({ iat: seconds() + 61, exp: seconds() + 200 })],
      ['an iat of yesterday', () => claims({ iat: seconds() - 3700 })],
      ['an nbf in the future', () => claims({ nbf: seconds() + 61 })],
      ['a validity of a year', () => claims({ exp: seconds() + 365 * 86400 })],
      ['an exp before its iat', () => claims({ iat: seconds() + 30, exp: seconds() + 20 })],
      ['no nonce', () => claims({ nonce: undefined })],
      ['another nonce', () => claims({ nonce: 'mine' })],
      ['a nonce that is an object', () => claims({ nonce: { $ne: null } })],
      ['an empty sub', () => claims({ sub: '' })],
      ['an over-long sub', () => claims({ sub: 'x'.repeat(256) })],
      ['a sub with a control character', () => claims({ sub: 'a\u0000b' })],
      ['a sub that is a number', () => claims({ sub: 42 as unknown as string })],
      [
        'a message type in the wrong case',
        () => claims({ [lti('message_type')]: 'ltiresourcelinkrequest' }),
        /ltiresourcelinkrequest/,
      ],
      [
        'an unknown message type',
        () => claims({ [lti('message_type')]: 'LtiEulaRequest' }),
        /LtiEulaRequest/,
      ],
      ['an over-long deployment id', () => claims({ [lti('deployment_id')]: 'x'.repeat(256) })],
      ['no resource link', () => without(claims(), lti('resource_link'))],
      ['an empty resource link id', () => claims({ [lti('resource_link')]: { id: '' } })],
      ['an over-long resource link id', () => claims({ [lti('resource_link')]: { id: 'x'.repeat(256) } })],
      ['roles that are a text', () => claims({ [lti('roles')]: 'Learner' })],
      ['roles that are not texts', () => claims({ [lti('roles')]: [1, {}] })],
      ['no target link uri', () => without(claims(), lti('target_link_uri'))],
      [
        'a target link uri elsewhere',
        () => claims({ [lti('target_link_uri')]: 'https://evil.example/lti/launch' }),
        /not one of ours/,
      ],
      [
        'a target link uri that is a script',
        () => claims({ [lti('target_link_uri')]: 'javascript:alert(1)' }),
      ],
      ['custom that is a list', () => claims({ [lti('custom')]: ['a'] })],
      ['custom that is a text', () => claims({ [lti('custom')]: 'course=1' })],
      [
        'a line item that is no web address',
        () => claims({ [agsEndpoint]: { lineitem: 'file:///etc/passwd' } }),
      ],
      [
        'a deep linking request without its settings',
        () => without(deepLinkingClaims(platform, app), dlSettings),
        /deep_linking_settings: is missing/,
      ],
      [
        'deep linking to a script',
        () => deepLinkingClaims(platform, app, { deep_link_return_url: 'javascript:alert(1)' }),
      ],
      [
        'deep linking without accept_types',
        () => deepLinkingClaims(platform, app, { accept_types: undefined }),
        /accept_types/,
      ],
    ];
    for (const [name, make, says] of refusedClaims) {
      it(`refuses ${name}`, async () => assertRefused(await launch(app, platform, make()), 400, says));
    }

    it('refuses __proto__ as a claim', async () => {
      const started = await login(app, platform);
      const payload = JSON.stringify(claims({ nonce: started.nonce })).replace(
        '"name"',
        '"__proto__":{"polluted":true},"name"',
      );
      const id_token = await signRaw(payload);
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        400,
      );
      assert.equal(({} as { polluted?: boolean }).polluted, undefined);
    });

    const forged: [string, (nonce: string) => Promise<string>, RegExp?][] = [
      [
        'a signature by another key',
        (nonce) => platform.sign(claims({ nonce }), {}, platform.strangeKey),
        /signature/,
      ],
      ['a changed payload', async (nonce) => tamper(await platform.sign(claims({ nonce }))), /signature/],
      [
        'no signature (alg none)',
        async (nonce) => `${part({ alg: 'none', kid: 'one' })}.${part(claims({ nonce }))}.`,
        /RS256/,
      ],
      ['HS256 with the public key', async (nonce) => hs256(claims({ nonce })), /RS256/],
      ['RS512', (nonce) => signAs('RS512', claims({ nonce })), /RS256/],
      ['PS256', (nonce) => signAs('PS256', claims({ nonce })), /RS256/],
      [
        'a key that the token itself brings (jwk)',
        async (nonce) =>
          platform.sign(
            claims({ nonce }),
            { kid: 'mine', jwk: await strangeJwk() } as object,
            platform.strangeKey,
          ),
      ],
      [
        'a key that the token itself points to (jku)',
        (nonce) =>
          platform.sign(
            claims({ nonce }),
            { kid: 'mine', jku: `${platform.url}/mine` } as object,
            platform.strangeKey,
          ),
      ],
      ['a kid that is a path', (nonce) => platform.sign(claims({ nonce }), { kid: '../../etc/passwd' })],
      ['a kid that is SQL', (nonce) => platform.sign(claims({ nonce }), { kid: "' or 1=1 --" })],
      [
        'a kid that is a number',
        (nonce) => platform.sign(claims({ nonce }), { kid: 1 as unknown as string }),
      ],
      ['an over-long kid', (nonce) => platform.sign(claims({ nonce }), { kid: 'k'.repeat(600) })],
      ['a critical header that nobody knows', async (nonce) => critical(claims({ nonce }))],
      ['two parts', async () => 'a.b'],
      ['no parts', async () => 'rubbish'],
      ['five parts', async () => 'a.b.c.d.e'],
      ['an empty payload', async () => signRaw('')],
      ['a payload that is a list', async () => signRaw('[]')],
      ['a payload that is not JSON', async () => signRaw('{"a":')],
    ];
    for (const [name, make, says] of forged) {
      it(`refuses ${name}`, async () => {
        const started = await login(app, platform);
        const response = await started.browser.post(`${app.url}/lti/launch`, {
          state: started.state,
          id_token: await make(started.nonce),
        });
        await assertRefused(response, 400, says);
      });
    }

    it('refuses a key that is too small', async () => {
      const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
      const jwk = { ...(await exportJWK(weak.publicKey)), kid: 'weak', alg: 'RS256', use: 'sig' };
      clock.advance(120_000);
      platform.answers['/jwks'] = [{ body: { keys: [jwk] } }];
      const started = await login(app, platform);
      const payload = Buffer.from(JSON.stringify(claims({ nonce: started.nonce }))).toString('base64url');
      const { createSign } = await import('node:crypto');
      const input = `${part({ alg: 'RS256', kid: 'weak' })}.${payload}`;
      const id_token = `${input}.${createSign('RSA-SHA256').update(input).sign(weak.privateKey, 'base64url')}`;
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        400,
        /2048/,
      );
      clock.advance(3_600_000);
    });

    /** Signs text that need not be claims. */
    async function signRaw(payload: string): Promise<string> {
      const token = await platform.sign({});
      const input = `${token.split('.')[0]}.${Buffer.from(payload).toString('base64url')}`;
      return `${input}.${platform.signBytes(input)}`;
    }

    async function signAs(alg: string, payload: object): Promise<string> {
      return new SignJWT({ ...payload }).setProtectedHeader({ alg, kid: 'one' }).sign(platform.strangeKey);
    }

    async function critical(payload: object): Promise<string> {
      const input = `${part({ alg: 'RS256', kid: 'one', crit: ['b64'], b64: true, exp: 1 })}.${part(payload)}`;
      const unknown = `${part({ alg: 'RS256', kid: 'one', crit: ['nobody-knows'], 'nobody-knows': 1 })}.${input.split('.')[1]}`;
      return `${unknown}.${platform.signBytes(unknown)}`;
    }

    async function hs256(payload: object): Promise<string> {
      const pem = createPublicKey(platform.strangeKey).export({ type: 'spki', format: 'pem' });
      const input = `${part({ alg: 'HS256', kid: 'one' })}.${part(payload)}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    }

    async function strangeJwk() {
      return exportJWK(createPublicKey(platform.strangeKey));
    }
  });

  describe('the form of a launch', () => {
    const post = (form: Record<string, string> | [string, string][], headers = {}) =>
      makeBrowser().post(`${app.url}/lti/launch`, form, headers);

    it('refuses a GET', async () =>
      assertRefused(await makeBrowser().get(`${app.url}/lti/launch`), 400, /not directly/));
    it('refuses other methods', async () =>
      assertRefused(await fetch(`${app.url}/lti/launch`, { method: 'PUT' }), 405));
    it('refuses a form without a state', async () =>
      assertRefused(await post({ id_token: 'x' }), 400, /state/));
    it('refuses a form without a token', async () => {
      const started = await login(app, platform);
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state }),
        400,
        /no token/,
      );
    });
    it('refuses an unknown state', async () => {
      await assertRefused(
        await post({ state: 'never-given', id_token: await platform.sign(claims()) }),
        400,
        /used already/,
      );
    });
    for (const state of ['%00', ';', '{"$ne":null}', 'x'.repeat(1000)]) {
      it(`refuses ${state.slice(0, 12)} for a state`, async () =>
        assertRefused(await post({ state, id_token: 'a.b.c' }), 400));
    }
    it('refuses a field that comes twice', async () => {
      await assertRefused(
        await post([
          ['state', 'a'],
          ['state', 'b'],
          ['id_token', 'c'],
        ]),
        400,
        /more than once/,
      );
    });
    it('refuses JSON', async () => {
      const response = await fetch(`${app.url}/lti/launch`, {
        method: 'POST',
        body: '{"state":{"$ne":null},"id_token":"x"}',
        headers: { 'content-type': 'application/json' },
      });
      await assertRefused(response, 400);
    });
    it('refuses multipart', async () => {
      const body = new FormData();
      body.set('state', 'x');
      await assertRefused(await fetch(`${app.url}/lti/launch`, { method: 'POST', body }), 400);
    });
    it('refuses more than 256 KB', async () => {
      await assertRefused(await post({ state: 'x', id_token: 'y'.repeat(300_000) }), 413);
    });
    it("shows the platform's own error", async () => {
      await assertRefused(
        await post({ state: 'x', error: 'launch_no_longer_valid', error_description: '<b>gone</b>' }),
        400,
        /launch_no_longer_valid/,
      );
      await assertRefused(await post({ error: 'login_required' }), 400, /Sign in/);
    });
  });

  describe('a state', () => {
    it('is good once', async () => {
      const started = await login(app, platform);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      const form = { state: started.state, id_token };
      const first = await started.browser.post(`${app.url}/lti/launch`, form);
      assert.equal(first.status, 404, 'verified; only the course is missing');
      await assertRefused(await started.browser.post(`${app.url}/lti/launch`, form), 400, /used already/);
    });
    it('is good once of fifty at the same moment', async () => {
      const started = await login(app, platform);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      const cookie = [...started.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const tries = Array.from({ length: 50 }, () =>
        fetch(`${app.url}/lti/launch`, {
          method: 'POST',
          body: new URLSearchParams({ state: started.state, id_token }),
          headers: { cookie },
        }),
      );
      const codes = await Promise.all(
        (await Promise.all(tries)).map(
          async (response) => /<code>(no-course|lti-unknown-state)/.exec(await response.text())?.[1],
        ),
      );
      assert.equal(codes.filter((code) => code === 'no-course').length, 1);
      assert.equal(codes.filter((code) => code === 'lti-unknown-state').length, 49);
    });
    it('ends after ten minutes', async () => {
      const started = await login(app, platform);
      clock.advance(601_000);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        400,
        /used already/,
      );
    });
    it('does not go with the nonce of another login', async () => {
      const [one, two] = [await login(app, platform), await login(app, platform)];
      const id_token = await platform.sign(claims({ nonce: two.nonce }));
      await assertRefused(
        await one.browser.post(`${app.url}/lti/launch`, { state: one.state, id_token }),
        400,
        /does not belong/,
      );
    });
    it('does not open in another browser', async () => {
      const started = await login(app, platform);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      await assertRefused(
        await makeBrowser().post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        403,
      );
    });
    it('does not open with a cookie of another login', async () => {
      const [one, two] = [await login(app, platform), await login(app, platform)];
      const id_token = await platform.sign(claims({ nonce: one.nonce }));
      const [name] = one.browser.cookies.keys();
      const [secret] = two.browser.cookies.values();
      const response = await fetch(`${app.url}/lti/launch`, {
        method: 'POST',
        body: new URLSearchParams({ state: one.state, id_token }),
        headers: { cookie: `${name}=${secret}` },
      });
      await assertRefused(response, 403, /another browser/);
    });
    it('does not go with a token of another platform', async () => {
      const other = await startPlatform();
      await connect(app, other);
      const started = await login(app, platform);
      const id_token = await other.sign(learnerClaims(other, app, { nonce: started.nonce }), { kid: 'two' });
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        400,
      );
      const same = await other.sign(learnerClaims(platform, app, { nonce: started.nonce }));
      const again = await login(app, platform);
      await assertRefused(
        await again.browser.post(`${app.url}/lti/launch`, { state: again.state, id_token: same }),
        400,
      );
      await other.stop();
    });
  });

  describe('deployments and platforms', () => {
    it('refuses an unknown deployment, remembers it, and lets it in when approved', async () => {
      const unknown = () => claims({ [lti('deployment_id')]: 'new-one' });
      await assertRefused(
        await launch(app, platform, unknown()),
        403,
        /administrator of this server must approve/,
      );
      await assertRefused(await launch(app, platform, unknown()), 403);
      const waiting = (await listDeployments(app.ctx, 'wsp_test')).filter(
        ({ status }) => status === 'waiting',
      );
      assert.deepEqual(
        waiting.map(({ deploymentId }) => deploymentId),
        ['new-one'],
      );
      await assert.rejects(approveDeployment(app.ctx, 'wsp_other', waiting[0]!._id), { status: 404 });
      await approveDeployment(app.ctx, 'wsp_test', waiting[0]!._id);
      assert.match(await (await launch(app, platform, unknown())).text(), /no-course/);
      await disableDeployment(app.ctx, 'wsp_test', waiting[0]!._id);
      await assertRefused(await launch(app, platform, unknown()), 403, /switched off/);
    });
    it('refuses a deployment other than the login said', async () => {
      const response = await launch(app, platform, claims(), { login: { lti_deployment_id: '2' } });
      await assertRefused(response, 400, /another place/);
    });
    it('refuses a platform that was disabled, at login and between login and launch', async () => {
      const { _id } = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
      const started = await login(app, platform);
      await disablePlatform(app.ctx, 'wsp_test', _id);
      const id_token = await platform.sign(claims({ nonce: started.nonce }));
      await assertRefused(
        await started.browser.post(`${app.url}/lti/launch`, { state: started.state, id_token }),
        403,
        /switched off/,
      );
      const again = await makeBrowser().post(`${app.url}/lti/login`, {
        iss: platform.url,
        login_hint: '1',
        target_link_uri: `${app.url}/lti/launch`,
        client_id: platform.clientId,
      });
      await assertRefused(again, 403, /switched off/);
      await enablePlatform(app.ctx, 'wsp_test', _id);
    });
  });
});

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function tamper(token: string): string {
  const [header, payload, signature] = token.split('.');
  const changed = Buffer.from(payload!, 'base64url').toString().replace('"sub":"42"', '"sub":"43"');
  return [header, Buffer.from(changed).toString('base64url'), signature].join('.');
}
