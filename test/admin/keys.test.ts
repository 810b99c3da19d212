import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { signedIn } from './signed-in.ts';

describe('API keys on the work pages', () => {
  let app: TestApp;
  before(async () => void (app = await startApp()));
  after(() => app.stop());

  it('are shown once, open the API, and open nothing when they are revoked', async () => {
    const { agent, csrf } = await signedIn(app);
    await agent.get('/admin/keys').expect(200, /No keys yet/);
    const { text } = await agent
      .post('/admin/keys')
      .type('form')
      .send({ csrf, name: 'Importer' })
      .expect(201);
    const key = /value="(cdk_live_\w+)"/.exec(text)![1]!;
    const asked = () => app.app.get('/api/v1/courses').set('Authorization', `Bearer ${key}`);
    await asked().expect(200);
    const { text: list } = await agent.get('/admin/keys').expect(200);
    assert.ok(!list.includes(key) && list.includes(`…${key.slice(-4)}`));
    assert.match(list, /by Ada Admin/);
    const id = /\/admin\/keys\/(key_\w+)\/revoke/.exec(list)![1];
    await agent.post(`/admin/keys/${id}/revoke`).type('form').send({}).expect(403);
    await asked().expect(200);
    await agent.post(`/admin/keys/${id}/revoke`).type('form').send({ csrf }).expect(303);
    await asked().expect(401);
    await agent.get('/admin/keys').expect(200, /Revoked/);
    await agent
      .post('/admin/keys')
      .type('form')
      .send({ csrf, name: ' ' })
      .expect(422, /Enter what the key is for/);
    await agent.post('/admin/keys/key_x/revoke').type('form').send({ csrf }).expect(404);
  });
});
