import assert from 'node:assert/strict';
import type { Response } from 'supertest';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { contentPath } from '../../src/player/content-path.ts';
import { expiries } from '../../src/player/cookies.ts';
import type { Act } from '../../src/scorm/engine.ts';
import { freePort, startApp, type TestApp } from '../support/app.ts';
import { makeClock } from '../support/clock.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { addCourse, launch, type Ingested } from './world.ts';

const hour = 3_600_000;
const clock = makeClock();
let app: TestApp;
let course: Ingested;

before(async () => {
  app = await startApp({ overrides: { now: clock.now } });
  course = await addCourse(app, scorm12Package({ title: 'Doors' }));
});
after(() => app?.stop());

const post = (path: string, token: string) => app.content.post(path).set('Authorization', `Bearer ${token}`);
const acts = (...more: Act[]): Act[] => [
  { do: 'open', activity: 'item_1' },
  { do: 'initialize', activity: 'item_1' },
  ...more,
];
const completed: Act = {
  do: 'set',
  activity: 'item_1',
  element: 'cmi.core.lesson_status',
  value: 'completed',
};

describe('cookies that courses have set', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, i) => `c${i}=${'x'.repeat(300)}`).join('; ');
  const taken = (answer: Response) => (answer.get('Set-Cookie') ?? []).map((line) => line.split('=')[0]!);

  it('are taken away where they are too many, some with each answer, until they are not', async () => {
    let left = Array.from({ length: 180 }, (_, i) => i);
    for (let tries = 0; left.length * 304 > 8_192; tries++) {
      assert.ok(tries < 12, `${left.length} are left`);
      const cookie = left.map((i) => `c${i}=${'x'.repeat(300)}`).join('; ');
      const gone = taken(await app.content.get('/play').set('Cookie', cookie).expect(200));
      assert.ok(gone.length > 0);
      left = left.filter((i) => !gone.includes(`c${i}`));
    }
  });

  it('stay where they are few, and on the origin of people', async () => {
    assert.deepEqual(taken(await app.content.get('/play').set('Cookie', many(20)).expect(200)), []);
    const page = await app.app.get('/admin/sign-in').set('Cookie', many(60));
    assert.deepEqual(
      taken(page).filter((name) => /^c\d/.test(name)),
      [],
    );
    assert.equal(page.get('Clear-Site-Data'), undefined);
  });

  const cases: [cookie: string, path: string, isSecure: boolean, lines: string[]][] = [
    ['a=1', '/', false, ['a=; Max-Age=0; Path=/']],
    ['a=1; a=2', '/play/open', false, ['a=; Max-Age=0; Path=/', 'a=; Max-Age=0; Path=/play']],
    [
      '__Host-a=1',
      '/',
      true,
      [
        '__Host-a=; Max-Age=0; Path=/; Secure; SameSite=None',
        '__Host-a=; Max-Age=0; Path=/; Secure; SameSite=None; Partitioned',
      ],
    ],
    ['a b=1; =2; ;\u00e9=3; x\ty=4', '/', false, ['a b=; Max-Age=0; Path=/', '\u00e9=; Max-Age=0; Path=/']],
    [`${'n'.repeat(4_000)}=1; b=2`, '/', false, [`${'n'.repeat(4_000)}=; Max-Age=0; Path=/`]],
  ];
  for (const [cookie, path, isSecure, lines] of cases)
    it(`end by ${lines.length} lines: ${cookie.slice(0, 20)} at ${path}`, () =>
      assert.deepEqual(expiries(cookie, path, isSecure), lines));
});

