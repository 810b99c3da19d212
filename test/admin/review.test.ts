import assert from 'node:assert/strict';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { scorm12Package } from '../support/make-package.ts';
import { addCourse, launch, type Ingested } from '../player/world.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('looking at an attempt', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let course: Ingested;
  let opened: Awaited<ReturnType<typeof launch>>;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
    course = await addCourse(app, scorm12Package({ title: 'Looked at' }));
    opened = await launch(app, course);
    const workspace = await defaultWorkspace(app.ctx);
    await attempts(app.ctx.db).updateOne({ _id: opened.attempt._id }, { $set: { workspace } });
  });
  after(() => app?.stop());

  const look = (attempt: string, form: object) =>
    agent.post(`/admin/attempts/${attempt}/review`).type('form').send(form);
  const now = async () =>
    (await attempts(app.ctx.db).findOne({ _id: opened.attempt._id }).lean<AttemptRecord>())!;

  it('opens it as it stands, says that it is a review, stores nothing, and leaves the learner in peace', async () => {
    const before = await now();
    const { headers } = await look(opened.attempt._id, { csrf }).expect(303);
    const address = new URL(headers.location!);
    assert.equal(address.origin, app.contentUrl);
    const as = (path: string) =>
      app.content.post(path).set('Authorization', `Bearer ${address.hash.slice(1)}`);
    const { body } = await as('/play/open').expect(200);
    assert.equal(body.settings.mode, 'review');
    assert.equal(body.settings.learner.name, 'ann Lee');
    assert.equal(body.returnUrl, `${app.url}/admin/attempts/${opened.attempt._id}`);
    const patch = [{ do: 'open', activity: 'item_1' }];
    await as('/play/commit').send({ launch: body.launch, seq: 1, patch }).expect(200);
    assert.deepEqual(await now(), before);
  });

  it('needs the form of one of our pages, and an attempt of this workspace', async () => {
    await look(opened.attempt._id, {}).expect(403);
    await look('att_none', { csrf }).expect(404);
    await attempts(app.ctx.db).updateOne({ _id: opened.attempt._id }, { $set: { workspace: 'wsp_other' } });
    await look(opened.attempt._id, { csrf }).expect(404);
    await app.app.post(`/admin/attempts/${opened.attempt._id}/review`).expect(401);
  });
});
