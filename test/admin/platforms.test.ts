import assert from 'node:assert/strict';
import { deployments } from '../../src/lti/deployment.model.ts';
import { invitations } from '../../src/lti/invitation.model.ts';
import { firstSteps } from '../../src/admin/first-steps.ts';
import { isWebAddress } from '../../src/admin/by-hand.ts';
import type { Heard } from '../../src/lti/heard.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { isRefusedByMoodle } from '../../src/lti/quirks.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { busyWorkspace } from './busy-workspace.ts';
import { signedIn, type Agent } from './signed-in.ts';

const blackboard = {
  name: 'Our Blackboard',
  clientId: 'abc-123',
  deploymentId: 'dep-1',
  lms: 'blackboard',
};
const doors = (at: string) => ({
  issuer: at,
  authorizationEndpoint: `${at}/auth`,
  tokenEndpoint: `${at}/token`,
  jwksUri: `${at}/jwks`,
});

describe('platforms on the work pages', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let busy: Awaited<ReturnType<typeof busyWorkspace>>;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
    await agent.get('/admin/platforms').expect(200, /No LMS is connected yet/);
    busy = await busyWorkspace(app.ctx);
  });
  after(() => app.stop());
  const decide = (path: string, decision: unknown) => agent.post(path).type('form').send({ csrf, decision });
  const statusOf = async (id: string) => (await deployments(app.ctx.db).findOne({ _id: id }).lean())!.status;

  it('show who waits for approval, and let somebody approve', async () => {
    await agent.get('/admin/platforms').expect(200, /Faculty of Arts in Canvas .* wants to use your courses/);
    await agent.get('/admin').expect(200, /wait for your approval: 1/);
    await decide(`/admin/platforms/deployments/${busy.waitingDeployment}`, 'allow').expect(303);
    assert.equal(await statusOf(busy.waitingDeployment), 'approved');
    await decide(`/admin/platforms/deployments/${busy.waitingDeployment}`, 'disable').expect(303);
    assert.equal(await statusOf(busy.waitingDeployment), 'disabled');
  });

  it('are disabled and enabled', async () => {
    const isActive = async () => (await platforms(app.ctx.db).findOne({ _id: busy.platform }).lean())!.active;
    await decide(`/admin/platforms/${busy.platform}`, 'disable').expect(303);
    assert.equal(await isActive(), false);
    await decide(`/admin/platforms/${busy.platform}`, 'allow').expect(303);
    assert.equal(await isActive(), true);
  });

  it('take no decision that is none, nor one about somebody else’s', async () => {
    for (const decision of [undefined, '', 'approve', ['allow', 'disable']])
      await decide(`/admin/platforms/${busy.platform}`, decision).expect(400);
    await decide('/admin/platforms/plt_nothere', 'allow').expect(404);
    await deployments(app.ctx.db).updateOne(
      { _id: busy.waitingDeployment },
      { $set: { workspace: 'wsp_other' } },
    );
    await decide(`/admin/platforms/deployments/${busy.waitingDeployment}`, 'allow').expect(404);
  });

  it('are connected by a one-time address that is shown once, with the LMS’s own steps', async () => {
    const { text } = await agent
      .post('/admin/platforms/connect')
      .type('form')
      .send({ csrf, lms: 'moodle' })
      .expect(201);
    const url = /value="([^"]+\/lti\/register\/[\w-]+)"/.exec(text)![1]!;
    assert.ok(url.startsWith(`${app.url}/lti/register/`));
    assert.match(text, /Site administration › Plugins › Activity modules › External tool › Manage tools/);
    assert.ok(
      !JSON.stringify(await invitations(app.ctx.db).find({}).lean()).includes(url.split('/').at(-1)!),
    );
    const { text: list } = await agent.get('/admin/platforms').expect(200);
    assert.ok(!list.includes('/lti/register/'));
    await app.app.get(new URL(url).pathname).expect((res) => assert.notEqual(res.status, 404));
  });

  it('tell the page that waits for them when they have registered', async () => {
    const { text } = await agent
      .post('/admin/platforms/connect')
      .type('form')
      .send({ csrf, lms: 'moodle' })
      .expect(201);
    const live = /data-live="([^"]+)"/.exec(text)![1]!;
    await agent.get(live).expect(200, /Waiting for the LMS/);
    await invitations(app.ctx.db).updateOne(
      { _id: live.split('/').at(-1)! },
      { $set: { usedAt: app.ctx.now(), platform: busy.platform } },
    );
    const { text: heard } = await agent.get(live).expect(200, /Moodle of Example University is connected/);
    assert.match(heard, /The deployment 1 is approved.*No launch has got through yet/s);
    await agent.get('/admin/platforms/connect/invitations/inv_x').expect(404);
  });

  for (const lms of ['canvas', 'moodle', 'brightspace', 'blackboard', 'other']) {
    it(`have steps for ${lms}`, async () => {
      const { text } = await agent.get('/admin/platforms/connect').query({ lms }).expect(200);
      assert.ok((text.match(/<li>/g)?.length ?? 0) > 3);
      assert.equal(text.includes('/lti/config/canvas.json'), lms === 'canvas');
      assert.ok(!text.includes('*'), 'a mark of the catalogue shows');
    });
  }
  it('have steps even for an LMS that is none', () =>
    agent.get('/admin/platforms/connect?lms=<script>').expect(200));

  const connect = (form: object) =>
    agent
      .post('/admin/platforms/connect/by-hand')
      .type('form')
      .send({ ...form, csrf });
  const byClient = (clientId: string) => platforms(app.ctx.db).findOne({ clientId }).lean();
  const textOf = ({ text }: { text: string }) => text.replaceAll('&#39;', "'");

  it('are connected by hand, deployment included, and lead to the page that waits for the LMS', async () => {
    const { header } = await connect(blackboard).expect(303);
    const platform = (await byClient('abc-123'))!;
    assert.equal(header.location, `/admin/platforms/${platform._id}?said=added`);
    const deployment = await deployments(app.ctx.db).findOne({ platform: platform._id }).lean();
    assert.deepEqual([deployment!.deploymentId, deployment!.status], ['dep-1', 'approved']);
    const text = textOf(await agent.get(header.location!).expect(200));
    assert.match(text, /The platform was added.*First steps.*Nobody has fetched our keys since/s);
    assert.match(text, /The deployment dep-1 is approved.*No launch has got through yet/s);
  });

  it('are not connected with a deployment that no launch could name', async () => {
    await connect({ ...blackboard, clientId: 'long', deploymentId: 'd'.repeat(256) }).expect(422);
    assert.equal(await byClient('long'), null);
  });

  const school = { name: 'School', address: 'https://lms.school.example/folder/', clientId: 'c-1' };
  const portal = 'https://developer.blackboard.com/api/v1';
  const derived: [lms: string, form: object, expected: object][] = [
    [
      'blackboard',
      { ...school, deploymentId: 'd' },
      {
        issuer: 'https://blackboard.com',
        authorizationEndpoint: `${portal}/gateway/oidcauth`,
        tokenEndpoint: `${portal}/gateway/oauth2/jwttoken`,
        jwksUri: `${portal}/management/applications/blackboard-c-1/jwks.json`,
      },
    ],
    [
      'brightspace',
      school,
      {
        issuer: 'https://lms.school.example',
        authorizationEndpoint: 'https://lms.school.example/d2l/lti/authenticate',
        tokenEndpoint: 'https://auth.brightspace.com/core/connect/token',
        authorizationServer: 'https://api.brightspace.com/auth/token',
        jwksUri: 'https://lms.school.example/d2l/.well-known/jwks',
      },
    ],
    [
      'moodle',
      school,
      {
        issuer: 'https://lms.school.example/folder',
        authorizationEndpoint: 'https://lms.school.example/folder/mod/lti/auth.php',
        tokenEndpoint: 'https://lms.school.example/folder/mod/lti/token.php',
        jwksUri: 'https://lms.school.example/folder/mod/lti/certs.php',
      },
    ],
    [
      'canvas',
      school,
      {
        issuer: 'https://canvas.instructure.com',
        authorizationEndpoint: 'https://sso.canvaslms.com/api/lti/authorize_redirect',
        tokenEndpoint: 'https://sso.canvaslms.com/login/oauth2/token',
        jwksUri: 'https://sso.canvaslms.com/api/lti/security/jwks',
      },
    ],
  ];
  for (const [lms, form, expected] of derived)
    it(`are asked for nothing that follows from being ${lms}`, async () => {
      const { text } = await agent.get('/admin/platforms/connect').query({ lms }).expect(200);
      const asked = [...text.matchAll(/id="field-(\w+)"/g)].map(([, name]) => name);
      const where = ['moodle', 'brightspace'].includes(lms) ? ['address'] : [];
      assert.deepEqual(asked, ['name', ...where, 'clientId', 'deploymentId']);
      await connect({ ...form, lms, clientId: `${lms}-c-1` }).expect(303);
      const saved = (await byClient(`${lms}-c-1`))!;
      assert.equal(saved.family, lms);
      for (const [field, value] of Object.entries(expected))
        assert.equal(saved[field as 'issuer'], value, field);
    });

  it('may be connected with other addresses than the usual: a Canvas of its own', async () => {
    const own = 'https://canvas.school.example';
    const { text } = await agent.get('/admin/platforms/connect?lms=canvas&addresses=all').expect(200);
    assert.match(text, /id="field-jwksUri"[^>]* value="https:\/\/sso\.canvaslms\.com/);
    const addresses = { issuer: own, authorizationEndpoint: own, tokenEndpoint: own, jwksUri: `${own}/jwks` };
    const form = { name: 'Own', clientId: 'own', lms: 'canvas', addresses: 'all', ...addresses };
    await connect({ ...form, audience: `${own}/token` }).expect(303);
    const saved = (await byClient('own'))!;
    assert.deepEqual(
      [saved.family, saved.issuer, saved.authorizationServer],
      ['canvas', own, `${own}/token`],
    );
  });

  it('get another place, and nothing else, where the same LMS is connected already', async () => {
    const first = (await byClient('abc-123'))!;
    const { header } = await connect({ ...blackboard, name: 'Second school', deploymentId: 'dep-2' });
    assert.equal(header.location, `/admin/platforms/${first._id}?said=place`);
    assert.deepEqual(await byClient('abc-123'), first);
    const places = await deployments(app.ctx.db).find({ platform: first._id }).lean();
    assert.deepEqual(
      places.map(({ deploymentId, status, name }) => [deploymentId, status, name]),
      [
        ['dep-1', 'approved', 'Our Blackboard'],
        ['dep-2', 'approved', 'Second school'],
      ],
    );
  });

  it('are not connected twice: it is said which one exists, and what was typed stays', async () => {
    const first = (await byClient('abc-123'))!;
    const text = textOf(await connect({ ...blackboard, name: 'Typed again' }).expect(409));
    assert.match(text, /This LMS is connected with this client ID already/);
    assert.match(text, /It is connected as Our Blackboard/);
    assert.ok(text.includes(`href="/admin/platforms/${first._id}"`) && text.includes('value="Typed again"'));
    // With other addresses it would be taken over: that is for its own page.
    const elsewhere = {
      ...blackboard,
      ...doors('https://evil.example'),
      deploymentId: 'dep-3',
      addresses: 'all',
    };
    await connect({ ...elsewhere, issuer: 'https://blackboard.com' }).expect(409);
    assert.deepEqual(await byClient('abc-123'), first);
    await platforms(app.ctx.db).updateOne({ _id: first._id }, { $set: { workspace: 'wsp_other' } });
    const others = textOf(await connect({ ...blackboard, deploymentId: 'dep-4' }).expect(409));
    assert.match(others, /in another workspace of this server/);
    assert.ok(!others.includes(first._id) && !others.includes('connected as'));
    assert.equal(await deployments(app.ctx.db).countDocuments({ platform: first._id }), 2);
  });

  it('are not connected by a form with faults; it is shown again with all of them, each at its field', async () => {
    const before = await platforms(app.ctx.db).countDocuments({});
    const wrong = {
      ...blackboard,
      ...doors('https://lms.example'),
      addresses: 'all',
      clientId: ' ',
      deploymentId: '',
      issuer: 'blackboard',
      jwksUri: 'javascript:alert(1)',
      tokenEndpoint: 'https://somebody:secret@lms.example/',
      name: '"><b>Mine',
    };
    const { text } = await connect(wrong).expect(422);
    for (const field of ['clientId', 'deploymentId', 'issuer', 'jwksUri', 'tokenEndpoint']) {
      assert.ok(text.includes(`href="#field-${field}"`), field);
      assert.match(text, new RegExp(`id="field-${field}"[^>]* aria-invalid="true"`));
    }
    assert.ok(!text.includes('href="#field-name"') && !text.includes('href="#field-authorizationEndpoint"'));
    assert.ok(!text.includes('<b>Mine') && text.includes('value="javascript:alert(1)"'));
    await connect({}).expect(422);
    await connect({ ...blackboard, clientId: ['a', 'b'] }).expect(422);
    await connect({ ...blackboard, deploymentId: 'x'.repeat(501) }).expect(422);
    assert.equal(await platforms(app.ctx.db).countDocuments({}), before);
  });

  it('tell what is known to stand in the way: a Moodle fetches nothing from here', async () => {
    const { text } = await agent.get('/admin/platforms/connect?lms=moodle').expect(200);
    assert.match(text, /cURL allowed ports list/);
    assert.doesNotMatch((await agent.get('/admin/platforms/connect?lms=canvas')).text, /cURL/);
  });
});

