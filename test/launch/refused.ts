import { createHmac, createPublicKey, createSign, generateKeyPairSync } from 'node:crypto';
import { exportJWK, SignJWT } from 'jose';
import { disableDeployment, disablePlatform, listDeployments } from '../../src/lti/platforms.ts';
import type { PlatformRecord } from '../../src/lti/platform.model.ts';
import { connectWithoutKey, login, loginFields } from '../lti/launching.ts';
import {
  agsEndpoint,
  deepLinkingClaims,
  dlSettings,
  learnerClaims,
  lti,
  makeBrowser,
  membershipRole,
  nrpsClaim,
  startPlatform,
} from '../lti/platform.ts';
import {
  begin,
  type Claims,
  claimsOf,
  launchWith,
  less,
  more,
  post,
  seconds,
  without,
  type World,
} from './table.ts';

/** A request that must be refused: its name, how it is made, the status, and what the page must say. */
export type Refused = [
  name: string,
  make: (world: World) => Promise<Response>,
  status: number,
  says?: RegExp,
];

const claims = (name: string, make: Claims, says?: RegExp, options?: { header?: object }): Refused => [
  name,
  (world) => launchWith(world, () => make(world), options),
  400,
  says,
];
const picking =
  (settings: object): Claims =>
  (world) =>
    deepLinkingClaims(world.platform, world.launchApp(), settings);

/** 1EdTech's certification, by its own names (lti.md C.1). */
const certification: Refused[] = [
  claims('no KID in the header', more({}), /key id/, { header: { kid: undefined } }),
  claims('an incorrect KID', more({}), /does not publish/, { header: { kid: 'imstester_66067' } }),
  claims('a wrong LTI version', more({ [lti('version')]: '11.3' }), /version: must be 1.3.0/),
  claims('no LTI version', less(lti('version')), /version: is missing/),
  claims('an invalid LTI message', () => ({ name: 'badltilaunch' }), /iss: is missing/),
  claims(
    'missing LTI claims',
    less('aud', 'iss', 'sub', lti('deployment_id'), lti('roles')),
    /iss: is missing/,
  ),
  claims('incorrect timestamps', more({ iat: 11111, exp: 22222 }), /too old/),
  claims('no message type', less(lti('message_type')), /message_type/),
  claims('no roles', less(lti('roles')), /roles: is missing/),
  claims('no deployment id', less(lti('deployment_id')), /deployment_id: is missing/),
  claims(
    'no resource link id',
    more({ [lti('resource_link')]: { title: 'x' } }),
    /resource_link.id: is missing/,
  ),
  claims('no user', less('sub'), /sub: is missing/),
];

