import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createApiKey } from '../../src/access/api-keys.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { startApp, type TestApp } from '../support/app.ts';
import {
  assetPackage,
  makePackage,
  scorm12Files,
  scorm12Package,
  scorm2004Package,
} from '../support/make-package.ts';

const odd = join(import.meta.dirname, '../../../shared/packages/synthetic-odd');

describe('POST /api/v1/courses', () => {
  let at: TestApp;
  let key: string;

  before(async () => {
    at = await startApp({ env: { MAX_UPLOAD_MB: '1' } });
    ({ key } = await createApiKey(at.ctx, {
      workspace: await defaultWorkspace(at.ctx),
      name: 'test',
      by: 'test',
    }));
  });
  after(() => at.stop());

  const post = (zip?: Buffer, path = '/api/v1/courses') => {
    const request = at.app.post(path).set('Authorization', `Bearer ${key}`);
    return zip ? request.attach('file', zip, 'course.zip') : request;
  };
  const get = (path: string) => at.app.get(`/api/v1${path}`).set('Authorization', `Bearer ${key}`);
  /** Whatever an upload could leave behind: the received file, what was unpacked, a version's folder. */
  const onDisk = () =>
    ['uploads', 'files/staging', 'files/versions'].map((dir) =>
      readdirSync(join(at.dataDir, dir)).toSorted(),
    );

  it('answers 201 with id, title, standard, version and warnings, and the course is in the list', async () => {
    const { body } = await post(scorm2004Package({ title: 'Ålesund – 世界 🚢', edition: '4th' })).expect(201);
    assert.match(body.id, /^crs_/);
    assert.deepEqual(
      [body.title, body.standard, body.edition, body.version, body.warnings],
      ['Ålesund – 世界 🚢', 'scorm2004', '2004 4th Edition', 1, []],
    );
    assert.deepEqual((await get(`/courses/${body.id}`).expect(200)).body, body);
    const list = await get('/courses?search=ålesund').expect(200);
    assert.deepEqual(list.body, { data: [body], nextCursor: null });
  });

  it('adds a version to a course and publishes it', async () => {
    const first = (await post(scorm12Package({ title: 'Twice' })).expect(201)).body;
    const second = (
      await post(scorm12Package({ title: 'Twice' }), `/api/v1/courses/${first.id}/versions`).expect(201)
    ).body;
    assert.deepEqual([second.id, second.version], [first.id, 2]);
    assert.notEqual(second.versionId, first.versionId);
  });

  it('pages through many courses, none twice', async () => {
    for (let i = 0; i < 5; i++) await post(scorm12Package({ title: `Page ${i}` })).expect(201);
    const seen: string[] = [];
    for (let cursor = ''; ;) {
      const { body } = await get(`/courses?search=Page&limit=2${cursor && `&cursor=${cursor}`}`).expect(200);
      seen.push(...body.data.map((course: { title: string }) => course.title));
      if (!body.nextCursor) break;
      cursor = body.nextCursor;
    }
    assert.deepEqual(seen, ['Page 4', 'Page 3', 'Page 2', 'Page 1', 'Page 0']);
  });

  it('removes a course: it is in no list and at no address any more', async () => {
    const { body } = await post(scorm12Package({ title: 'Gone' })).expect(201);
    await at.app.delete(`/api/v1/courses/${body.id}`).set('Authorization', `Bearer ${key}`).expect(204);
    await get(`/courses/${body.id}`).expect(404);
    assert.deepEqual((await get('/courses?search=Gone')).body.data, []);
    assert.deepEqual((await get('/courses?search=%00%7B%7D').expect(200)).body.data, []);
  });

  const patch = (id: string, body: unknown) =>
    at.app
      .patch(`/api/v1/courses/${id}`)
      .set('Authorization', `Bearer ${key}`)
      .send(body as object);

  it('says how a course plays, and lets that be changed rule by rule', async () => {
    const { body: course } = await post(assetPackage({ title: 'Slides' })).expect(201);
    const usual = { window: 'here', attempts: 0, again: 'finished', completion: { by: 'course' } };
    assert.deepEqual([course.reports, course.play], [false, usual]);
    const time = { by: 'time', seconds: 600 };
    const { body: changed } = await patch(course.id, { play: { completion: time, attempts: 3 } }).expect(200);
    assert.deepEqual(changed.play, { ...usual, completion: time, attempts: 3 });
    await patch(course.id, { play: { window: 'new' } }).expect(200);
    const { body: now } = await get(`/courses/${course.id}`).expect(200);
    assert.deepEqual(now.play, { ...usual, completion: time, attempts: 3, window: 'new' });
    assert.equal((await post(scorm12Package()).expect(201)).body.reports, true);
    await patch('crs_none', { play: { window: 'new' } }).expect(404);
  });

  const noRules: [unknown, RegExp][] = [
    [{}, /play/],
    [{ play: null }, /play/],
    [{ play: { window: 'wide' } }, /play\.window/],
    [{ play: { attempts: 1.5, again: 'often' } }, /play\.attempts[^]*play\.again/],
    [{ play: { attempts: -1 } }, /play\.attempts/],
    [{ play: { colour: 'red' } }, /colour/],
    [{ play: { completion: { by: 'time' } } }, /play\.completion\.seconds/],
    [{ play: { completion: { by: 'time', seconds: 1e9 } } }, /play\.completion\.seconds/],
    [{ play: { completion: { by: 'score', atLeast: 80 } } }, /play\.completion\.atLeast/],
    [{ play: { completion: { by: 'exit', seconds: 3 } } }, /seconds/],
    [{ play: { completion: { by: '$where' } } }, /play\.completion/],
    [{ play: { completion: 'opened' } }, /play\.completion/],
    [{ play: {}, title: 'x' }, /title/],
  ];
  for (const [change, says] of noRules) {
    it(`answers 422 with every fault to ${JSON.stringify(change)}`, async () => {
      const { body: course } = await post(scorm12Package()).expect(201);
      const { body } = await patch(course.id, change)
        .expect(422)
        .expect('Content-Type', /problem\+json/);
      assert.match(body.errors.map(({ detail }: { detail: string }) => detail).join('\n'), says);
      assert.deepEqual((await get(`/courses/${course.id}`)).body.play, course.play);
    });
  }

  const noLaunch = () => {
    const { 'index.html': _gone, ...rest } = scorm12Files();
    return makePackage(Object.fromEntries(Object.entries(rest).filter(([name]) => !name.endsWith('.html'))));
  };
  const faulty: [what: string, status: number, says: RegExp, zip: () => Buffer][] = [
    ['not a ZIP', 422, /ZIP/i, () => Buffer.from('a course, I swear')],
    ['an empty file', 422, /ZIP|empty/i, () => Buffer.alloc(0)],
    ['a ZIP without a manifest', 422, /imsmanifest\.xml/, () => makePackage({ 'index.html': '<p>hello' })],
    [
      'a manifest that is not XML',
      422,
      /XML/,
      () => makePackage({ 'imsmanifest.xml': 'title: hello', 'index.html': '' }),
    ],
    ['a launch file that is missing', 422, /not in the ZIP/, noLaunch],
    ['a truncated ZIP', 422, /ZIP|incomplete|truncated|cut/i, () => scorm12Package().subarray(0, -200)],
    ['an upload over the limit', 413, /large|limit/i, () => Buffer.alloc(1.5 * 1024 * 1024)],
    ['an upload far over the limit', 413, /large|limit/i, () => Buffer.alloc(5 * 1024 * 1024)],
    ...(['zip-slip.zip', 'truncated.zip', 'missing-launch-file.zip', 'not-a-package.zip'] as const).map(
      (name): (typeof faulty)[number] => [name, 422, /./, () => readFileSync(join(odd, name))],
    ),
  ];
  for (const [what, status, says, zip] of faulty) {
    it(`refuses ${what} with the reason, and leaves nothing behind`, async function () {
      if (what.endsWith('.zip') && !existsSync(odd)) {
        process.stderr.write(`      (skipped: ${what} is not here)\n`);
        return this.skip();
      }
      const before = onDisk();
      const { body, headers } = await post(zip()).expect(status);
      assert.match(headers['content-type'] ?? '', /^application\/problem\+json/);
      assert.match(
        [body.title, body.detail, ...(body.errors ?? []).map((e: { detail: string }) => e.detail)].join(' '),
        says,
      );
      assert.doesNotMatch(JSON.stringify(body), /\bat .*\.ts:\d+/);
      assert.deepEqual(onDisk(), before);
      await at.app.get('/health/live').expect(200);
    });
  }

  it('refuses a form without a file, and one whose file has another name', async () => {
    assert.equal((await post().expect(400)).body.code, 'no-file');
    const elsewhere = await at.app
      .post('/api/v1/courses')
      .set('Authorization', `Bearer ${key}`)
      .attach('package', scorm12Package(), 'course.zip')
      .expect(400);
    assert.equal(elsewhere.body.code, 'no-file');
    assert.match(elsewhere.body.detail, /a field named file/);
    assert.deepEqual(onDisk()[0], []);
  });

  it('reports all faults of a package at once', async () => {
    const files = scorm12Files({ items: [{ title: 'One' }, { title: 'Two' }] } as never);
    const zip = makePackage({ 'imsmanifest.xml': files['imsmanifest.xml']! });
    const { body } = await post(zip).expect(422);
    assert.ok(body.errors.length >= 2, JSON.stringify(body));
  });
});

