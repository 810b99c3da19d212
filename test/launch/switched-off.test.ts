import assert from 'node:assert/strict';
import { launches } from '../../src/attempts/launch.model.ts';
import { stopLaunches } from '../../src/attempts/launches.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { deployments } from '../../src/lti/deployment.model.ts';
import { disablePlatform, enablePlatform, findPlatformBy } from '../../src/lti/platforms.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { signedIn, type Agent } from '../admin/signed-in.ts';
import { addCourse } from '../lti/courses.ts';
import { assertRefused, connectWithoutKey, launch, login } from '../lti/launching.ts';
import { learnerClaims, lti, membershipRole, startPlatform, type TestPlatform } from '../lti/platform.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { visitIn } from './table.ts';

describe('a connection that is switched off', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let platform: TestPlatform;
  let other: TestPlatform;
  let course: string;

  before(async () => {
    app = await startApp();
    const workspace = await defaultWorkspace(app.ctx);
    [platform, other] = [await startPlatform(), await startPlatform()];
    await connectWithoutKey(app, platform, { workspace });
    await connectWithoutKey(app, other, { workspace });
    course = await addCourse(app, 'Golf', workspace);
    ({ agent, csrf } = await signedIn(app));
  });
  after(async () => {
    await app.stop();
    await platform.stop();
    await other.stop();
  });

  const go = (from: TestPlatform, more: object = {}) =>
    launch(app, from, learnerClaims(from, app, { [lti('custom')]: { course }, ...more }));
  /** A learner who has the course open: the token of the launch. */
  async function playing(from: TestPlatform, more: object = {}): Promise<string> {
    const response = await go(from, more);
    assert.equal(response.status, 303, await response.text());
    return new URL(response.headers.get('location')!).hash.slice(1);
  }
  /** A teacher at the page of the link: what its forms carry. */
  const visiting = async (from: TestPlatform) =>
    visitIn(await go(from, { sub: '7', [lti('roles')]: [membershipRole('Instructor')] }));
  const step = (path: string, visit: string) =>
    app.app.post(`/link/${path}`).set('Accept', 'text/html').type('form').send({ visit });
  /** A teacher who has the course open, to look at: the token of the launch. */
  async function previewing(visit: string): Promise<string> {
    const { headers } = await step('preview', visit).expect(303);
    return new URL(headers.location!).hash.slice(1);
  }
  const ask = (path: string, token: string, body: object = {}) =>
    app.content
      .post(path)
      .set('Authorization', `Bearer ${token}`)
      .set('Accept', 'application/json')
      .send(body);
  const decide = (path: string, decision: 'allow' | 'disable') =>
    agent.post(path).type('form').send({ csrf, decision }).expect(303);
  const platformPath = async () =>
    `/admin/platforms/${(await findPlatformBy(app.ctx, platform.url, platform.clientId))!._id}`;
  async function deploymentPath(): Promise<string> {
    const { _id } = (await platforms(app.ctx.db).findOne({ issuer: platform.url }).lean())!;
    return `/admin/platforms/deployments/${(await deployments(app.ctx.db).findOne({ platform: _id }).lean())!._id}`;
  }

  for (const [what, path] of [
    ['an LMS', platformPath],
    ['a place in an LMS', deploymentPath],
  ] as const) {
    it(`(${what}) ends at once what is being played from there, and nothing else`, async () => {
      const visits = {
        learners: await visiting(platform),
        'learners/file': await visiting(platform),
        preview: await visiting(platform),
      };
      const [learner, teacher, elsewhere] = [
        await playing(platform),
        await previewing(visits.preview),
        await playing(other),
      ];
      const { body } = await ask('/play/open', learner).expect(200);
      const begun = await login(app, platform);
      const commit = { launch: body.launch as string, seq: 1, patch: [] };
      await decide(await path(), 'disable');
      for (const token of [learner, teacher]) {
        for (const act of ['open', 'alive', 'status'])
          assert.equal((await ask(`/play/${act}`, token)).body.code, 'launch-stopped', act);
      }
      const refused = await ask('/play/commit', learner, commit).expect(401);
      assert.equal(refused.body.code, 'launch-stopped');
      assert.match(refused.body.detail, /administrator/);
      await ask('/play/open', elsewhere).expect(200);
      const claims = learnerClaims(platform, app, { nonce: begun.nonce });
      const id_token = await platform.sign(claims);
      const late = await begun.browser.post(`${app.url}/lti/launch`, { state: begun.state, id_token });
      await assertRefused(late, 403, /switched off/);
      for (const [page, before] of Object.entries(visits)) {
        const { text } = await step(page, before).expect(403);
        assert.match(text, /switched off/, page);
      }

      await decide(await path(), 'allow');
      for (const [page, before] of Object.entries(visits)) await step(page, before).expect(410);
      assert.equal((await ask('/play/open', learner)).status, 401, 'also when it is on again');
      await ask('/play/open', await playing(platform)).expect(200);
    });
  }

  it('gives nobody the token of a launch that was being made at that moment', async () => {
    const { _id, workspace } = (await findPlatformBy(app.ctx, platform.url, platform.clientId))!;
    const places = await deployments(app.ctx.db).find({ platform: _id }).lean();
    const { collection } = launches(app.ctx.db);
    const real = collection.insertMany.bind(collection);
    collection.insertMany = (async (...given: Parameters<typeof real>) => {
      collection.insertMany = real as never;
      await disablePlatform(app.ctx, workspace, _id);
      await stopLaunches(
        app.ctx,
        places.map((place) => place._id),
      );
      return real(...given);
    }) as never;
    await assertRefused(await go(platform), 403, /switched off/);
    await enablePlatform(app.ctx, workspace, _id);
  });
});