const tokenClaims: Refused[] = [
  claims('no issuer', less('iss'), /iss: is missing/),
  claims('another issuer', more({ iss: 'https://other.example' }), /https:\/\/other\.example/),
  claims(
    'an issuer with one slash too many',
    more(({ platform }) => ({ iss: `${platform.url}/` })),
    /to the letter/,
  ),
  claims('no audience', less('aud'), /client id/),
  claims('another audience', more({ aud: 'somebody' }), /client id/),
  claims(
    'an audience list without us',
    more(({ platform }) => ({ aud: ['a', 'b'], azp: platform.clientId })),
    /client id/,
  ),
  claims(
    'several audiences without azp',
    more(({ platform }) => ({ aud: [platform.clientId, 'b'] })),
    /client id/,
  ),
  claims('another azp', more({ azp: 'b' }), /client id/),
  claims('an audience that is an object', more({ aud: { 0: 'x' } }), /client id/),
  claims('no exp', less('exp'), /exp does not fit/),
  claims(
    'an exp in the past',
    more((world) => ({ exp: seconds(world) - 61 })),
    /exp does not fit/,
  ),
  claims(
    'a text for exp',
    more((world) => ({ exp: String(seconds(world) + 60) })),
    /exp does not fit/,
  ),
  claims('an exp that is no number (NaN, as JSON has it)', more({ exp: null }), /exp does not fit/),
  claims('no iat', less('iat'), /iat does not fit/),
  claims(
    'an iat in the future',
    more((world) => ({ iat: seconds(world) + 62, exp: seconds(world) + 200 })),
    /iat does not fit/,
  ),
  claims(
    'an iat older than an hour',
    more((world) => ({ iat: seconds(world) - 3700 })),
    /iat does not fit/,
  ),
  claims(
    'an nbf in the future',
    more((world) => ({ nbf: seconds(world) + 62 })),
    /nbf does not fit/,
  ),
  claims('a text for nbf', more({ nbf: 'now' }), /nbf does not fit/),
  claims(
    'a validity of a year',
    more((world) => ({ exp: seconds(world) + 365 * 86400 })),
    /exp does not fit/,
  ),
  claims(
    'an exp before its iat',
    more((world) => ({ iat: seconds(world) + 30, exp: seconds(world) + 20 })),
    /exp does not fit/,
  ),
  claims('no nonce', more({ nonce: undefined }), /nonce/),
  claims('another nonce', more({ nonce: 'mine' }), /nonce/),
  claims('a nonce that is an object', more({ nonce: { $ne: null } }), /nonce/),
  claims('a nonce that is a list', more({ nonce: [''] }), /nonce/),
  claims('an empty sub', more({ sub: '' }), /sub: is empty/),
  claims('an over-long sub', more({ sub: 'x'.repeat(256) }), /sub: is longer than 255 characters/),
  claims('a sub with a control character', more({ sub: 'a\u0000b' }), /sub: /),
  claims('a sub that is a number', more({ sub: 42 }), /sub: must be a text/),
  claims(
    'a message type in the wrong case',
    more({ [lti('message_type')]: 'ltiresourcelinkrequest' }),
    /ltiresourcelinkrequest/,
  ),
  claims('an unknown message type', more({ [lti('message_type')]: 'LtiEulaRequest' }), /LtiEulaRequest/),
  claims(
    'a message type that is a list',
    more({ [lti('message_type')]: ['LtiResourceLinkRequest'] }),
    /message_type/,
  ),
  claims('an over-long deployment id', more({ [lti('deployment_id')]: 'x'.repeat(256) }), /deployment_id: /),
  claims('no resource link', less(lti('resource_link')), /resource_link: is missing/),
  claims('an empty resource link id', more({ [lti('resource_link')]: { id: '' } }), /resource_link.id: /),
  claims(
    'an over-long resource link id',
    more({ [lti('resource_link')]: { id: 'x'.repeat(256) } }),
    /resource_link.id: /,
  ),
  claims('a resource link that is a text', more({ [lti('resource_link')]: 'link-1' }), /resource_link: /),
  claims('roles that are a text', more({ [lti('roles')]: 'Learner' }), /roles: must be an array/),
  claims('roles that are not texts', more({ [lti('roles')]: [1, {}] }), /roles/),
  claims('no target link uri', less(lti('target_link_uri')), /target_link_uri: is missing/),
  claims(
    'a target link uri elsewhere',
    more({ [lti('target_link_uri')]: 'https://evil.example/lti/launch' }),
    /not one of ours/,
  ),
  claims(
    'a target link uri that is a script',
    more({ [lti('target_link_uri')]: 'javascript:alert(1)' }),
    /not one of ours/,
  ),
  claims('custom that is a list', more({ [lti('custom')]: ['a'] }), /custom: /),
  claims('custom that is a text', more({ [lti('custom')]: 'course=1' }), /custom: /),
  claims(
    'a line item that is no web address',
    more({ [agsEndpoint]: { lineitem: 'file:///etc/passwd' } }),
    /lineitem/,
  ),
  claims(
    'members that are no web address',
    more({ [nrpsClaim]: { context_memberships_url: 'gopher://127.0.0.1/' } }),
    /context_memberships_url/,
  ),
  claims(
    'a line item on a host that is none of the platform',
    more({ [agsEndpoint]: { lineitem: 'http://169.254.169.254/latest/meta-data' } }),
    /lineitem: .*169\.254\.169\.254/,
  ),
  claims(
    'line items on a host that is none of the platform',
    more({ [agsEndpoint]: { lineitems: 'https://evil.example/items' } }),
    /lineitems: .*evil\.example/,
  ),
  claims(
    'members on a host that is none of the platform',
    more({ [nrpsClaim]: { context_memberships_url: 'https://evil.example/members' } }),
    /context_memberships_url: .*evil\.example/,
  ),
  claims(
    'a deep linking request without its settings',
    (world) => without(picking({})(world) as Record<string, unknown>, dlSettings),
    /deep_linking_settings: is missing/,
  ),
  claims(
    'deep linking to a script',
    picking({ deep_link_return_url: 'javascript:alert(1)' }),
    /deep_link_return_url/,
  ),
  claims(
    'deep linking with a target elsewhere',
    (world) => ({ ...picking({})(world), [lti('target_link_uri')]: 'https://evil.example/lti/launch' }),
    /not one of ours/,
  ),
  claims('deep linking to nowhere', picking({ deep_link_return_url: undefined }), /deep_link_return_url/),
  claims('deep linking without accept_types', picking({ accept_types: undefined }), /accept_types/),
];

