import { connectWithoutKey, login, loginFields } from '../lti/launching.ts';
import { agsEndpoint, lti, makeBrowser, membershipRole, nrpsClaim, startPlatform } from '../lti/platform.ts';
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

/** Where a launch leads: a learner to the course for a grade, who teaches to the link's page, whoever may only look to a preview. */
export type Leads = 'graded' | 'page' | 'preview';
/** A launch that must work: its name, how it is made, and where it leads. */
export type Accepted = [name: string, make: (world: World) => Promise<Response>, leads: Leads];

const launches = (name: string, make: Claims, leads: Leads = 'graded'): Accepted => [
  name,
  (world) => launchWith(world, () => make(world)),
  leads,
];

const system = (role: string) => `http://purl.imsglobal.org/vocab/lti/system/person#${role}`;
const scope = (name: string) => `https://purl.imsglobal.org/spec/lti-ags/scope/${name}`;

/** 1EdTech's certification: each as an instructor and as a student (lti.md C.1). */
const people: [string, string, Leads][] = [
  ['an instructor', 'Instructor', 'page'],
  ['a student', 'Learner', 'graded'],
];
const certification: Accepted[] = people.flatMap(([who, role, leads]) => {
  const roles = { [lti('roles')]: [membershipRole(role)] };
  const as = (name: string, make: Claims) =>
    launches(`${who} with ${name}`, (world) => ({ ...make(world), ...roles }), leads);
  const roled = (name: string, given: string[]) =>
    launches(`${who} with ${name}`, more({ [lti('roles')]: given }), leads);
  return [
    as('a usual message', more({})),
    roled('multiple roles', [
      membershipRole(role),
      membershipRole('Member'),
      'http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff',
    ]),
    roled('a short role', [role]),
    roled('an unknown role besides', [
      membershipRole(role),
      'http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper',
    ]),
    as('only an e-mail', less('name')),
    as('only names', (world) =>
      without(claimsOf(world, { given_name: 'Sam', family_name: 'Student' }), 'email', 'name'),
    ),
    as('no personal data', less('name', 'email')),
    as('an e-mail and no context', less('name', lti('context'))),
    as(
      'only a resource link',
      less('name', 'email', lti('context'), lti('launch_presentation'), agsEndpoint),
    ),
  ];
});

const roles: Accepted[] = (
  [
    ['an unknown role alone', ['http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper'], 'preview'],
    ['no role', [], 'preview'],
    [
      'hundreds of roles, and one that is long, before the one that counts',
      [
        ...Array.from({ length: 400 }, (_, i) => `https://lms.example/roles#${i}`),
        'r'.repeat(600),
        'Learner',
      ],
      'graded',
    ],
    ['an empty role', [''], 'preview'],
    ['a role of LTI 1.1', ['urn:lti:role:ims/lis/Learner'], 'graded'],
    ['a teacher of LTI 1.1', ['urn:lti:role:ims/lis/Instructor'], 'page'],
    ['a learner who also teaches', [membershipRole('Learner'), membershipRole('Instructor')], 'page'],
    ['a test user', [membershipRole('Learner'), system('TestUser')], 'preview'],
    [
      'an administrator who is enrolled nowhere',
      ['http://purl.imsglobal.org/vocab/lis/v2/system/person#Administrator'],
      'page',
    ],
    [
      'a teaching assistant',
      ['http://purl.imsglobal.org/vocab/lis/v2/membership/Instructor#TeachingAssistant'],
      'page',
    ],
  ] as [string, string[], Leads][]
).map(([name, given, leads]) => launches(name, more({ [lti('roles')]: given }), leads));

