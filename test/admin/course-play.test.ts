import assert from 'node:assert/strict';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { courses } from '../../src/packages/course.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { assetPackage, scorm12Package } from '../support/make-package.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('how a course plays, on its page', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  let address: string;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
    address = await add(assetPackage({ items: [{ title: 'One' }, { title: 'Two' }] }));
  });
  after(() => app?.stop());

  async function add(zip: Buffer): Promise<string> {
    const { headers } = await agent
      .post('/admin/courses')
      .field('csrf', csrf)
      .attach('file', zip, 'course.zip');
    return new URL(headers.location!, app.url).pathname;
  }
  const usual = {
    window: 'here',
    limit: 'none',
    again: 'finished',
    completion: 'course',
    attempts: '',
    minutes: '',
    percent: '',
  };
  const save = (form: Record<string, string>, to = address) =>
    agent
      .post(`${to}/play`)
      .type('form')
      .send({ csrf, ...usual, ...form });
  const rules = async () =>
    (await courses(app.ctx.db)
      .findOne({ _id: address.split('/').at(-1)! })
      .lean())!.play;
  /** The choices made in the form of a page, and what stands in its fields. */
  const chosen = (text: string) => [...text.matchAll(/id="([\w-]+)"[^>]* checked/g)].map(([, id]) => id);
  const typed = (text: string, name: string) => new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1];

  it('is as usual at first', async () => {
    const { text } = await agent.get(address).expect(200);
    assert.deepEqual(chosen(text), ['window-here', 'limit-none', 'again-finished', 'completion-course']);
  });

  it('says where a course has no part that can report, and what that means', async () => {
    await agent.get(address).expect(200, /no part that can report[^]*when every part has been opened;/);
    const one = await add(assetPackage());
    await agent.get(one).expect(200, /no part that can report[^]*complete as soon as it is opened;/);
    const { text } = await agent.get(await add(scorm12Package())).expect(200);
    assert.doesNotMatch(text, /no part that can report/);
  });

  it('is saved, said so, and shown again', async () => {
    const form = {
      window: 'new',
      limit: 'some',
      attempts: ' 3 ',
      again: 'always',
      completion: 'time',
      minutes: '7,5',
    };
    const { headers } = await save(form).expect(303);
    assert.equal(headers.location, `${address}?said=play#play`);
    const { text } = await agent.get(headers.location!).expect(200, /role="status"[^]*Saved\. It holds for/);
    assert.deepEqual(chosen(text), ['window-new', 'limit-some', 'again-always', 'completion-time']);
    assert.deepEqual([typed(text, 'attempts'), typed(text, 'minutes')], ['3', '7.5']);
    assert.deepEqual(await rules(), {
      window: 'new',
      attempts: 3,
      again: 'always',
      completion: { by: 'time', seconds: 450 },
    });
  });

  for (const [completion, wanted] of [
    ['course', { by: 'course' }],
    ['opened', { by: 'opened' }],
    ['visited', { by: 'visited' }],
    ['score', { by: 'score', atLeast: 0.725 }],
    ['exit', { by: 'exit' }],
  ] as const) {
    it(`takes "${completion}", and forgets what was chosen before`, async () => {
      await save({ completion, percent: '72.5', minutes: '9' }).expect(303);
      assert.deepEqual(await rules(), { window: 'here', attempts: 0, again: 'finished', completion: wanted });
      const { text } = await agent.get(address);
      assert.equal(typed(text, 'percent'), completion === 'score' ? '72.5' : '');
    });
  }

  it('reaches the attempts under way', async () => {
    const { headers } = await agent.post(`${address}/preview`).type('form').send({ csrf }).expect(303);
    const token = new URL(headers.location!).hash.slice(1);
    const open = () => app.content.post('/play/open').set('Authorization', `Bearer ${token}`).expect(200);
    await save({ completion: 'exit' }).expect(303);
    assert.deepEqual((await open()).body.settings.completion, { by: 'exit' });
    await save({ completion: 'opened' }).expect(303);
    const [attempt] = await attempts(app.ctx.db).find().lean();
    assert.deepEqual(attempt!.completion, { by: 'opened' });
  });

  const wrong: [form: Record<string, string>, field: string, says: RegExp][] = [
    [{ limit: 'some' }, 'play-attempts', /whole number from 1 to 1000/],
    [{ limit: 'some', attempts: '2.5' }, 'play-attempts', /whole number/],
    [{ limit: 'some', attempts: '0' }, 'play-attempts', /whole number/],
    [{ completion: 'time', minutes: 'an hour' }, 'play-minutes', /how many minutes/],
    [{ completion: 'time', minutes: '-3' }, 'play-minutes', /how many minutes/],
    [{ completion: 'time', minutes: '1e99' }, 'play-minutes', /how many minutes/],
    [{ completion: 'score', percent: '101' }, 'play-percent', /up to 100/],
    [{ completion: 'score', percent: '"><script>' }, 'play-percent', /up to 100/],
    [{ completion: 'whenever' }, 'completion-course', /Choose what makes it complete/],
    [{ window: '' }, 'window-here', /Choose where it plays/],
  ];
  for (const [form, field, says] of wrong) {
    it(`refuses ${JSON.stringify(form)}, says why, and keeps what was typed`, async () => {
      const before = await rules();
      const { text } = await save({ again: 'never', ...form }).expect(422);
      assert.match(text, new RegExp(`role="alert"[^]*href="#${field}"`));
      assert.ok(text.includes(`id="${field}"`));
      assert.match(text, says);
      assert.ok(chosen(text).includes('again-never'));
      for (const name of ['attempts', 'minutes', 'percent'])
        if (form[name])
          assert.equal(
            typed(text, name),
            form[name].replace('"', '&#34;').replace('<', '&lt;').replaceAll('>', '&gt;'),
          );
      assert.deepEqual(await rules(), before);
    });
  }

  it('is not taken without the form’s token, nor for a course that is not there', async () => {
    await save({ csrf: 'x' }).expect(403);
    await save({}, '/admin/courses/crs_x').expect(404);
    await agent.post(`${address}/play`).type('form').send(`csrf=${csrf}&window=here&window=new`).expect(422);
  });
});