const forged = (
  name: string,
  make: (world: World, nonce: string) => string | Promise<string>,
  says: RegExp,
): Refused => [
  name,
  async (world) => {
    const started = await begin(world);
    return post(world, started, await make(world, started.nonce));
  },
  400,
  says,
];
const signedBy =
  (alg: string, key?: 'own') =>
  async (world: World, nonce: string): Promise<string> => {
    const { privateKey } = key ? world.platform : { privateKey: strange.privateKey };
    return new SignJWT(claimsOf(world, { nonce })).setProtectedHeader({ alg, kid: 'one' }).sign(privateKey);
  };
/** The platform's own key under a header of our choice. */
const headed = (header: object) => (world: World, nonce: string) => {
  const input = `${part(header)}.${part(claimsOf(world, { nonce }))}`;
  return `${input}.${world.platform.signBytes(input)}`;
};
/** Signed text that need not be claims. */
const raw = (payload: (world: World, nonce: string) => string) => (world: World, nonce: string) => {
  const input = `${part({ alg: 'RS256', kid: 'one' })}.${Buffer.from(payload(world, nonce)).toString('base64url')}`;
  return `${input}.${world.platform.signBytes(input)}`;
};
const strange = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const anotherKey = (header: object) => (world: World, nonce: string) =>
  world.platform.sign(claimsOf(world, { nonce }), header, world.platform.strangeKey);