const odd: Accepted[] = [
  launches(
    'a mentor, with those in their care',
    more({ [lti('roles')]: [membershipRole('Mentor')], [lti('role_scope_mentor')]: ['42', '43'] }),
    'preview',
  ),
  launches(
    'one audience in a list',
    more(({ platform }) => ({ aud: [platform.clientId] })),
  ),
  launches(
    'several audiences and the right azp',
    more(({ platform }) => ({ aud: [platform.clientId, 'b'], azp: platform.clientId })),
  ),
  launches(
    'one audience and the right azp',
    more(({ platform }) => ({ azp: platform.clientId })),
  ),
  launches(
    'unknown claims',
    more({ 'https://lms.example/claim/x': { deep: [1] }, [lti('lti1p1')]: null, [lti('for_user')]: 'x' }),
  ),
  launches('a numeric user id', more({ sub: '3' })),
  launches('a user id of 255 characters', more({ sub: 'ü'.repeat(255) })),
  launches(
    'null for what the platform does not have',
    more({
      [lti('context')]: null,
      [lti('launch_presentation')]: null,
      [agsEndpoint]: null,
      [nrpsClaim]: null,
    }),
  ),
  launches(
    'null and empty addresses for services that are not there',
    more({ [agsEndpoint]: { scope: [], lineitem: null, lineitems: '' } }),
  ),
  launches('no grade service', less(agsEndpoint)),
  launches(
    'line items only',
    more(({ platform }) => ({ [agsEndpoint]: { scope: [], lineitems: `${platform.url}/items` } })),
  ),
  launches(
    'a line item only',
    more(({ platform }) => ({ [agsEndpoint]: { scope: [], lineitem: `${platform.url}/items/7` } })),
  ),
  launches(
    'a grade service for reading only',
    more(({ platform }) => ({
      [agsEndpoint]: {
        scope: [scope('lineitem.readonly'), scope('result.readonly')],
        lineitem: `${platform.url}/items/7`,
      },
    })),
  ),
  launches(
    'scopes missing',
    more(({ platform }) => ({ [agsEndpoint]: { lineitem: `${platform.url}/items/7` } })),
  ),
  launches(
    'a membership service',
    more(({ platform }) => ({
      [nrpsClaim]: { context_memberships_url: `${platform.url}/members?x=1`, service_versions: ['2.0'] },
    })),
  ),
  launches('a link without a title', more({ [lti('resource_link')]: { id: 'link-untitled' } })),
  launches(
    'a title that is null',
    more({ [lti('resource_link')]: { id: 'link-null', title: null, description: '' } }),
  ),
  launches(
    'names in any script, right to left, with 4-byte letters',
    more({ name: '‏مرحبا 𝒮𝒶𝓂 👩🏽‍🎓', [lti('context')]: { id: 'ü-1', title: '体育' } }),
  ),
  launches('a name that is no text', more({ name: 42, email: ['x'] })),
  launches(
    'an odd locale',
    more({ [lti('launch_presentation')]: { locale: 'xx-lolspeak-123', document_target: 'hologram' } }),
  ),
  launches('no launch presentation', less(lti('launch_presentation'))),
  launches('a return address that is empty', more({ [lti('launch_presentation')]: { return_url: '' } })),
  launches(
    'a return address that is a script',
    more({ [lti('launch_presentation')]: { return_url: 'javascript:alert(1)' } }),
  ),
  launches('a launch presentation that is a text', more({ [lti('launch_presentation')]: 'iframe' })),
  launches(
    'variables that were not filled in, numbers and lists',
    more(({ course }) => ({
      [lti('custom')]: { course, due: '$ResourceLink.submission.endDateTime', n: 7, none: null, list: [1] },
    })),
  ),
  launches(
    'the histories of a copied course',
    more(({ course }) => ({
      [lti('resource_link')]: { id: 'copied-link' },
      [lti('context')]: { id: 'copied-course' },
      [lti('custom')]: { course, link_history: 'link-1,link-0', context_history: 'course-9' },
    })),
  ),
  launches(
    'a clock 60 s ahead',
    more((world) => ({ iat: seconds(world) + 60, nbf: seconds(world) + 60, exp: seconds(world) + 120 })),
  ),
  launches(
    'a clock 60 s behind',
    more((world) => ({ iat: seconds(world) - 118, exp: seconds(world) - 58 })),
  ),
  launches(
    'a token that is valid for 60 s, from now on (Moodle, Brightspace)',
    more((world) => ({ iat: seconds(world), nbf: seconds(world), exp: seconds(world) + 60 })),
  ),
  launches(
    'the course in the signed target address',
    more((world) => ({
      [lti('custom')]: {},
      [lti('target_link_uri')]: `${world.launchApp().url}/lti/launch?course=${world.course}`,
    })),
  ),
];