describe('what a Moodle as it comes does not fetch', () => {
  const table: [address: string, refused: boolean][] = [
    ['https://courses.example.org', false],
    ['http://courses.example.org', false],
    ['https://courses.example.org:8443', true],
    ['http://localhost', true],
    ['http://tool.localhost', true],
    ['https://10.1.2.3', true],
    ['http://[::1]', true],
    ['https://8.8.8.8', false],
  ];
  for (const [address, refused] of table)
    it(`${address}: ${refused}`, () => assert.equal(isRefusedByMoodle(address), refused));
});

describe('an address that is typed for an LMS', () => {
  const table: [address: string, anywhere: boolean, onOwnNetwork: boolean][] = [
    ['https://lms.example', true, true],
    ['http://lms.example', false, true],
    ['https://10.0.0.1', false, true],
    ['https://[::1]/x', false, true],
    ['ftp://lms.example', false, false],
    ['https://u:p@lms.example', false, false],
    ['lms.example', false, false],
    ['', false, false],
  ];
  for (const [address, anywhere, onOwnNetwork] of table)
    it(`"${address}" is ${anywhere ? 'good' : onOwnNetwork ? 'good on a private network' : 'none'}`, () => {
      assert.equal(isWebAddress(address, { allowPrivateNetworks: false }), anywhere);
      assert.equal(isWebAddress(address, { allowPrivateNetworks: true }), onOwnNetwork);
    });
});