const tokens: Refused[] = [
  forged('a signature by another key', anotherKey({}), /signature/),
  forged(
    'a changed payload',
    async (world, nonce) => {
      const [header, payload, signature] = (await world.platform.sign(claimsOf(world, { nonce }))).split('.');
      const changed = Buffer.from(payload!, 'base64url').toString().replace('"sub":"42"', '"sub":"43"');
      return [header, Buffer.from(changed).toString('base64url'), signature].join('.');
    },
    /signature/,
  ),
  forged(
    'no signature (alg none)',
    (world, nonce) => `${part({ alg: 'none', kid: 'one' })}.${part(claimsOf(world, { nonce }))}.`,
    /RS256/,
  ),
  forged(
    'no signature (alg NONE, with one)',
    (world, nonce) => `${part({ alg: 'NONE', kid: 'one' })}.${part(claimsOf(world, { nonce }))}.AAAA`,
    /RS256/,
  ),
  forged(
    'no signature under RS256',
    (world, nonce) => `${part({ alg: 'RS256', kid: 'one' })}.${part(claimsOf(world, { nonce }))}.`,
    /signature/,
  ),
  forged(
    'HS256 with the public key',
    async (world, nonce) => {
      const pem = createPublicKey(world.platform.privateKey).export({ type: 'spki', format: 'pem' });
      const input = `${part({ alg: 'HS256', kid: 'one' })}.${part(claimsOf(world, { nonce }))}`;
      return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
    },
    /RS256/,
  ),
  forged("RS384, by the platform's own key", signedBy('RS384', 'own'), /RS256/),
  forged("RS512, by the platform's own key", signedBy('RS512', 'own'), /RS256/),
  forged("PS256, by the platform's own key", signedBy('PS256', 'own'), /RS256/),
  forged(
    'ES256',
    async (world, nonce) =>
      new SignJWT(claimsOf(world, { nonce }))
        .setProtectedHeader({ alg: 'ES256', kid: 'one' })
        .sign(elliptic.privateKey),
    /RS256/,
  ),
  forged('an alg in the wrong case', headed({ alg: 'rs256', kid: 'one' }), /RS256/),
  forged('an alg that is a list', headed({ alg: ['RS256'], kid: 'one' }), /signature|not allowed/),
  forged(
    'a key that the token itself brings (jwk)',
    async (world, nonce) =>
      anotherKey({ kid: 'mine', jwk: await exportJWK(createPublicKey(world.platform.strangeKey)) })(
        world,
        nonce,
      ),
    /does not publish/,
  ),
  forged(
    'a key that the token itself points to (jku)',
    (world, nonce) => anotherKey({ kid: 'mine', jku: `${world.platform.url}/mine` })(world, nonce),
    /does not publish/,
  ),
  forged(
    'a certificate that the token itself points to (x5u)',
    (world, nonce) => anotherKey({ kid: 'mine', x5u: `${world.platform.url}/mine` })(world, nonce),
    /does not publish/,
  ),
  forged('a kid that is a path', headed({ alg: 'RS256', kid: '../../etc/passwd' }), /does not publish/),
  forged('a kid that is SQL', headed({ alg: 'RS256', kid: "' or 1=1 --" }), /does not publish/),
  forged('a kid that is __proto__', headed({ alg: 'RS256', kid: '__proto__' }), /does not publish/),
  forged('a kid that is a number', headed({ alg: 'RS256', kid: 1 }), /key id/),
  forged('an empty kid', headed({ alg: 'RS256', kid: '' }), /key id/),
  forged('an over-long kid', headed({ alg: 'RS256', kid: 'k'.repeat(600) }), /key id/),
  forged(
    'a critical header that nobody knows',
    headed({ alg: 'RS256', kid: 'one', crit: ['nobody-knows'], 'nobody-knows': 1 }),
    /signature/,
  ),
  forged('a critical header that is empty', headed({ alg: 'RS256', kid: 'one', crit: [] }), /signature/),
  forged('two parts', () => 'a.b', /cannot be read/),
  forged('no parts', () => 'rubbish', /cannot be read/),
  forged('five parts', () => 'a.b.c.d.e', /cannot be read/),
  forged('a header that is a list', headed([]), /cannot be read/),
  forged(
    'a header that is null',
    (world, nonce) => `${part(null)}.${part(claimsOf(world, { nonce }))}.A`,
    /cannot be read/,
  ),
  forged(
    'an empty payload',
    raw(() => ''),
    /cannot be read|signature/,
  ),
  forged(
    'a payload that is a list',
    raw(() => '[]'),
    /cannot be read/,
  ),
  forged(
    'a payload that is not JSON',
    raw(() => '{"a":'),
    /cannot be read/,
  ),
  forged(
    '__proto__ as a claim',
    raw((world, nonce) =>
      JSON.stringify(claimsOf(world, { nonce })).replace('"name"', '"__proto__":{"polluted":true},"name"'),
    ),
    /cannot be read/,
  ),
  forged(
    '__proto__ in a claim, written in another way',
    raw((world, nonce) =>
      JSON.stringify(claimsOf(world, { nonce, [lti('custom')]: { mark: 1 } })).replace(
        '"mark":1',
        String.raw`"\u005f_proto__":{"polluted":true}`,
      ),
    ),
    /cannot be read/,
  ),
  forged(
    'a token of another platform',
    async (world, nonce) => {
      const other = await startPlatform();
      const token = await other.sign(learnerClaims(other, world.launchApp(), { nonce }), { kid: 'two' });
      await other.stop();
      return token;
    },
    /does not publish/,
  ),
  forged(
    'a token of another platform that speaks for this one',
    async (world, nonce) => {
      const other = await startPlatform();
      // Platforms of tests take turns with a few key pairs.
      if (other.privateKey === world.platform.privateKey) other.rotate('one');
      const token = await other.sign(claimsOf(world, { nonce }));
      await other.stop();
      return token;
    },
    /signature/,
  ),
  [
    'a key that is too small',
    async (world) => {
      const own = await ownPlatform(world);
      const jwk = { ...(await exportJWK(weak.publicKey)), kid: 'weak', alg: 'RS256', use: 'sig' };
      own.platform.pages['/jwks'] = () => ({ body: { keys: [jwk] } });
      const started = await begin(own);
      const input = `${part({ alg: 'RS256', kid: 'weak' })}.${part(claimsOf(own, { nonce: started.nonce }))}`;
      const signature = createSign('RSA-SHA256').update(input).sign(weak.privateKey, 'base64url');
      return finish(own, await post(own, started, `${input}.${signature}`));
    },
    400,
    /2048/,
  ],
];