describe('GET /play', () => {
  it('is the same page for everybody, with a policy, and may stand in any LMS', async () => {
    const page = await app.content.get('/play').expect(200).expect('Content-Type', /html/);
    const policy = page.get('Content-Security-Policy') ?? '';
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
    assert.ok(nonce && page.text.includes(`nonce="${nonce}"`));
    assert.match(policy, /frame-ancestors https: http:/);
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(page.get('Referrer-Policy'), 'no-referrer');
    assert.equal(page.get('Permissions-Policy'), 'unload=(self)');
    assert.equal(page.get('Set-Cookie'), undefined);
    assert.equal(page.get('X-Frame-Options'), undefined);
    const again = await app.content.get('/play');
    const bare = (text: string) => text.replaceAll(/nonce="[^"]*"/g, '');
    assert.equal(bare(again.text), bare(page.text));
  });

  it('brings its script and styles from the same origin', async () => {
    const { text } = await app.content.get('/play');
    const needs = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    assert.ok(
      needs.includes('/player/player.js') && needs.includes('/player.css') && needs.includes('/tokens.css'),
    );
    for (const path of needs) await app.content.get(path).expect(200);
  });

  it('is not on the origin where people are signed in', async () => {
    await app.app.get('/play').expect(404);
    await app.app.post('/play/open').expect(404);
  });

  it('gives nothing to a service worker, and lets no cache give it', async () => {
    const base = contentPath(app.ctx, course.version._id);
    for (const path of ['/play', '/player/player.js', `${base}/shared/course.js`, `${base}/item_1.html`]) {
      const { headers } = await app.content.get(path).expect(200);
      assert.match(headers.vary ?? '', /\bService-Worker\b/, path);
      assert.equal(headers['service-worker-allowed'], undefined);
      await app.content.get(path).set('Service-Worker', 'script').expect(404);
    }
  });

  it('knows no cookies: neither sets one nor believes one', async () => {
    const { token } = await launch(app, course);
    const names = ['token', 'key', 'launch', 'coursedock', '__Host-coursedock', 'Authorization'];
    const cookie = names.map((name) => `${name}=${token}; ${name}=Bearer ${token}`).join('; ');
    for (const path of ['open', 'commit', 'status']) {
      const answer = await app.content.post(`/play/${path}`).set('Cookie', cookie).send({}).expect(401);
      assert.equal(answer.get('Set-Cookie'), undefined);
    }
  });

  it('has nothing of the pages for work on its origin', async () => {
    for (const path of ['/admin/live.js', '/launch/picker.js', '/player/../admin/live.js', '/.gitignore']) {
      await app.content.get(path).set('Accept', 'application/json').expect(404);
    }
  });
});

