import assert from 'node:assert/strict';
import { createInvitation } from '../../src/lti/invitations.ts';
import { invitations } from '../../src/lti/invitation.model.ts';
import { findPlatformBy, listDeployments, listPlatforms } from '../../src/lti/platforms.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { assertRefused, launch } from '../lti/launching.ts';
import { learnerClaims, lti, makeBrowser, startPlatform, type TestPlatform } from '../lti/platform.ts';

const toolConfiguration = 'https://purl.imsglobal.org/spec/lti-tool-configuration';

describe('dynamic registration', () => {
  const clock = makeClock();
  let app: TestApp;
  let platform: TestPlatform;
  let workspace = '';
  let count = 0;

  before(async () => {
    app = await startApp({
      overrides: { now: clock.now },
      lti: {
        title: 'Our courses',
        custom_fields: { history: '$ResourceLink.id.history', canvas_course: '$Canvas.course.id' },
        placements: [{ placement: 'link_selection', message_type: 'LtiDeepLinkingRequest', text: 'Pick' }],
      },
    });
  });
  after(() => app.stop());
  beforeEach(async () => {
    platform = await startPlatform();
    workspace = `wsp_${(count += 1)}`;
  });
  afterEach(() => platform.stop());

  const invite = async (approves = true) =>
    (await createInvitation(app.ctx, { workspace, by: 'per_1', approves })).url;
  const register = (url: string, more: Record<string, string> = {}) => {
    const query = new URLSearchParams({
      openid_configuration: `${platform.url}/.well-known/openid-configuration`,
      registration_token: 'reg-token',
      ...more,
    });
    return makeBrowser().get(`${url}?${query}`);
  };
  const configured = async (change: object) => {
    const usual = (await (await fetch(`${platform.url}/.well-known/openid-configuration`)).json()) as object;
    platform.answers['/.well-known/openid-configuration'] = [{ body: { ...usual, ...change } }];
  };

  it('sends the platform all it asks for, with the token, and keeps what it answers', async () => {
    const response = await register(await invite());
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /is connected/);
    assert.equal(
      platform.asked('/.well-known/openid-configuration')[0]!.headers.authorization,
      'Bearer reg-token',
    );
    const [posted] = platform.asked('/register');
    assert.equal(posted!.headers.authorization, 'Bearer reg-token');
    assert.equal(posted!.headers['content-type'], 'application/json');
    const tool = JSON.parse(posted!.body) as Record<string, unknown>;
    assert.equal(tool.application_type, 'web');
    assert.deepEqual(tool.response_types, ['id_token']);
    assert.deepEqual(tool.grant_types, ['client_credentials', 'implicit']);
    assert.equal(tool.initiate_login_uri, `${app.url}/lti/login`);
    assert.deepEqual(tool.redirect_uris, [`${app.url}/lti/launch`]);
    assert.equal(tool.jwks_uri, `${app.url}/lti/jwks`);
    assert.equal(tool.token_endpoint_auth_method, 'private_key_jwt');
    assert.equal(tool.client_name, 'Our courses');
    assert.match(String(tool.scope), /lti-ags\/scope\/score/);
    const configuration = tool[toolConfiguration] as Record<string, unknown>;
    assert.equal(configuration.domain, new URL(app.url).host, 'with the port, which Moodle compares');
    assert.equal(configuration.target_link_uri, `${app.url}/lti/launch`);
    assert.deepEqual(configuration.custom_parameters, { history: '$ResourceLink.id.history' });
    assert.ok(
      (configuration.messages as { type: string }[]).some(({ type }) => type === 'LtiDeepLinkingRequest'),
    );

    const [saved] = await listPlatforms(app.ctx, workspace);
    assert.equal(saved!.clientId, platform.clientId);
    assert.equal(saved!.tokenEndpoint, `${platform.url}/token`);
    assert.equal(saved!.active, true);
    const [deployment] = await listDeployments(app.ctx, workspace);
    assert.deepEqual([deployment!.deploymentId, deployment!.status], ['1', 'approved']);
    assert.match(await (await launch(app, platform, learnerClaims(platform, app))).text(), /no-course/);
  });

  it('closes the window it was opened in', async () => {
    const text = await (await register(await invite())).text();
    assert.match(text, /src="\/launch\/close\.js"/);
    const script = await (await fetch(`${app.url}/launch/close.js`)).text();
    assert.match(script, /org\.imsglobal\.lti\.close/);
  });

  it('trusts the first deployment that launches, and only that, when the answer names none', async () => {
    platform.registered = { [toolConfiguration]: {} };
    await register(await invite());
    assert.deepEqual(await listDeployments(app.ctx, workspace), []);
    const from = (deployment: string) =>
      launch(app, platform, learnerClaims(platform, app, { [lti('deployment_id')]: deployment }));
    assert.match(await (await from('first')).text(), /no-course/);
    await assertRefused(await from('second'), 403, /approve/);
    assert.match(await (await from('first')).text(), /no-course/);
  });

  it('trusts one of several deployments that come first at the same moment', async () => {
    platform.registered = { [toolConfiguration]: {} };
    await register(await invite());
    const tries = ['a', 'b', 'c', 'd', 'e'].map((id) =>
      launch(app, platform, learnerClaims(platform, app, { [lti('deployment_id')]: id })),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    assert.deepEqual(statuses.sort(), [403, 403, 403, 403, 404]);
  });

  it('takes a deployment id at the top of the answer, and a number for one', async () => {
    platform.registered = { [toolConfiguration]: {}, deployment_id: 77 };
    await register(await invite());
    assert.equal((await listDeployments(app.ctx, workspace))[0]!.deploymentId, '77');
  });

  for (const none of [null, '', {}, 'x'.repeat(256)])
    it(`takes ${JSON.stringify(none).slice(0, 10)} for no deployment id`, async () => {
      platform.registered = { [toolConfiguration]: { deployment_id: none }, deployment_id: none };
      assert.equal((await register(await invite())).status, 200);
      assert.deepEqual(await listDeployments(app.ctx, workspace), []);
      assert.match(await (await launch(app, platform, learnerClaims(platform, app))).text(), /no-course/);
    });

  it('lets the deployment wait when the invitation does not approve', async () => {
    const text = await (await register(await invite(false))).text();
    assert.match(text, /must still approve/);
    await assertRefused(await launch(app, platform, learnerClaims(platform, app)), 403, /approve/);
  });

  it('takes 201 as well as 200', async () => {
    platform.answers['/register'] = [{ status: 201, body: { client_id: platform.clientId } }];
    assert.equal((await register(await invite())).status, 200);
  });

  it('works without a registration token, and sends none', async () => {
    const url = await invite();
    const response = await makeBrowser().get(
      `${url}?openid_configuration=${encodeURIComponent(`${platform.url}/.well-known/openid-configuration`)}`,
    );
    assert.equal(response.status, 200);
    assert.equal(platform.asked('/register')[0]!.headers.authorization, undefined);
  });

  it('asks for what the platform has, where it says', async () => {
    await configured({
      scopes_supported: ['openid', 'https://purl.imsglobal.org/spec/lti-ags/scope/score'],
      claims_supported: ['sub', 'iss'],
    });
    await register(await invite());
    const tool = JSON.parse(platform.asked('/register')[0]!.body) as Record<string, unknown>;
    assert.equal(tool.scope, 'https://purl.imsglobal.org/spec/lti-ags/scope/score');
    assert.deepEqual((tool[toolConfiguration] as { claims: string[] }).claims, ['iss', 'sub']);
  });

  it('asks to show what a learner has done, where the platform knows of that, in either way of writing it', async () => {
    const asked = async (messages_supported?: unknown) => {
      await configured({
        'https://purl.imsglobal.org/spec/lti-platform-configuration': {
          product_family_code: 'test-lms',
          messages_supported,
        },
      });
      await register(await invite());
      const tool = JSON.parse(platform.asked('/register').at(-1)!.body) as Record<string, unknown>;
      return (tool[toolConfiguration] as { messages: { type: string }[] }).messages.map(({ type }) => type);
    };
    const usual = ['LtiResourceLinkRequest', 'LtiDeepLinkingRequest'];
    assert.deepEqual(await asked(), usual);
    assert.deepEqual(await asked(['LtiResourceLinkRequest', 7, { no: 'type' }]), usual);
    const all = ['LtiResourceLinkRequest', 'LtiSubmissionReviewRequest', 'LtiDeepLinkingRequest'];
    assert.deepEqual(await asked([{ type: 'LtiSubmissionReviewRequest', placements: [] }]), all);
    assert.deepEqual(await asked(['LtiSubmissionReviewRequest']), all);
  });

  it('sends Canvas its placements, its variables and the privacy level', async () => {
    await configured({
      'https://purl.imsglobal.org/spec/lti-platform-configuration': {
        product_family_code: 'canvas',
        messages_supported: ['LtiDeepLinkingRequest'],
      },
    });
    await register(await invite());
    const tool = JSON.parse(platform.asked('/register')[0]!.body) as Record<string, Record<string, unknown>>;
    const configuration = tool[toolConfiguration]!;
    assert.deepEqual(configuration.custom_parameters, {
      history: '$ResourceLink.id.history',
      canvas_course: '$Canvas.course.id',
    });
    assert.equal(configuration['https://canvas.instructure.com/lti/privacy_level'], 'public');
    const messages = configuration.messages as { placements?: string[]; label: string }[];
    assert.deepEqual(
      messages.flatMap(({ placements }) => placements ?? []),
      ['link_selection'],
    );
    assert.equal((await listPlatforms(app.ctx, workspace))[0]!.family, 'canvas');
  });

  it('connects a Canvas that says it is canvas.instructure.com, but none in the place of another', async () => {
    const canvas = {
      issuer: 'https://canvas.instructure.com',
      'https://purl.imsglobal.org/spec/lti-platform-configuration': { product_family_code: 'canvas' },
    };
    await configured(canvas);
    assert.equal((await register(await invite())).status, 200);
    const [before] = await listPlatforms(app.ctx, workspace);
    assert.equal(before!.issuer, canvas.issuer);
    const other = await startPlatform();
    try {
      const usual = (await (await fetch(`${other.url}/.well-known/openid-configuration`)).json()) as object;
      other.answers['/.well-known/openid-configuration'] = [{ body: { ...usual, ...canvas } }];
      other.registered = { client_id: before!.clientId };
      const query = { openid_configuration: `${other.url}/.well-known/openid-configuration` };
      await assertRefused(await register(await invite(), query), 409, /lti_iss/);
    } finally {
      await other.stop();
    }
    assert.deepEqual(await listPlatforms(app.ctx, workspace), [before]);
  });

  describe('an invitation', () => {
    it('serves once', async () => {
      const url = await invite();
      assert.equal((await register(url)).status, 200);
      await assertRefused(await register(url), 410, /has been used/);
      assert.equal(platform.asked('/register').length, 1);
    });
    it('serves one of ten at the same moment', async () => {
      const url = await invite();
      const statuses = (await Promise.all(Array.from({ length: 10 }, () => register(url)))).map(
        ({ status }) => status,
      );
      assert.equal(statuses.filter((status) => status === 200).length, 1);
      assert.ok(statuses.every((status) => [200, 409, 410].includes(status)));
      assert.equal(platform.asked('/register').length, 1);
    });
    it('is good again after a registration that failed', async () => {
      const url = await invite();
      platform.answers['/register'] = [
        { status: 422, body: { errors: [{ message: 'placement <b>unknown</b>' }] } },
      ];
      const text = await assertRefused(await register(url), 422, /placement/);
      assert.doesNotMatch(text, /<b>unknown/);
      assert.equal((await register(url)).status, 200);
    });
    it('is not used up by somebody who just opens it', async () => {
      const url = await invite();
      await assertRefused(await makeBrowser().get(url), 400, /Give this address to your LMS/);
      assert.equal((await register(url)).status, 200);
    });
    it('ends after a week', async () => {
      const url = await invite();
      clock.advance(8 * 86_400_000);
      await assertRefused(await register(url), 410, /expired/);
    });
    it('cannot be guessed, and is stored as a hash', async () => {
      await assertRefused(await register(`${app.url}/lti/register/guess`), 404);
      const token = (await invite()).split('/').at(-1)!;
      assert.ok(!JSON.stringify(await invitations(app.ctx.db).find({}).lean()).includes(token));
    });
  });

  describe('a configuration', () => {
    const refused: [string, () => Promise<void> | void, number, RegExp][] = [
      [
        'of another host than its issuer',
        () => configured({ issuer: 'https://lms.example' }),
        400,
        /not where the LMS is/,
      ],
      [
        'without endpoints',
        () => configured({ token_endpoint: undefined, jwks_uri: '' }),
        400,
        /token_endpoint/,
      ],
      [
        'whose endpoint is a file',
        () => configured({ registration_endpoint: 'file:///etc/passwd' }),
        400,
        /registration_endpoint/,
      ],
      [
        'that is HTML',
        () =>
          void (platform.answers['/.well-known/openid-configuration'] = [{ body: '<html>sign in</html>' }]),
        400,
        /not complete/,
      ],
      [
        'that is a redirect',
        () =>
          void (platform.answers['/.well-known/openid-configuration'] = [
            { status: 302, headers: { location: 'http://169.254.169.254/' } },
          ]),
        400,
        /302/,
      ],
      [
        'that is not found',
        () => void (platform.answers['/.well-known/openid-configuration'] = [{ status: 404, body: '' }]),
        400,
        /404/,
      ],
    ];
    for (const [name, prepare, status, says] of refused) {
      it(`${name} is refused`, async () => {
        await prepare();
        const response = await register(await invite());
        await assertRefused(response, status, says);
        assert.equal(platform.asked('/register').length, 0);
      });
    }
    for (const address of [
      'ftp://x/',
      'javascript:alert(1)',
      '/relative',
      'http://user:pass@localhost/x',
      'rubbish',
    ]) {
      it(`at ${address} is refused`, async () =>
        assertRefused(await register(await invite(), { openid_configuration: address }), 400));
    }
    it('at a port where nobody is says that nobody answers', async () => {
      await assertRefused(
        await register(await invite(), { openid_configuration: 'http://127.0.0.1:1/x' }),
        422,
        /does not answer/,
      );
    });
    it('on a private network or by http is refused where that is not allowed', async () => {
      const strict = await startApp({
        env: { PUBLIC_URL: 'https://tool.example', CONTENT_URL: 'https://content.example' },
      });
      const { record } = await createInvitation(strict.ctx, { workspace, by: 'per_1', approves: true });
      const { registerPlatform } = await import('../../src/lti/registration.ts');
      for (const address of [
        `${platform.url}/.well-known/openid-configuration`,
        'https://127.0.0.1/x',
        'https://169.254.169.254/latest',
        'https://[::1]/x',
        'https://localhost/x',
      ]) {
        const { url } = await createInvitation(strict.ctx, { workspace, by: 'per_1', approves: true });
        await assert.rejects(
          registerPlatform(strict.ctx, url.split('/').at(-1)!, { openid_configuration: address }),
          { name: 'RegistrationRefused' },
          address,
        );
      }
      assert.ok(record);
      assert.equal(platform.received.length, 0);
      await strict.stop();
    });
  });

  it('refuses a client that belongs to another workspace', async () => {
    await register(await invite());
    workspace = `${workspace}_other`;
    await assertRefused(await register(await invite()), 409, /somebody else/);
    assert.deepEqual(await listPlatforms(app.ctx, workspace), []);
  });

  it('brings a platform that registers again up to date, with the key it had', async () => {
    await register(await invite());
    const before = await findPlatformBy(app.ctx, platform.url, platform.clientId);
    await configured({ jwks_uri: `${platform.url}/keys2` });
    assert.equal((await register(await invite())).status, 200);
    const after = await findPlatformBy(app.ctx, platform.url, platform.clientId);
    assert.equal(after!.jwksUri, `${platform.url}/keys2`);
    assert.equal(after!.kid, before!.kid);
    assert.equal(after!._id, before!._id);
  });
});