/** The whole envelope: what is posted, and how. */
const launchUrl = (world: World) => `${world.launchApp().url}/lti/launch`;
const posted = (
  name: string,
  form: (world: World) => Record<string, string> | [string, string][],
  status: number,
  says?: RegExp,
): Refused => [name, (world) => makeBrowser().post(launchUrl(world), form(world)), status, says];

const envelope: Refused[] = [
  ['a GET', (world) => makeBrowser().get(launchUrl(world)), 400, /not directly/],
  ...['PUT', 'PATCH', 'DELETE'].map((method): Refused => [
    `a ${method}`,
    (world) => fetch(launchUrl(world), { method }),
    405,
  ]),
  posted('a form without a state', () => ({ id_token: 'x' }), 400, /state/),
  posted('an empty form', () => ({}), 400, /state/),
  [
    'a form without a token',
    async (world) => {
      const started = await begin(world);
      return started.browser.post(launchUrl(world), { state: started.state });
    },
    400,
    /no token/,
  ],
  posted(
    'a state that was never given',
    () => ({ state: 'never-given', id_token: 'a.b.c' }),
    400,
    /used already/,
  ),
  ...['%00', ';', '{"$ne":null}', 'x'.repeat(1000), '💥'].map((state): Refused =>
    posted(`${state.slice(0, 12)} for a state`, () => ({ state, id_token: 'a.b.c' }), 400, /used already/),
  ),
  posted('an over-long state', () => ({ state: 'x'.repeat(10_000), id_token: 'a.b.c' }), 400, /state/),
  ...['state', 'id_token'].map((twice): Refused =>
    posted(
      `a ${twice} that comes twice`,
      () => [
        ['state', 'a'],
        ['id_token', 'b'],
        [twice, 'c'],
      ],
      400,
      /more than once/,
    ),
  ),
  posted('a state that is an object', () => ({ 'state[$ne]': 'x', id_token: 'a.b.c' }), 400, /state/),
  [
    'JSON',
    (world) =>
      fetch(launchUrl(world), {
        method: 'POST',
        body: '{"state":{"$ne":null},"id_token":"x"}',
        headers: { 'content-type': 'application/json' },
      }),
    400,
    /state/,
  ],
  [
    'multipart',
    (world) => {
      const body = new FormData();
      body.set('state', 'x');
      return fetch(launchUrl(world), { method: 'POST', body });
    },
    400,
    /state/,
  ],
  posted('more than 256 KB', () => ({ state: 'x', id_token: 'y'.repeat(300_000) }), 413),
  posted(
    "the platform's own error",
    () => ({ state: 'x', error: 'launch_no_longer_valid', error_description: '<b>gone</b>' }),
    400,
    /launch_no_longer_valid &lt;b&gt;gone/,
  ),
  posted(
    'a platform that does not know the user any more',
    () => ({ error: 'login_required' }),
    400,
    /Sign in/,
  ),
];