const loggingIn: Accepted[] = [
  [
    'a login by GET',
    async (world) => {
      const app = world.loginApp();
      const browser = makeBrowser();
      const answer = await browser.get(
        `${app.url}/lti/login?${new URLSearchParams(loginFields(app, world.platform))}`,
      );
      const { searchParams } = new URL(answer.headers.get('location')!);
      const state = searchParams.get('state')!;
      await world.between();
      const token = await world.platform.sign(claimsOf(world, { nonce: searchParams.get('nonce') }));
      return browser.post(`${world.launchApp().url}/lti/launch`, { state, id_token: token });
    },
    'graded',
  ],
  ...(
    [
      ['that names its deployment', (world) => ({ lti_deployment_id: world.platform.deploymentId })],
      [
        'with what Canvas sends besides',
        () => ({ deployment_id: '1', canvas_region: 'eu', canvas_environment: 'prod' }),
      ],
      ['with a long hint', () => ({ lti_message_hint: 'x'.repeat(8000) })],
      // A token of Canvas' is one of these.
      ...[450, 550, 650, 700, 750, 800].map((length) => [
        `with a hint of ${length} letters`,
        () => ({ lti_message_hint: 'x'.repeat(length) }),
      ]),
      ['with a hint of few letters and many bytes', () => ({ lti_message_hint: '漢'.repeat(300) })],
      ['with a hint of what JSON writes longer', () => ({ lti_message_hint: '"'.repeat(500) })],
      [
        'that says nothing in fields that may be left out',
        () => ({ client_id: '', lti_deployment_id: '', lti_message_hint: '', lti_storage_target: '' }),
      ],
      ['with a login hint of any letters', () => ({ login_hint: '"><ü💥\u0000' })],
    ] as [string, (world: World) => Record<string, string>][]
  ).map(([name, fields]): Accepted => [
    `a login ${name}`,
    (world) => launchWith(world, () => claimsOf(world), { login: fields(world) }),
    'graded',
  ]),
  [
    'a login without a client id, where the issuer has one',
    async (world) => {
      const own = { ...world, platform: await startPlatform() };
      await connectWithoutKey(own.loginApp(), own.platform);
      const app = own.loginApp();
      const browser = makeBrowser();
      const fields = without(loginFields(app, own.platform), 'client_id') as Record<string, string>;
      const { searchParams } = new URL(
        (await browser.post(`${app.url}/lti/login`, fields)).headers.get('location')!,
      );
      const started = { browser, state: searchParams.get('state')!, nonce: searchParams.get('nonce')! };
      await own.between();
      const token = await own.platform.sign(claimsOf(own, { nonce: started.nonce }));
      const answer = await browser.post(`${own.launchApp().url}/lti/launch`, {
        state: started.state,
        id_token: token,
      });
      await own.platform.stop();
      return answer;
    },
    'graded',
  ],
  [
    'one of hundreds of customers of an issuer',
    async (world) => {
      const platform = await startPlatform();
      const tenants = Array.from({ length: 200 }, (_, i) => ({ ...platform, clientId: `tenant-${i}` }));
      await Promise.all(tenants.map((tenant) => connectWithoutKey(world.loginApp(), tenant)));
      const own = { ...world, platform: tenants[130]! };
      const answer = await launchWith(own, () => claimsOf(own));
      await platform.stop();
      return answer;
    },
    'graded',
  ],
];

const browsers: Accepted[] = [
  [
    'the same user in two tabs',
    async (world) => {
      const one = await login(world.loginApp(), world.platform);
      const two = await login(world.loginApp(), world.platform, {}, one.browser);
      await world.between();
      const [first, second] = await Promise.all(
        [one, two].map(async (started) =>
          post(
            world,
            started as typeof two,
            await world.platform.sign(claimsOf(world, { nonce: started.nonce })),
          ),
        ),
      );
      return first!.status === 303 ? second! : first!;
    },
    'graded',
  ],
  [
    'two users in one browser, the later one first',
    async (world) => {
      const one = await login(world.loginApp(), world.platform);
      const two = await login(world.loginApp(), world.platform, {}, one.browser);
      await world.between();
      const as = async (started: typeof one, sub: string) =>
        post(world, started, await world.platform.sign(claimsOf(world, { nonce: started.nonce, sub })));
      const first = await as(two, 'later');
      return first.status === 303 ? as(one, 'earlier') : first;
    },
    'graded',
  ],
  [
    'a new window in the browser that began',
    async (world) => {
      const { browser, state, nonce } = await begin(world);
      const url = `${world.launchApp().url}/lti/launch`;
      const id_token = await world.platform.sign(claimsOf(world, { nonce }));
      const text = await (await makeBrowser().post(url, { state, id_token })).text();
      const ticket = /name="ticket" value="([^"]+)"/.exec(text)![1]!;
      return browser.post(`${url}/window`, { ticket });
    },
    'graded',
  ],
];

/** Every case of lti.md C.1 (valid) and C.3 that is a launch of a link, and more; deep-linking.test.ts has the picker's. */
export const accepted: Record<string, Accepted[]> = {
  'launches of the 1EdTech certification that must work': certification,
  'roles that must be let in': roles,
  'odd launches that must work': odd,
  'logins that must work': loggingIn,
  'browsers that must be let in': browsers,
};