describe('the first steps of an LMS', () => {
  const at = (minutes: number) => new Date(Date.UTC(2026, 10, 27) + minutes * 60_000);
  const place = (status: 'approved' | 'waiting' | 'disabled') => ({
    status,
    deploymentId: '7',
    createdAt: at(5),
  });
  const signs = (places: ReturnType<typeof place>[], heard: Heard) =>
    firstSteps({ createdAt: at(0) }, places, heard).steps.map(({ sign }) => sign);

  it('are ticked as they happen', () => {
    assert.deepEqual(signs([], {}), ['good', 'waiting', 'waiting', 'waiting', 'waiting']);
    const keys = { _id: 'keys', at: at(1) };
    assert.deepEqual(signs([], { keys, login: at(2) }), ['good', 'good', 'good', 'waiting', 'waiting']);
    assert.deepEqual(signs([place('waiting')], { login: at(2) })[3], 'warning');
    assert.deepEqual(signs([place('disabled')], {})[3], 'waiting');
    assert.deepEqual(signs([place('waiting'), place('approved')], { launch: at(6) }).slice(3), [
      'good',
      'good',
    ]);
    assert.ok(firstSteps({ createdAt: at(0) }, [], { launch: at(1) }).done);
  });

  it('are not ticked for keys that were fetched before', () =>
    assert.equal(signs([], { keys: { _id: 'keys', at: at(-2) } })[1], 'waiting'));
});