const states: Refused[] = [
  [
    'a launch that comes again',
    async (world) => {
      const started = await begin(world);
      const token = await world.platform.sign(claimsOf(world, { nonce: started.nonce }));
      const first = await post(world, started, token);
      if (first.status !== 303) return first;
      return post(world, started, token);
    },
    400,
    /used already/,
  ],
  [
    'a second token for a state that was used',
    async (world) => {
      const started = await begin(world);
      const token = () => world.platform.sign(claimsOf(world, { nonce: started.nonce, sub: 'another' }));
      const cookies = new Map(started.browser.cookies);
      const first = await post(world, started, await token());
      if (first.status !== 303) return first;
      for (const [name, value] of cookies) started.browser.cookies.set(name, value);
      return post(world, started, await token());
    },
    400,
    /used already/,
  ],
  [
    'a state with the nonce of another login',
    async (world) => {
      const [one, two] = [await login(world.loginApp(), world.platform), await begin(world)];
      return post(world, one, await world.platform.sign(claimsOf(world, { nonce: two.nonce })));
    },
    400,
    /does not belong/,
  ],
  [
    'a state in another browser',
    async (world) => {
      const started = await begin(world);
      const token = await world.platform.sign(claimsOf(world, { nonce: started.nonce }));
      return post(world, { ...started, browser: makeBrowser() }, token);
    },
    403,
    /window/,
  ],
  [
    'a state with the cookie of another login',
    async (world) => {
      const [one, two] = [await login(world.loginApp(), world.platform), await begin(world)];
      const [name] = one.browser.cookies.keys();
      const [secret] = two.browser.cookies.values();
      one.browser.cookies.set(name!, secret!);
      return post(world, one, await world.platform.sign(claimsOf(world, { nonce: one.nonce })));
    },
    403,
    /another browser/,
  ],
  [
    'a state of another registration',
    async (world) => {
      const own = await ownPlatform(world);
      const started = await begin(own);
      const token = await world.platform.sign(claimsOf(world, { nonce: started.nonce }));
      return finish(own, await post(own, started, token));
    },
    400,
    /another LMS than it says|signature/,
  ],
  ...(['text', 'tag'] as const).map((which): Refused => [
    `a state whose ${which} was changed`,
    async (world) => {
      const started = await begin(world);
      const [text = '', tag = ''] = started.state.split('.');
      const flip = (value: string) => `${value.startsWith('A') ? 'B' : 'A'}${value.slice(1)}`;
      const state = which === 'text' ? `${flip(text)}.${tag}` : `${text}.${flip(tag)}`;
      return post(
        world,
        { ...started, state },
        await world.platform.sign(claimsOf(world, { nonce: started.nonce })),
      );
    },
    400,
    /used already/,
  ]),
  [
    "a new window's ticket in another browser",
    async (world) => {
      const ticket = await ticketOf(world, await begin(world));
      return makeBrowser().post(`${launchUrl(world)}/window`, { ticket });
    },
    403,
    /did not begin/,
  ],
  [
    "a new window's ticket that comes again",
    async (world) => {
      const started = await begin(world);
      const ticket = await ticketOf(world, started);
      const first = await started.browser.post(`${launchUrl(world)}/window`, { ticket });
      if (first.status !== 303) return first;
      return started.browser.post(`${launchUrl(world)}/window`, { ticket });
    },
    400,
    /used already/,
  ],
  [
    'a ticket for a proof with a guessed secret',
    async (world) => {
      const ticket = await ticketOf(world, await begin(world));
      return makeBrowser().post(`${launchUrl(world)}/proof`, { ticket, secret: 'guessed' });
    },
    403,
    /another browser/,
  ],
];

const deployments: Refused[] = [
  [
    'a deployment that nobody knows',
    (world) => launchWith(world, () => claimsOf(world, { [lti('deployment_id')]: 'new-one' })),
    403,
    /must approve/,
  ],
  [
    'a deployment other than the login said',
    (world) => launchWith(world, () => claimsOf(world), { login: { lti_deployment_id: '2' } }),
    400,
    /another place/,
  ],
  [
    'a deployment that was switched off between login and launch',
    async (world) => {
      const own = await ownPlatform(world);
      const started = await begin(own);
      const { ctx } = own.loginApp();
      const [deployment] = (await listDeployments(ctx, 'wsp_test')).filter(
        ({ platform }) => platform === own.id,
      );
      await disableDeployment(ctx, 'wsp_test', deployment!._id);
      return finish(
        own,
        await post(own, started, await own.platform.sign(claimsOf(own, { nonce: started.nonce }))),
      );
    },
    403,
    /switched off/,
  ],
  [
    'a platform that was switched off between login and launch',
    async (world) => {
      const own = await ownPlatform(world);
      const started = await begin(own);
      await disablePlatform(own.loginApp().ctx, 'wsp_test', own.id);
      return finish(
        own,
        await post(own, started, await own.platform.sign(claimsOf(own, { nonce: started.nonce }))),
      );
    },
    403,
    /switched off/,
  ],
  [
    'services by http of a platform that has https',
    async (world) => {
      const own = await ownPlatform(world, { tokenEndpoint: 'https://127.0.0.1:1/token' });
      return finish(own, await launchWith(own, () => claimsOf(own)));
    },
    400,
    /lineitem: must be an https address/,
  ],
];

