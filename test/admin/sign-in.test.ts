import assert from 'node:assert/strict';
import supertest from 'supertest';
import { ensureFirstAdmin } from '../../src/access/sign-in-links.ts';
import { persons } from '../../src/access/person.model.ts';
import { apiKeys } from '../../src/access/api-key.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { ada, signedIn } from './signed-in.ts';

const credentials = { email: ada.email, password: ada.password };

describe('the way into the work pages', () => {
  let app: TestApp;
  beforeEach(async () => void (app = await startApp()));
  afterEach(() => app.stop());
  const welcome = async () => new URL((await ensureFirstAdmin(app.ctx))!).pathname;

  it('leads from the bare address to the sign-in page, which says how the first account is made', async () => {
    await app.app.get('/').expect(303).expect('Location', '/sign-in');
    const { text } = await app.app.get('/sign-in').expect(200);
    assert.match(text, /Nobody has an account yet/);
  });

  it('makes the first account by the printed link, once, and is signed in then', async () => {
    const path = await welcome();
    await app.app.get(path).expect(200, /Make account/);
    await app.app.get(path).expect(200);
    const agent = supertest.agent(app.url);
    await agent
      .post(path)
      .type('form')
      .send({ ...ada, again: ada.password })
      .expect(303)
      .expect('Location', '/admin');
    await agent.get('/admin').expect(200, /Welcome, Ada/);
    await app.app.get(path).expect(403, /does not work any more/);
    await app.app
      .post(path)
      .type('form')
      .send({ ...ada, again: ada.password, email: 'eve@example.org' })
      .expect(403);
    assert.equal(await persons(app.ctx.db).countDocuments({}), 1);
  });

  it('shows everything wrong with the form at once and keeps what was typed, but no password', async () => {
    const path = await welcome();
    const { text } = await app.app
      .post(path)
      .type('form')
      .send({ email: 'nobody', name: ' ', password: 'secret-secret', again: 'other' })
      .expect(422);
    for (const sentence of [
      'Enter your e-mail address.',
      'Enter your name.',
      'The two passwords are not the same.',
    ])
      assert.ok(text.includes(sentence), sentence);
    assert.ok(text.includes('value="nobody"') && !text.includes('secret-secret'));
    await app.app
      .post(path)
      .type('form')
      .send({ ...ada, password: 'short', again: 'short' })
      .expect(422, /at least 12 characters/);
    await app.app.get(path).expect(200);
  });

  it('knows no token that is not one', async () => {
    for (const token of ['x', '%00', '%2e%2e', '$ne', 'a'.repeat(3000)])
      await app.app.get(`/welcome/${token}`).expect(403);
    await app.app.get('/welcome/%').expect(400);
  });

  it('sends people back to the page they wanted', async () => {
    await signedIn(app);
    const asked = await app.app.get('/admin/deliveries?status=waiting').expect(303);
    assert.equal(asked.headers.location, '/sign-in?next=%2Fadmin%2Fdeliveries%3Fstatus%3Dwaiting');
    const { text } = await app.app.get(asked.headers.location).expect(200);
    const next = /name="next" value="([^"]+)"/.exec(text)![1];
    await app.app
      .post('/sign-in')
      .type('form')
      .send({ ...credentials, next })
      .expect(303)
      .expect('Location', '/admin/deliveries?status=waiting');
  });

  for (const next of [
    '//evil.example',
    'https://evil.example/admin',
    '/admin\\evil',
    '/admin//evil.example',
    'javascript:alert(1)',
    '/adminx',
    '',
  ]) {
    it(`sends nobody to ${JSON.stringify(next)}`, async () => {
      await signedIn(app);
      await app.app
        .post('/sign-in')
        .type('form')
        .send({ ...credentials, next })
        .expect(303)
        .expect('Location', '/admin');
    });
  }

  it('refuses a wrong password with a sentence, and after five with a time to wait', async () => {
    await signedIn(app);
    for (let i = 0; i < 5; i++) {
      const { text } = await app.app
        .post('/sign-in')
        .type('form')
        .send({ ...credentials, password: 'wrong' })
        .expect(401);
      assert.match(text, /The e-mail address or the password is wrong/);
    }
    const { headers } = await app.app
      .post('/sign-in')
      .type('form')
      .send(credentials)
      .expect(429, /Wait 15 minutes/);
    assert.equal(headers['retry-after'], '900');
  });

  it('takes rubbish for a wrong password', async () => {
    await signedIn(app);
    await app.app.post('/sign-in').type('form').send('email[$ne]=x&password[$ne]=x').expect(401);
    await app.app.post('/sign-in').type('form').send('email=a&email=b&password=').expect(401);
    await app.app
      .post('/sign-in')
      .type('json')
      .send('{"email":{"$gt":""},"password":{"$gt":""}}')
      .expect(401);
    await app.app.post('/sign-in').expect(401);
    await app.app
      .post('/sign-in')
      .type('form')
      .send(`email=${'x'.repeat(300_000)}`)
      .expect(413);
  });

  it('gives a cookie that scripts and other sites do not get', async () => {
    await signedIn(app);
    const { headers } = await app.app.post('/sign-in').type('form').send(credentials).expect(303);
    const [cookie] = headers['set-cookie'] as unknown as string[];
    assert.match(
      cookie!,
      /^coursedock_\d+=[\w-]{32}; Max-Age=2592000; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/,
    );
  });

  it('signs out for good', async () => {
    const { agent, csrf } = await signedIn(app);
    const { headers } = await agent.post('/sign-in').type('form').send(credentials);
    const cookie = (headers['set-cookie'] as unknown as string[])[0]!.split(';')[0]!;
    const { text } = await app.app.get('/admin/keys').set('Cookie', cookie).expect(200);
    const token = /name="csrf" value="([^"]+)"/.exec(text)![1];
    assert.notEqual(token, csrf);
    await app.app.post('/sign-out').set('Cookie', cookie).type('form').send({ csrf: token }).expect(303);
    await app.app.get('/admin/keys').set('Cookie', cookie).expect(303);
  });

  it('lets nobody in without a session', async () => {
    for (const path of [
      '/admin',
      '/admin/courses',
      '/admin/courses/crs_x',
      '/admin/deliveries',
      '/admin/platforms',
      '/admin/keys',
      '/admin/platforms/connect',
    ]) {
      await app.app.get(path).expect(303);
      await app.app
        .get(path)
        .set('Accept', 'application/json')
        .expect(401)
        .expect('Content-Type', /problem\+json/);
      await app.app.post(path).expect(401);
    }
    assert.equal(await apiKeys(app.ctx.db).countDocuments({}), 0);
  });
});