describe('POST /play/open', () => {
  it('tells the player all it needs, once it knows the launch', async () => {
    const { token, launch: record } = await launch(app, course, {
      returnUrl: 'https://lms.example/back',
      platformName: 'Moodle',
    });
    const { body } = await post('/play/open', token)
      .expect(200)
      .expect('Cache-Control', /no-store/);
    assert.equal(body.launch, record._id);
    assert.equal(body.seq, 0);
    assert.equal(body.title, 'Doors');
    assert.deepEqual(body.settings, { learner: { id: 'ann', name: 'ann Lee' }, mode: 'normal' });
    assert.equal(body.definition.standard, 'scorm12');
    assert.equal(body.returnUrl, 'https://lms.example/back');
    assert.equal(body.platformName, 'Moodle');
    assert.equal(body.graded, true);
    await app.content.get(`${body.files}/item_1.html`).expect(200);
  });

  it('reads course and link once', async () => {
    const { token } = await launch(app, course, { who: 'once' });
    const asked: string[] = [];
    app.ctx.db.set('debug', (collection: string) => void asked.push(collection));
    await post('/play/open', token).expect(200);
    app.ctx.db.set('debug', false);
    for (const collection of ['courses', 'links'])
      assert.equal(asked.filter((name) => name === collection).length, 1, collection);
  });

  it('gives a key of its own to each attempt that counts, the same at every launch, and says when to be heard of', async () => {
    const opened = async (...[of, wish]: [Ingested, Parameters<typeof launch>[2]]) =>
      (await post('/play/open', (await launch(app, of, wish)).token).expect(200)).body;
    const one = await opened(course, { who: 'kay' });
    assert.deepEqual((await opened(course, { who: 'kay' })).keep, one.keep);
    const { keep: other } = await opened(course, { who: 'lee' });
    assert.match(one.keep.key, /^[\w-]{43}$/);
    assert.match(one.keep.name, /^[\w-]{22}$/);
    assert.notEqual(other.key, one.keep.key);
    assert.notEqual(other.name, one.keep.name);
    assert.ok(one.beat > 0 && one.beat * 2 < app.ctx.config.sessionMinutes * 60);
    for (const wish of [{ graded: false }, { mode: 'browse' as const }, { mode: 'review' as const }])
      assert.equal((await opened(course, { who: 'kay', ...wish })).keep, undefined);
  });

  const strange = [
    '',
    'x',
    'Bearer',
    'Bearer ',
    'Basic YTpi',
    `Bearer ${'a'.repeat(32)}`,
    `Bearer ${'a'.repeat(5_000)}`,
    'Bearer {"$ne":1}',
  ];
  for (const authorization of strange) {
    it(`refuses the authorization "${authorization.slice(0, 40)}"`, async () => {
      for (const path of ['/play/open', '/play/commit', '/play/status', '/play/alive', '/play/recover']) {
        const commit = { seq: 1, patch: [] };
        const bodies: Record<string, object> = {
          '/play/commit': { launch: 'l', ...commit },
          '/play/recover': { launch: 'l', commits: [commit] },
        };
        const body = bodies[path] ?? {};
        const { body: problem } = await app.content
          .post(path)
          .set('Authorization', authorization)
          .send(body)
          .expect(401);
        assert.match(problem.code, /launch-unknown/);
        assert.ok(problem.title && problem.detail);
      }
    });
  }

  it('takes no token from the address', async () => {
    const { token } = await launch(app, course);
    await app.content.post(`/play/open?token=${token}&access_token=${token}`).expect(401);
  });

  it('refuses a launch whose time is over', async () => {
    const { token } = await launch(app, course);
    clock.advance(25 * hour);
    const { body } = await post('/play/open', token).expect(401);
    assert.equal(body.code, 'launch-expired');
  });

  it('refuses a launch that was overtaken before it was opened', async () => {
    const first = await launch(app, course);
    await launch(app, course);
    const { body } = await post('/play/open', first.token)
      .expect(409)
      .expect('Content-Type', /problem\+json/);
    assert.equal(body.code, 'opened-elsewhere');
  });
});