const authorisation: Refused[] = [
  ...[['Learner'], [], ['']].map((roles): Refused => [
    `deep linking by ${roles[0] ? 'a learner' : `roles ${JSON.stringify(roles)}`}`,
    (world) =>
      launchWith(world, () =>
        deepLinkingClaims(
          world.platform,
          world.launchApp(),
          {},
          { [lti('roles')]: roles.map((role) => role && membershipRole(role)) },
        ),
      ),
    403,
    /Only teachers/,
  ]),
  [
    'deep linking where no LTI link is taken',
    (world) =>
      launchWith(world, () =>
        deepLinkingClaims(world.platform, world.launchApp(), { accept_types: ['file', 'html'] }),
      ),
    400,
    /file, html/,
  ],
  [
    'a course that is not there',
    (world) => launchWith(world, () => claimsOf(world, { [lti('custom')]: { course: 'crs_none' } })),
    404,
    /not there any more/,
  ],
  [
    'a course that is a path',
    (world) => launchWith(world, () => claimsOf(world, { [lti('custom')]: { course: '../../etc/passwd' } })),
    404,
    /not there any more/,
  ],
  [
    'a link of no course',
    (world) => launchWith(world, () => claimsOf(world, { [lti('custom')]: {} })),
    404,
    /Tell your teacher/,
  ],
  [
    'a course in the login that the message does not have',
    (world) =>
      launchWith(world, () => claimsOf(world, { [lti('custom')]: {} }), {
        login: { target_link_uri: `${world.loginApp().url}/lti/launch?course=${world.course}` },
      }),
    404,
    /Tell your teacher/,
  ],
  [
    'a pick without a ticket',
    (world) => makeBrowser().post(`${world.launchApp().url}/lti/pick`, { course: world.course }),
    400,
  ],
  [
    'a pick with a made-up ticket',
    (world) => makeBrowser().post(`${world.launchApp().url}/lti/pick`, { ticket: 'x', course: world.course }),
    410,
  ],
];

const loginDoor = (
  name: string,
  fields: (given: Record<string, string>, world: World) => Record<string, string> | [string, string][],
  says: RegExp,
  status = 400,
): Refused => [
  name,
  (world) => {
    const app = world.loginApp();
    return makeBrowser().post(`${app.url}/lti/login`, fields(loginFields(app, world.platform), world));
  },
  status,
  says,
];
const given = [
  'iss',
  'login_hint',
  'target_link_uri',
  'client_id',
  'lti_message_hint',
  'lti_deployment_id',
  'lti_storage_target',
];