describe('the API', () => {
  let at: TestApp;
  let key: string;

  before(async () => {
    at = await startApp();
    ({ key } = await createApiKey(at.ctx, {
      workspace: await defaultWorkspace(at.ctx),
      name: 'test',
      by: 'test',
    }));
  });
  after(() => at.stop());

  it('refuses a missing, a mistyped and a foreign key with 401, before it reads an upload', async () => {
    for (const header of [undefined, 'Bearer ', 'Bearer x', `Bearer ${key.slice(0, -1)}`, `Basic ${key}`]) {
      const request = at.app.post('/api/v1/courses').attach('file', scorm12Package(), 'course.zip');
      const answer = await (header ? request.set('Authorization', header) : request);
      assert.equal(answer.status, 401, header);
      assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer/);
    }
    assert.equal(
      existsSync(join(at.dataDir, 'uploads')) ? readdirSync(join(at.dataDir, 'uploads')).length : 0,
      0,
    );
  });

  it('takes the key from X-API-Key too', async () => {
    await at.app.get('/api/v1/courses').set('X-API-Key', key).expect(200);
  });

  it('makes an invitation whose address an LMS registers at', async () => {
    const { body } = await at.app.post('/api/v1/invitations').set('X-API-Key', key).expect(201);
    assert.match(body.url, new RegExp(`^${at.url}/lti/register/[\\w-]{32,}$`));
  });

  const rubbish = [
    '/courses/%00',
    '/courses/..%2f..%2fetc',
    '/courses/crs_0',
    '/courses?limit=0',
    '/courses?limit=1e9',
    '/courses?limit[$gt]=1',
    '/courses?cursor=%7B%22$gt%22%3A1%7D',
    '/courses?search=' + '('.repeat(300),
    '/courses?search=(%5B%5C',
    '/attempts?course[$ne]=1',
    '/attempts?course=' + 'x'.repeat(5000),
    '/attempts?cursor=zzz',
    '/deliveries?status=lost',
    '/deliveries?cursor=%ff',
    '/nowhere',
  ];
  for (const path of rubbish) {
    it(`answers ${path.slice(0, 60)} with a list or a 4xx`, async () => {
      const answer = await at.app.get(`/api/v1${path}`).set('X-API-Key', key);
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
    });
  }

  it('lets a key do what its scopes say, and no more', async () => {
    const workspace = await defaultWorkspace(at.ctx);
    const reader = await createApiKey(at.ctx, { workspace, name: 'r', by: 'test', scopes: ['courses:read'] });
    await at.app.get('/api/v1/courses').set('X-API-Key', reader.key).expect(200);
    const upload = at.app.post('/api/v1/courses').set('X-API-Key', reader.key);
    assert.equal(
      (await upload.attach('file', scorm12Package(), 'c.zip').expect(403)).body.code,
      'scope-missing',
    );
    for (const path of ['/attempts', '/deliveries'])
      await at.app.get(`/api/v1${path}`).set('X-API-Key', reader.key).expect(403);
    await at.app.post('/api/v1/invitations').set('X-API-Key', reader.key).expect(403);
  });

  it('shows the courses of one workspace only', async () => {
    const other = await createApiKey(at.ctx, { workspace: 'wsp_other', name: 'other', by: 'test' });
    const mine = await at.app
      .post('/api/v1/courses')
      .set('X-API-Key', key)
      .attach('file', scorm12Package(), 'c.zip')
      .expect(201);
    await at.app.get(`/api/v1/courses/${mine.body.id}`).set('X-API-Key', other.key).expect(404);
    assert.deepEqual(
      (await at.app.get('/api/v1/courses').set('X-API-Key', other.key).expect(200)).body.data,
      [],
    );
    await at.app.delete(`/api/v1/courses/${mine.body.id}`).set('X-API-Key', other.key).expect(404);
  });
});
