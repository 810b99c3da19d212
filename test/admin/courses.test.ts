import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { courses, versions } from '../../src/packages/course.model.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { makePackage, scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { endless, hostile } from './busy-workspace.ts';
import { signedIn, type Agent } from './signed-in.ts';

describe('courses on the work pages', () => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  before(async () => {
    app = await startApp({ env: { MAX_UPLOAD_MB: '1' } });
    ({ agent, csrf } = await signedIn(app));
  });
  after(() => app.stop());
  afterEach(async () =>
    assert.deepEqual(await readdir(join(app.dataDir, 'uploads')), [], 'an upload stayed on disk'),
  );

  const upload = (zip: Buffer | undefined, filename = 'course.zip', path = '/admin/courses') => {
    const post = agent.post(path).field('csrf', csrf);
    return zip ? post.attach('file', zip, filename) : post;
  };
  const add = async (zip: Buffer) => {
    const { headers } = await upload(zip).expect(303);
    return new URL(headers.location!, app.url).pathname;
  };
  const count = () => courses(app.ctx.db).countDocuments({ removedAt: { $exists: false } });

  it('are none at first, and the page says what will be there', async () => {
    await agent.get('/admin/courses').expect(200, /No courses yet/);
  });

  it('are added by a plain form, which leads to the course', async () => {
    const address = await add(scorm12Package({ title: 'Moving loads' }));
    assert.match(address, /^\/admin\/courses\/crs_/);
    await agent.get(`${address}?said=added`).expect(200, /The course was added/);
    await agent.get('/admin/courses').expect(200, /Moving loads/);
  });

  it('are added by the script, which is told the address', async () => {
    const { body } = await upload(scorm2004Package({ title: 'Data protection' }))
      .set('Accept', 'application/json')
      .expect(201);
    await agent.get(body.address).expect(200, /SCORM 2004/);
  });

  it('that are no packages are refused with every fault, on the page and to the script', async () => {
    const before = await count();
    const broken = makePackage({ 'imsmanifest.xml': '<manifest><organizations', 'a.html': 'x' });
    for (const zip of [
      Buffer.from('not a zip'),
      makePackage({ 'a.html': 'x' }),
      broken,
      scorm12Package().subarray(0, 700),
    ]) {
      const { text } = await upload(zip).expect(422);
      assert.match(text, /class="notice bad"/);
      const { body } = await upload(zip)
        .set('Accept', 'application/json')
        .expect(422)
        .expect('Content-Type', /problem\+json/);
      assert.ok(body.title && body.errors.length > 0, JSON.stringify(body));
      for (const { detail } of body.errors as { detail: string }[])
        assert.ok(!detail.includes(app.dataDir), detail);
    }
    assert.equal(await count(), before);
  });

  it('need a file', async () => {
    await upload(undefined).expect(400, /No file was sent/);
    await agent
      .post('/admin/courses')
      .type('form')
      .send({ csrf })
      .expect(400, /No file was sent/);
    await agent
      .post('/admin/courses')
      .field('csrf', csrf)
      .attach('file', Buffer.alloc(0), { filename: '' })
      .expect(400);
    await upload(Buffer.alloc(0)).expect(422);
  });

  it('come one at a time', async () => {
    await agent
      .post('/admin/courses')
      .field('csrf', csrf)
      .attach('file', scorm12Package(), 'a.zip')
      .attach('file', scorm12Package(), 'b.zip')
      .expect(400, /More than one file/);
    await agent
      .post('/admin/courses')
      .field('csrf', csrf)
      .attach('other', scorm12Package(), 'a.zip')
      .expect(400);
  });

  it('may be as large as was configured and no larger, announced or not', async () => {
    await upload(Buffer.alloc(1024 * 1024 + 1)).expect(413, /may have up to 1 MB/);
    await upload(Buffer.alloc(3 * 1024 * 1024)).expect(413);
    await upload(Buffer.alloc(1024 * 1024)).expect(422);
    assert.equal(await sendChunked(Buffer.alloc(2 * 1024 * 1024)), 413);
  });

  it('are not taken from a form that does not know its token, nor from another site', async () => {
    const before = await count();
    await agent.post('/admin/courses').attach('file', scorm12Package(), 'a.zip').expect(403);
    await agent
      .post('/admin/courses')
      .field('csrf', 'x')
      .attach('file', scorm12Package(), 'a.zip')
      .expect(403);
    await upload(scorm12Package()).set('Origin', 'https://evil.example').expect(403);
    await app.app
      .post('/admin/courses')
      .field('csrf', csrf)
      .attach('file', scorm12Package(), 'a.zip')
      .expect(401);
    assert.equal(await count(), before);
  });

  it('leave nothing behind when the upload breaks off', async () => {
    const body = Buffer.concat([Buffer.from(multipartHead), Buffer.alloc(100_000)]);
    const onDisk = async () => (await readdir(join(app.dataDir, 'uploads'))).length;
    const sent = request(`${app.url}/admin/courses`, {
      method: 'POST',
      headers: { ...asAda(), 'Content-Length': 500_000 },
    });
    const broken = new Promise((resolve) => sent.on('error', resolve));
    sent.write(body);
    await eventually(async () => (await onDisk()) === 1);
    sent.destroy();
    await broken;
    await eventually(async () => (await onDisk()) === 0);
    await agent.get('/admin/courses').expect(200);
  });

  it('survive forms that are not what they say', async () => {
    const post = (type: string, body: string) =>
      agent.post('/admin/courses').set('Content-Type', type).send(body);
    await post('multipart/form-data', 'x').expect(400);
    await post('multipart/form-data; boundary=b', '--b\r\nrubbish').expect(400);
    await post('multipart/form-data; boundary=b', '').expect(400);
  });

  it('have their names shown as text, however hostile or long', async () => {
    const [bad, long] = [
      await add(scorm12Package({ title: hostile })),
      await add(scorm12Package({ title: endless })),
    ];
    for (const path of [
      bad,
      long,
      '/admin/courses',
      `/admin/courses?search=${encodeURIComponent(hostile)}`,
    ]) {
      const { text } = await agent.get(path).expect(200);
      assert.ok(!text.includes('<img src=x'), path);
      assert.ok(text.length < 80_000, `${path} has ${text.length} characters`);
    }
  });

  it('are found by a part of their title, whatever characters it has', async () => {
    await add(scorm12Package({ title: 'What? (a+b) [c] .*' }));
    for (const search of ['(a+b)', '[C] .*', 'what?']) {
      const { text } = await agent.get('/admin/courses').query({ search }).expect(200);
      assert.ok(text.includes('What? (a+b) [c] .*') && !text.includes('Moving loads'), search);
    }
    await agent
      .get('/admin/courses')
      .query({ search: 'nothing has this' })
      .expect(200, /No course found/);
    await agent.get('/admin/courses?search=a&search=b').expect(200);
    await agent.get('/admin/courses?cursor=rubbish').expect(400);
  });

  it('can be given another title and description', async () => {
    const address = await add(scorm12Package({ title: 'Old' }));
    await agent
      .post(address)
      .type('form')
      .send({ csrf, title: ' New title ', description: 'For teachers' })
      .expect(303);
    const { text } = await agent.get(address).expect(200);
    assert.match(text, /<h1><span class="few-lines">New title<\/span><\/h1>/);
    await agent
      .post(address)
      .type('form')
      .send({ csrf, title: '  ' })
      .expect(422, /Enter a title/);
    await agent.post('/admin/courses/crs_x').type('form').send({ csrf, title: 'x' }).expect(404);
  });

  it('take a new version and publish it', async () => {
    const address = await add(scorm12Package({ title: 'Versioned' }));
    const { headers } = await upload(
      scorm12Package({ title: 'Versioned again' }),
      'v2.zip',
      `${address}/versions`,
    ).expect(303);
    const { text } = await agent.get(headers.location!).expect(200, /The new version is published/);
    assert.match(text, /Version 2[\s\S]+Published[\s\S]+Version 1/);
    await upload(Buffer.from('no zip'), 'v3.zip', `${address}/versions`).expect(422, /class="notice bad"/);
    assert.equal(await versions(app.ctx.db).countDocuments({ course: address.split('/').at(-1)! }), 2);
    await upload(scorm12Package(), 'v.zip', '/admin/courses/crs_x/versions').expect(404);
  });

  it('can be previewed as learners see them, which counts nowhere', async () => {
    const address = await add(scorm12Package({ title: 'Seen' }));
    const { headers } = await agent.post(`${address}/preview`).type('form').send({ csrf }).expect(303);
    assert.match(headers.location!, new RegExp(`^${app.contentUrl}/play#[\\w-]{20,}$`));
    const [attempt] = await attempts(app.ctx.db)
      .find({ course: address.split('/').at(-1)! })
      .lean();
    assert.equal(attempt!.graded, false);
    await agent.get(address).expect(200, /Preview · Version 1/);
  });

  it('can be had as a dispatch ZIP, again and again, until it is closed', async () => {
    const address = await add(scorm12Package({ title: 'Given away' }));
    const get = (standard: string) =>
      agent
        .post(`${address}/dispatches`)
        .type('form')
        .send({ csrf, name: 'Customer "A" / Ltd.', standard })
        .buffer()
        .parse((res, done) => {
          const parts: Buffer[] = [];
          res.on('data', (part: Buffer) => parts.push(part));
          res.on('end', () => done(null, Buffer.concat(parts)));
        });
    for (const standard of ['scorm12', 'scorm2004']) {
      const { headers, body } = await get(standard).expect(200);
      assert.match(
        headers['content-disposition']!,
        new RegExp(`^attachment; filename="?customer-a-ltd-${standard}.zip"?$`),
      );
      assert.ok(new AdmZip(body as Buffer).getEntry('imsmanifest.xml'));
    }
    await get('scorm3').expect(400);
    const { text } = await agent.get(address).expect(200);
    const dispatch = /href="([^"]+)\/scorm12\.zip"/.exec(text)![1]!;
    await agent.get(`${dispatch}/scorm2004.zip`).expect(200).expect('Content-Type', 'application/zip');
    await agent.post(dispatch).type('form').send({ csrf, turn: 'off' }).expect(303);
    await agent.get(address).expect(200, /Closed/);
  });

  it('are removed after a question, and their address is gone', async () => {
    const address = await add(scorm12Package({ title: 'Short-lived' }));
    await agent.get(`${address}/remove`).expect(200, /Remove “Short-lived”\?/);
    await agent.get(address).expect(200);
    await agent
      .post(`${address}/remove`)
      .type('form')
      .send({ csrf })
      .expect(303, /said=removed/);
    await agent.get(address).expect(404);
    await agent.get('/admin/courses?search=Short-lived').expect(200, /No course found/);
  });

  const multipartHead =
    '--b\r\nContent-Disposition: form-data; name="file"; filename="a.zip"\r\nContent-Type: application/zip\r\n\r\n';
  const asAda = () => ({
    'Content-Type': 'multipart/form-data; boundary=b',
    Cookie: agent.jar
      .getCookies({ domain: 'localhost', path: '/', secure: false, script: false })
      .toValueString(),
  });

  /** An upload that does not say how long it is. */
  function sendChunked(content: Buffer): Promise<number | undefined> {
    const form = `--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${csrf}\r\n${multipartHead}`;
    return new Promise((resolve, reject) => {
      const sent = request(`${app.url}/admin/courses`, { method: 'POST', headers: asAda() }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      sent.on('error', reject);
      sent.write(form);
      sent.end(Buffer.concat([content, Buffer.from('\r\n--b--\r\n')]));
    });
  }
});

/** For what happens after an answer, or without one. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 100 && !(await isSo()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(await isSo());
}