describe('a cookie on https', () => {
  it('is bound to the host and to https', async () => {
    const app = await startApp({
      env: {
        PUBLIC_URL: 'https://courses.example.org',
        CONTENT_URL: 'https://content.example.org',
        HOST: '127.0.0.1',
      },
    });
    try {
      const path = new URL((await ensureFirstAdmin(app.ctx))!).pathname;
      const here = supertest(`http://127.0.0.1:${app.ctx.config.port}`);
      const { headers } = await here
        .post(path)
        .set('Host', 'courses.example.org')
        .type('form')
        .send({ ...ada, again: ada.password })
        .expect(303);
      assert.match(
        (headers['set-cookie'] as unknown as string[])[0]!,
        /^__Host-coursedock=[\w-]{32}; .*Path=\/; .*HttpOnly; Secure; SameSite=Lax$/,
      );
    } finally {
      await app.stop();
    }
  });
});

describe('forms of the work pages', () => {
  let app: TestApp;
  before(async () => void (app = await startApp()));
  after(() => app.stop());

  it('are taken only with the token of their session', async () => {
    const { agent, csrf } = await signedIn(app);
    for (const wrong of [undefined, '', 'x', csrf.slice(1), `${csrf}x`, [csrf, csrf]]) {
      await agent.post('/admin/keys').type('form').send({ name: 'A', csrf: wrong }).expect(403);
    }
    assert.equal(await apiKeys(app.ctx.db).countDocuments({}), 0);
    await agent.post('/admin/keys').type('form').send({ name: 'A', csrf }).expect(201);
  });

  it('are refused when another site sent them, even with the token', async () => {
    await persons(app.ctx.db).deleteMany({});
    const { agent, csrf } = await signedIn(app);
    const send = (headers: Record<string, string>) =>
      agent.post('/admin/keys').set(headers).type('form').send({ name: 'B', csrf });
    await send({ 'Sec-Fetch-Site': 'cross-site' }).expect(403);
    await send({ 'Sec-Fetch-Site': 'same-site' }).expect(403);
    await send({ 'Sec-Fetch-Site': 'none' }).expect(403);
    await send({ Origin: 'https://evil.example' }).expect(403);
    await send({ Origin: 'null' }).expect(403);
    await send({ Origin: app.contentUrl }).expect(403);
    await send({ Origin: app.url, 'Sec-Fetch-Site': 'same-origin' }).expect(201);
    await app.app
      .post('/sign-in')
      .set('Origin', 'https://evil.example')
      .type('form')
      .send(credentials)
      .expect(403);
  });

  it('stand on pages that no site may frame and no cache may keep', async () => {
    for (const path of ['/sign-in', '/', '/admin']) {
      const { headers } = await app.app.get(path);
      assert.match(headers['content-security-policy']!, /frame-ancestors 'none'/, path);
      assert.equal(headers['x-frame-options'], 'DENY', path);
      assert.equal(headers['cache-control'], 'no-store', path);
      assert.doesNotMatch(headers['content-security-policy']!, /unsafe/);
    }
  });

  it('do not change what other doors answer with', async () => {
    const { headers } = await app.app.get('/lti/launch');
    assert.equal(headers['x-frame-options'], undefined);
  });

  it('remember the chosen colours', async () => {
    await persons(app.ctx.db).deleteMany({});
    const { agent, csrf } = await signedIn(app);
    await agent.post('/admin/theme').type('form').send({ csrf, theme: 'dark' }).expect(303);
    await agent.get('/admin/keys').expect(200, /<html lang="en" data-theme="dark">/);
    await agent.post('/admin/theme').type('form').send({ csrf, theme: 'system' }).expect(303);
    await agent.get('/admin/keys').expect(200, /<html lang="en">/);
    await agent.post('/admin/theme').type('form').send({ csrf, theme: '"><script>' }).expect(400);
  });

  it('have an error page inside the frame of the work pages', async () => {
    await persons(app.ctx.db).deleteMany({});
    const { agent } = await signedIn(app);
    const { text } = await agent.get('/admin/courses/crs_nothere').expect(404);
    assert.match(text, /There is no course here\./);
    assert.match(text, /href="\/admin\/deliveries"/);
  });
});