describe('POST /play/commit', () => {
  it('stores what was done and answers what it came to', async () => {
    const {
      token,
      launch: { _id },
    } = await launch(app, course, { who: 'bo' });
    const { body } = await post('/play/commit', token)
      .send({ launch: _id, seq: 1, patch: acts(completed) })
      .expect(200);
    assert.equal(body.seq, 1);
    assert.equal(body.progress.completion, 'completed');
    const { body: again } = await post('/play/commit', token)
      .send({ launch: _id, seq: 1, patch: acts(completed) })
      .expect(200);
    assert.equal(again.revision, body.revision);
    const { body: status } = await post('/play/status', token).expect(200);
    assert.equal(status.progress.completion, 'completed');
    assert.equal(status.savedAt, clock.now().toISOString());
  });

  it('takes the last word of a closing page: several commits in one request, the first perhaps stored before', async () => {
    const {
      token,
      launch: { _id },
      attempt,
    } = await launch(app, course, { who: 'cy' });
    const first = { seq: 1, patch: acts() };
    await post('/play/commit', token)
      .send({ launch: _id, ...first })
      .expect(200);
    const commits = [
      first,
      { seq: 2, patch: [completed] },
      { seq: 3, patch: [{ do: 'terminate', activity: 'item_1', ms: 5_000 }] },
    ];
    const { body } = await post('/play/commit', token).send({ launch: _id, commits }).expect(200);
    assert.equal(body.seq, 3);
    assert.equal(body.progress.completion, 'completed');
    const stored = await attempts(app.ctx.db).findOne({ _id: attempt._id }).lean();
    assert.equal(stored?.revision, 3);
  });

  it('says where to go on when a commit is missing, and who took over', async () => {
    const one = await launch(app, course, { who: 'di' });
    const { body: gap } = await post('/play/commit', one.token)
      .send({ launch: one.launch._id, seq: 5, patch: [] })
      .expect(409);
    assert.equal(gap.code, 'gap');
    assert.equal(gap.expected, 1);
    await launch(app, course, { who: 'di' });
    const { body } = await post('/play/commit', one.token)
      .send({ launch: one.launch._id, seq: 1, patch: [] })
      .expect(409);
    assert.equal(body.code, 'opened-elsewhere');
  });

  it("does not take one launch's commits with another's token", async () => {
    const eve = await launch(app, course, { who: 'eve' });
    const fay = await launch(app, course, { who: 'fay' });
    await post('/play/commit', eve.token)
      .send({ launch: fay.launch._id, seq: 1, patch: acts(completed) })
      .expect(401);
    const stored = await attempts(app.ctx.db).findOne({ _id: fay.attempt._id }).lean();
    assert.equal(stored?.revision, 0);
  });

  const set = (more: object) => [
    { do: 'set', activity: 'item_1', element: 'cmi.comments', value: 'x', ...more },
  ];
  const rubbish: [name: string, body: unknown][] = [
    ['nothing', {}],
    ['a list', []],
    ['no patch', { launch: 'l', seq: 1 }],
    ['a patch that is none', { launch: 'l', seq: 1, patch: 'open' }],
    ['seq 0', { launch: 'l', seq: 0, patch: [] }],
    ['a negative seq', { launch: 'l', seq: -1, patch: [] }],
    ['a broken seq', { launch: 'l', seq: 1.5, patch: [] }],
    ['a seq as text', { launch: 'l', seq: '1', patch: [] }],
    ['a launch that is a query', { launch: { $ne: '' }, seq: 1, patch: [] }],
    ['an act nobody knows', { launch: 'l', seq: 1, patch: [{ do: 'grade', activity: 'item_1' }] }],
    ['an act without activity', { launch: 'l', seq: 1, patch: [{ do: 'open' }] }],
    ['a value that is a number', { launch: 'l', seq: 1, patch: set({ value: 1 }) }],
    ['a value that is a query', { launch: 'l', seq: 1, patch: set({ value: { $gt: '' } }) }],
    ['more than an act has', { launch: 'l', seq: 1, patch: set({ score: 100 }) }],
    [
      'a time that runs backwards',
      { launch: 'l', seq: 1, patch: [{ do: 'commit', activity: 'item_1', ms: -1 }] },
    ],
    ['a way nobody knows', { launch: 'l', seq: 1, patch: [{ do: 'navigate', go: 'toTheEnd' }] }],
    [
      'a way to a query',
      { launch: 'l', seq: 1, patch: [{ do: 'navigate', go: 'choice', activity: { $gt: '' } }] },
    ],
    ['no commits', { launch: 'l', commits: [] }],
    [
      'too many commits',
      { launch: 'l', commits: Array.from({ length: 101 }, (_, i) => ({ seq: i + 1, patch: [] })) },
    ],
    ['both kinds at once', { launch: 'l', seq: 1, patch: [], commits: [] }],
    ['a progress of its own', { launch: 'l', seq: 1, patch: [], progress: { score: 1 } }],
  ];
  for (const [name, body] of rubbish) {
    it(`refuses ${name}`, async () => {
      const { token } = await launch(app, course, { who: 'gus' });
      const answer = await post('/play/commit', token)
        .send(body as object)
        .expect(400)
        .expect('Content-Type', /problem\+json/);
      assert.equal(answer.body.code, 'invalid');
    });
  }

  it('that a browser kept is taken at the next opening, by the same rules', async () => {
    const first = await launch(app, course, { who: 'ida' });
    const kept = { launch: first.launch._id, commits: [{ seq: 1, patch: acts(completed) }] };
    const { token } = await launch(app, course, { who: 'ida' });
    const { body } = await post('/play/recover', token).send(kept).expect(200);
    assert.deepEqual(body, { recovered: 1, lost: 0 });
    const { body: opened } = await post('/play/open', token).expect(200);
    assert.equal(opened.state.activities.item_1.cmi['cmi.core.lesson_status'], 'completed');
    for (const strange of [
      {},
      { ...kept, commits: [] },
      { ...kept, more: 1 },
      { ...kept, commits: [{ seq: 1 }] },
      { launch: { $ne: '' }, commits: kept.commits },
    ])
      await post('/play/recover', token).send(strange).expect(400);
  });

  it('may be long in coming while somebody is there', async () => {
    const { token, attempt } = await launch(app, course, { who: 'jo' });
    const { body } = await post('/play/open', token);
    await post('/play/commit', token).send({ launch: body.launch, seq: 1, patch: acts() });
    clock.advance(2 * hour);
    await post('/play/alive', token).expect(200);
    const { live } = (await attempts(app.ctx.db).findOne({ _id: attempt._id }).lean())!;
    assert.ok(clock.now().getTime() - live!.getTime() < 60_000);
    await launch(app, course, { who: 'jo' });
    assert.equal((await post('/play/alive', token).expect(409)).body.code, 'opened-elsewhere');
  });

  it('refuses what is not JSON, and what is far too large', async () => {
    const { token } = await launch(app, course, { who: 'hal' });
    await post('/play/commit', token).set('Content-Type', 'application/json').send('{"launch":').expect(400);
    await post('/play/commit', token).set('Content-Type', 'text/plain').send('hello').expect(400);
    await post('/play/commit', token)
      .send({ launch: 'x'.repeat(9_000_000), seq: 1, patch: [] })
      .expect(413);
  });

  for (const standard of ['SCORM 1.2', 'SCORM 2004'] as const) {
    it(`cannot be led out of ${standard} by a way that is none`, async () => {
      const made = standard === 'SCORM 1.2' ? scorm12Package({}) : scorm2004Package({});
      const ways = await addCourse(app, made);
      const opened = await launch(app, ways, { who: 'ivy' });
      const targets = ['__proto__', 'constructor', 'nowhere', 'x'.repeat(4096), undefined];
      const patch = [
        ...(['choice', 'jump', 'continue', 'exitAll', 'resumeAll'] as const).flatMap((go) =>
          targets.map((activity) => ({ do: 'navigate', go, activity })),
        ),
        { do: 'navigate', go: 'begin', activity: 'item_1' },
      ];
      const { body } = await post('/play/commit', opened.token)
        .send({ launch: opened.launch._id, seq: 1, patch })
        .expect(200);
      assert.notEqual(body.progress.completion, 'completed');
      const stored = await attempts(app.ctx.db).findOne({ _id: opened.attempt._id }).lean();
      assert.doesNotMatch(stored?.state ?? '', /__proto__|constructor|nowhere|xxxx/);
      await app.content.post('/play/open').set('Authorization', `Bearer ${opened.token}`).expect(200);
    });
  }

  it('cannot be made to write outside the course by the name of an element', async () => {
    const {
      token,
      launch: { _id },
      attempt,
    } = await launch(app, course, { who: 'ida' });
    const names = [
      '__proto__',
      'constructor.prototype.x',
      'settings.token',
      'cmi',
      'cmi.core',
      '$set',
      'cmi.core.__proto__.x',
      '',
    ];
    const patch = acts(
      ...names.map((element): Act => ({ do: 'set', activity: 'item_1', element, value: 'polluted' })),
      completed,
    );
    const { body } = await post('/play/commit', token).send({ launch: _id, seq: 1, patch }).expect(200);
    assert.equal(body.progress.completion, 'completed');
    const stored = await attempts(app.ctx.db).findOne({ _id: attempt._id }).lean();
    assert.doesNotMatch(stored?.state ?? '', /polluted/);
    assert.equal(({} as Record<string, unknown>).x, undefined);
  });
});