describe("Canvas' configuration", () => {
  it('has what a developer key needs, from lti-config.json', async () => {
    const app = await startApp({
      lti: {
        title: 'Our courses',
        privacy_level: 'name_only',
        scopes: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
        custom_fields: { canvas_course: '$Canvas.course.id' },
        placements: [{ placement: 'editor_button', message_type: 'LtiDeepLinkingRequest', text: 'Courses' }],
      },
    });
    const response = await fetch(`${app.url}/lti/config/canvas.json`);
    assert.equal(response.status, 200);
    const config = (await response.json()) as Record<string, never>;
    assert.equal(config.title, 'Our courses');
    assert.equal(config.oidc_initiation_url, `${app.url}/lti/login`);
    assert.equal(config.target_link_uri, `${app.url}/lti/launch`);
    assert.equal(config.public_jwk_url, `${app.url}/lti/jwks`);
    assert.deepEqual(config.scopes, ['https://purl.imsglobal.org/spec/lti-ags/scope/score']);
    assert.deepEqual(config.custom_fields, { canvas_course: '$Canvas.course.id' });
    const [extension] = config.extensions as unknown as Record<string, never>[];
    assert.equal(extension!.platform, 'canvas.instructure.com');
    assert.equal(extension!.privacy_level, 'name_only');
    assert.equal(extension!.domain, new URL(app.url).host);
    const { placements } = extension!.settings as unknown as { placements: object[] };
    assert.deepEqual(placements, [
      {
        enabled: true,
        target_link_uri: `${app.url}/lti/launch`,
        icon_url: `${app.url}/icon.svg`,
        placement: 'editor_button',
        message_type: 'LtiDeepLinkingRequest',
        text: 'Courses',
      },
    ]);
    await app.stop();
  });
});
