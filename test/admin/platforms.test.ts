import assert from 'node:assert/strict';
import { deployments } from '../../src/lti/deployment.model.ts';
import { invitations } from '../../src/lti/invitation.model.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { busyWorkspace } from './busy-workspace.ts';
import { signedIn, type Agent } from './signed-in.ts';

const byHand = {
  name: 'Our Blackboard',
  issuer: 'https://blackboard.com',
  clientId: 'abc-123',
  deploymentId: 'dep-1',
  authorizationEndpoint: 'https://developer.blackboard.com/api/v1/gateway/oidcauth',
  tokenEndpoint: 'https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken',
  jwksUri: 'https://developer.blackboard.com/api/v1/management/applications/abc-123/jwks.json',
  lms: 'blackboard',
};

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
    await agent.get(live).expect(200, /Moodle of Example University is connected/);
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

  it('are connected by hand, deployment included', async () => {
    await agent
      .post('/admin/platforms/connect/by-hand')
      .type('form')
      .send({ ...byHand, csrf })
      .expect(303, /said=added/);
    const platform = await platforms(app.ctx.db).findOne({ clientId: 'abc-123' }).lean();
    assert.equal(platform!.family, 'blackboard');
    const deployment = await deployments(app.ctx.db).findOne({ platform: platform!._id }).lean();
    assert.deepEqual([deployment!.deploymentId, deployment!.status], ['dep-1', 'approved']);
  });

  it('are not connected by a form with faults; it is shown again with all of them', async () => {
    const before = await platforms(app.ctx.db).countDocuments({});
    const wrong = {
      ...byHand,
      clientId: ' ',
      issuer: 'blackboard',
      jwksUri: 'javascript:alert(1)',
      name: '"><b>Mine',
      csrf,
    };
    const { text } = await agent
      .post('/admin/platforms/connect/by-hand')
      .type('form')
      .send(wrong)
      .expect(422);
    for (const sentence of [
      'Enter the client ID.',
      'The issuer is an address',
      'Enter the address of the public keys',
    ])
      assert.ok(text.includes(sentence), sentence);
    assert.ok(!text.includes('<b>Mine'));
    await agent.post('/admin/platforms/connect/by-hand').type('form').send({ csrf }).expect(422);
    assert.equal(await platforms(app.ctx.db).countDocuments({}), before);
  });
});