const logins: Refused[] = [
  ...['iss', 'login_hint', 'target_link_uri'].flatMap((name) => [
    loginDoor(
      `no ${name}`,
      (fields) => without(fields, name) as Record<string, string>,
      new RegExp(`${name}: is missing`),
    ),
    loginDoor(`an empty ${name}`, (fields) => ({ ...fields, [name]: '' }), new RegExp(`${name}: is empty`)),
  ]),
  ...given.map((name) =>
    loginDoor(
      `a ${name} that comes twice`,
      (fields) => [...Object.entries(fields), [name, '1'], [name, '2']],
      new RegExp(`${name}: came more than once`),
    ),
  ),
  ...given.map((name) =>
    loginDoor(
      `an over-long ${name}`,
      (fields) => ({ ...fields, [name]: 'x'.repeat(8193) }),
      new RegExp(`${name}: `),
    ),
  ),
  loginDoor('an unknown issuer', (fields) => ({ ...fields, iss: 'https://nobody.example' }), /not connected/),
  loginDoor(
    'an unknown client',
    (fields) => ({ ...fields, client_id: 'nobody' }),
    /not under this client id/,
  ),
  loginDoor(
    'a target elsewhere',
    (fields) => ({ ...fields, target_link_uri: 'https://evil.example/' }),
    /not one of ours/,
  ),
  loginDoor(
    'a target on the origin of courses',
    (fields, world) => ({ ...fields, target_link_uri: `${world.loginApp().contentUrl}/lti/launch` }),
    /not one of ours/,
  ),
  loginDoor(
    'a target that only begins like ours',
    (fields, world) => ({ ...fields, target_link_uri: `${world.loginApp().url}.evil.example/` }),
    /not one of ours/,
  ),
  loginDoor(
    'a script for a target',
    (fields) => ({ ...fields, target_link_uri: 'javascript:alert(1)' }),
    /not one of ours/,
  ),
  loginDoor(
    'a relative target',
    (fields) => ({ ...fields, target_link_uri: '/lti/launch' }),
    /not one of ours/,
  ),
  loginDoor(
    'a storage target that is no name',
    (fields) => ({ ...fields, lti_storage_target: '"><script>' }),
    /lti_storage_target: is not the name of a frame/,
  ),
  [
    'an issuer with several clients that says none',
    async (world) => {
      const own = await ownPlatform(world);
      await connectWithoutKey(own.loginApp(), { ...own.platform, clientId: 'second' });
      const fields = without(loginFields(own.loginApp(), own.platform), 'client_id') as Record<
        string,
        string
      >;
      return finish(own, await makeBrowser().post(`${own.loginApp().url}/lti/login`, fields));
    },
    400,
    /which connection/,
  ],
  [
    'a platform that was switched off',
    async (world) => {
      const own = await ownPlatform(world);
      const app = own.loginApp();
      await disablePlatform(app.ctx, 'wsp_test', own.id);
      return finish(own, await makeBrowser().post(`${app.url}/lti/login`, loginFields(app, own.platform)));
    },
    403,
    /switched off/,
  ],
  [
    'a login in JSON',
    (world) =>
      fetch(`${world.loginApp().url}/lti/login`, {
        method: 'POST',
        body: '{"iss":{"$ne":null}}',
        headers: { 'content-type': 'application/json' },
      }),
    400,
    /iss: is missing/,
  ],
  [
    'objects in the query of a login',
    (world) =>
      makeBrowser().get(`${world.loginApp().url}/lti/login?iss[$ne]=x&login_hint=1&target_link_uri=x`),
    400,
    /iss: is missing/,
  ],
  ...['PUT', 'DELETE', 'PATCH'].map((method): Refused => [
    `a login by ${method}`,
    (world) => fetch(`${world.loginApp().url}/lti/login`, { method }),
    405,
  ]),
];

/** Every case of lti.md C.1 and C.2 that one browser can bring about, and more. */
export const refused: Record<string, Refused[]> = {
  'launches of the 1EdTech certification that must be refused': certification,
  'claims that must be refused': tokenClaims,
  'tokens that must be refused': tokens,
  'forms that must be refused': envelope,
  'states that must be refused': states,
  'deployments and platforms that must be refused': deployments,
  'what nobody may do': authorisation,
  'logins that must be refused': logins,
};

/** A platform for one case alone. */
async function ownPlatform(
  world: World,
  more: Partial<PlatformRecord> = {},
): Promise<World & { id: string }> {
  const platform = await startPlatform();
  const { _id } = await connectWithoutKey(world.loginApp(), platform, more);
  return { ...world, platform, id: _id };
}

async function finish<T>({ platform }: World, response: T): Promise<T> {
  await platform.stop();
  return response;
}

/** Of a launch that came without its cookie. */
async function ticketOf(world: World, { state, nonce }: { state: string; nonce: string }): Promise<string> {
  const id_token = await world.platform.sign(claimsOf(world, { nonce }));
  const text = await (await makeBrowser().post(launchUrl(world), { state, id_token })).text();
  return /name="ticket" value="([^"]+)"/.exec(text)?.[1] ?? '';
}

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