describe('GET /c/<version>/<seal>/<path>', () => {
  let base: string;
  beforeEach(() => {
    base = contentPath(app.ctx, course.version._id);
  });

  it('serves a file with its type, an ETag, and caching for as long as its address holds', async () => {
    const page = await app.content.get(`${base}/item_1.html?score=5`).expect(200);
    // No charset: the page's own <meta> decides.
    assert.equal(page.get('Content-Type'), 'text/html');
    assert.equal(page.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(page.get('Permissions-Policy'), 'unload=(self)');
    assert.match(page.get('Cache-Control') ?? '', /private, max-age=604800, immutable/);
    assert.match(page.get('Content-Security-Policy') ?? '', /frame-ancestors/);
    assert.equal(page.get('Set-Cookie'), undefined);
    assert.ok(page.get('ETag') && page.get('Last-Modified'));
    await app.content.get(`${base}/item_1.html`).set('If-None-Match', page.get('ETag')!).expect(304);
    await app.content
      .get(`${base}/item_1.html`)
      .set('If-Modified-Since', page.get('Last-Modified')!)
      .expect(304);
    await app.content.get(`${base}/shared//course.js`).expect(200).expect('Content-Type', 'text/javascript');
  });

  it('answers HEAD without the file', async () => {
    const { headers } = await app.content.get(`${base}/shared/course.js`);
    const head = await app.content.head(`${base}/shared/course.js`).expect(200);
    assert.equal(head.get('Content-Length'), headers['content-length']);
    assert.equal(head.text ?? '', '');
  });

  it('gives parts of a file', async () => {
    const { text } = await app.content.get(`${base}/shared/course.css`).buffer(true);
    const part = async (range: string, status: number) =>
      app.content.get(`${base}/shared/course.css`).buffer(true).set('Range', range).expect(status);
    const middle = await part('bytes=2-5', 206);
    assert.equal(middle.text, text.slice(2, 6));
    assert.equal(middle.get('Content-Range'), `bytes 2-5/${text.length}`);
    assert.equal(middle.get('Content-Length'), '4');
    assert.equal((await part('bytes=-3', 206)).text, text.slice(-3));
    assert.equal((await part('bytes=0-1,4-5', 200)).text, text);
    const none = await part(`bytes=${text.length}-`, 416);
    assert.equal(none.get('Content-Range'), `bytes */${text.length}`);
    const other = await app.content
      .get(`${base}/shared/course.css`)
      .set('Range', 'bytes=0-1')
      .set('If-Range', '"other"');
    assert.equal(other.status, 200);
  });

  it('keeps one address for a week and honours it for a week more', async () => {
    const week = 7 * 24 * hour;
    clock.set(new Date(Math.ceil(clock.now().getTime() / week) * week));
    const first = contentPath(app.ctx, course.version._id);
    clock.advance(week - 1_000);
    assert.equal(contentPath(app.ctx, course.version._id), first);
    clock.advance(2_000);
    assert.notEqual(contentPath(app.ctx, course.version._id), first);
    await app.content.get(`${first}/item_1.html`).expect(200);
    clock.advance(week);
    await app.content.get(`${first}/item_1.html`).expect(404);
  });

  it('is not there without our signature', async () => {
    const [, , version, seal = ''] = base.split('/');
    const [expiry = '', signature = ''] = seal.split('.');
    const later = (parseInt(expiry, 36) + 7 * 24 * 3600).toString(36);
    const other = (await addCourse(app, scorm12Package({ title: 'Another' }))).version._id;
    const paths = [
      `/c/${version}/item_1.html`,
      `/c/${version}/${expiry}/item_1.html`,
      `/c/${version}/${expiry}./item_1.html`,
      `/c/${version}/${later}.${signature}/item_1.html`,
      `/c/${version}/${expiry}.${signature.slice(0, -1)}${signature.endsWith('A') ? 'B' : 'A'}/item_1.html`,
      `/c/${version}/${expiry.toUpperCase()}.${signature}/item_1.html`,
      `/c/${other}/${seal}/item_1.html`,
      `/c/${version}/Infinity.${signature}/item_1.html`,
      `/c/${version}/${'z'.repeat(8)}.${signature}/item_1.html`,
    ];
    for (const path of paths) await app.content.get(path).expect(404);
  });

  const climbs = [
    '',
    '/',
    '/shared',
    '/shared/',
    '/missing.html',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/shared/%2e%2e/%2e%2e/%2e%2e/secret',
    '/..%5c..%5csecret',
    '/shared%5ccourse.js',
    '/shared%2fcourse.js',
    '/item_1.html%00.js',
    '/item_1.html%00',
    '/%00',
    '/%',
    '/%zz',
    '/%c0%ae%c0%ae/secret',
    '/....//....//secret',
    '/%252e%252e/secret',
    `/${'a'.repeat(3_000)}`,
    `/${'a/'.repeat(3_000)}b`,
    '/item_1.html/',
    '/item_1.html/x',
  ];
  for (const path of climbs) {
    it(`has nothing at "${path.slice(0, 50)}"`, async () => {
      const { status, text } = await app.content.get(base + path);
      assert.equal(status, 404);
      assert.match(text, /<h1>/);
    });
  }

  it('has nothing at paths that only a raw socket can ask for', async () => {
    for (const path of [`${base}/../../../secret`, `${base}/..\\..\\secret`, `${base}/./item_1.html`]) {
      assert.equal(await rawStatus(app.contentUrl, path), 404, path);
    }
  });

  it('is only for reading', async () => {
    for (const method of ['post', 'put', 'delete', 'patch'] as const) {
      const { status } = await app.content[method](`${base}/item_1.html`);
      assert.ok(status === 404 || status === 405, `${method}: ${status}`);
    }
  });

  it('is not on the origin where people are signed in', async () => {
    await app.app.get(`${base}/item_1.html`).expect(404);
  });
});

describe('with an origin for each course version', () => {
  let starred: TestApp;
  before(async () => {
    const port = await freePort();
    starred = await startApp({ env: { CONTENT_URL: `http://*.content.localhost:${port}` } });
  });
  after(() => starred?.stop());

  it('plays a version on its own origin and on no other', async () => {
    const one = await addCourse(starred, scorm12Package({ title: 'One' }));
    const { token } = await launch(starred, one);
    const port = new URL(starred.contentUrl.replace('*.', '')).port;
    const home = `${one.version._id.replaceAll('_', '-')}.content.localhost:${port}`;
    const other = `ver-other.content.localhost:${port}`;
    const path = `${contentPath(starred.ctx, one.version._id)}/item_1.html`;
    await starred.app.get(path).set('Host', home).expect(200);
    await starred.app.get(path).set('Host', other).expect(404);
    const open = (host: string) =>
      starred.app.post('/play/open').set('Host', host).set('Authorization', `Bearer ${token}`);
    await open(home).expect(200);
    await open(other).expect(421);
  });
});

/** The status of a request whose path no client library would send as it is. */
async function rawStatus(origin: string, path: string): Promise<number> {
  const { hostname, port, host } = new URL(origin);
  const { connect } = await import('node:net');
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    );
    socket.once('data', (data) => {
      resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(data.toString())?.[1]));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
