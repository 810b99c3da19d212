import assert from 'node:assert/strict';
import { emptied } from '../../src/grades/grade.ts';
import { deliveries } from '../../src/outbox/delivery.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { busyWorkspace } from './busy-workspace.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('deliveries on the work pages', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let givenUp: string;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
    await agent.get('/admin/deliveries').expect(200, /No deliveries yet/);
    ({ givenUp } = await busyWorkspace(app.ctx));
  });
  after(() => app.stop());

  it('say who, what, where, how it stands and what was answered', async () => {
    const { text } = await agent.get('/admin/deliveries').expect(200);
    for (const words of [
      'Lena Learner',
      'Safety at work',
      'Moodle of Example University',
      '85 of 100',
      'Given up',
      'Trying again',
      'Delivered',
      'The column is gone',
      'Learner without a name',
      'A platform that is gone',
    ]) {
      assert.ok(text.includes(words), words);
    }
    assert.ok(!text.includes('<img src=x'));
  });

  it('are filtered by status, with how many there are', async () => {
    const { text } = await agent.get('/admin/deliveries').query({ status: 'given up' }).expect(200);
    assert.equal(text.match(/class="chip bad"/g)?.length, 2);
    assert.doesNotMatch(text, /chip good/);
    await agent.get('/admin/deliveries?status=rubbish').expect(200, /Lena Learner/);
    await agent.get('/admin/deliveries?cursor=rubbish').expect(400);
  });

  it('show all their answers and what is sent', async () => {
    const { text } = await agent.get(`/admin/deliveries/${givenUp}`).expect(200);
    for (const words of ['Grade of Bo', 'HTTP 404', 'HTTP 503', 'scoreGiven'])
      assert.ok(text.includes(words), words);
    await agent.get('/admin/deliveries/dlv_nothere').expect(404);
  });

  it('are sent again, from the list and from their own page', async () => {
    const { headers } = await agent
      .post(`/admin/deliveries/${givenUp}/send`)
      .type('form')
      .send({ csrf, back: 'one' })
      .expect(303);
    assert.equal(headers.location, `/admin/deliveries/${givenUp}?said=sending`);
    const row = await deliveries(app.ctx.db).findOne({ _id: givenUp }).lean();
    assert.deepEqual([row!.status, row!.tries], ['waiting', 0]);
    await agent
      .post(`/admin/deliveries/${givenUp}/send`)
      .type('form')
      .send({ csrf })
      .expect(303, /deliveries\?said=sending/);
    await agent.post(`/admin/deliveries/${givenUp}/send`).type('form').send({}).expect(403);
    await agent.post('/admin/deliveries/dlv_nothere/send').type('form').send({ csrf }).expect(404);
  });

  it('say that a learner begins anew, whose grade is taken back', async () => {
    const before = await deliveries(app.ctx.db).findOne({ _id: givenUp }).lean();
    const change = { 'body.grade': emptied };
    await deliveries(app.ctx.db).updateOne(
      { _id: givenUp },
      { $set: change, $unset: { 'about.attempt': 1 } },
    );
    await agent.get('/admin/deliveries').expect(200, /Begins anew, no grade/);
    await agent.get(`/admin/deliveries/${givenUp}`).expect(200, /Begins anew, no grade/);
    await deliveries(app.ctx.db).replaceOne({ _id: givenUp }, before!);
  });

  it('are shown fifty to a page', async () => {
    const one = (await deliveries(app.ctx.db).findOne({}).lean())!;
    const many = Array.from({ length: 120 }, (_, i) => ({
      ...one,
      _id: `dlv_many${i}`,
      key: `many${i}`,
      createdAt: new Date(one.createdAt.getTime() - i * 1000),
    }));
    await deliveries(app.ctx.db).insertMany(many);
    const seen = new Set<string>();
    let path: string | undefined = '/admin/deliveries';
    let pages = 0;
    for (; path; pages++) {
      const { text }: { text: string } = await agent.get(path).expect(200);
      for (const [, id] of text.matchAll(/action="\/admin\/deliveries\/(dlv_\w+)\/send"/g)) seen.add(id!);
      path = /href="([^"]+)" rel="next"/.exec(text)?.[1]?.replaceAll('&amp;', '&').replaceAll('&#x3D;', '=');
    }
    assert.deepEqual([pages, seen.size], [3, 126]);
  });

  it('of another workspace are not there', async () => {
    await deliveries(app.ctx.db).updateOne({ _id: givenUp }, { $set: { workspace: 'wsp_other' } });
    await agent.get(`/admin/deliveries/${givenUp}`).expect(404);
    await agent.post(`/admin/deliveries/${givenUp}/send`).type('form').send({ csrf }).expect(404);
  });
});
