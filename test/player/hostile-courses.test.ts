import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import { courses } from '../../src/packages/course.model.ts';
import { ada, signedIn } from '../admin/signed-in.ts';
import { freePort, startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package } from '../support/make-package.ts';
import {
  courseOf,
  courseOfScript,
  frameWith,
  launcherOf,
  startLms,
  stored,
  until,
  type Lms,
} from './browsing.ts';
import { thief } from './thief.ts';
import { addCourse, launch, type Ingested } from './world.ts';

/** The frame of a course of one script, and what it has said there. */
async function scriptOf(page: Page): Promise<Frame> {
  return frameWith(page, (url) => url.includes('/c/') && url.endsWith('/index.html'));
}
async function said(frame: Frame, wanted?: string): Promise<string> {
  await frame.waitForFunction((text) => {
    const now = document.getElementById('said')?.textContent;
    return text === undefined ? Boolean(now) : now === text;
  }, wanted);
  return (await frame.textContent('#said'))!;
}

/** Looks into every window and every store it can reach, for as long as it lives. */
const neighbour = `
var found = window.found = {};
function note(what) { found[what] = true; }
function lookInto(w) {
  if (w === parent) return;
  try { if (w.API) note('its API'); } catch (e) {}
  try { if (w.document) note('its pages'); } catch (e) {}
  try { for (var i = 0; i < w.frames.length; i++) lookInto(w.frames[i]); } catch (e) {}
}
function look() {
  for (var i = 0; i < top.frames.length; i++) if (top !== parent) lookInto(top.frames[i]);
  try { if (localStorage.getItem('theirs')) note('its storage'); } catch (e) {}
  try { if (/theirs=/.test(document.cookie)) note('its cookies'); } catch (e) {}
  try { indexedDB.databases().then(function (all) { if (all.some(function (one) { return one.name === 'theirs' })) note('its databases') }, function () {}); } catch (e) {}
  try { caches.keys().then(function (keys) { if (keys.includes('theirs')) note('its caches') }, function () {}); } catch (e) {}
}
new BroadcastChannel('courses').onmessage = function () { note('what it says') };
window.addEventListener('storage', function () { note('what it stores') });
setInterval(look, 20);
parent.API.LMSInitialize('');
say('ready');`;
/** A course as there are many: it uses what a browser has. */
const harmless = `
try { localStorage.setItem('theirs', '1'); document.cookie = 'theirs=1;path=/;max-age=99'; } catch (e) {}
new BroadcastChannel('courses').postMessage('theirs');
var kept = ['caches', 'indexedDB'].map(function (name) { return new Promise(function (done) {
  try { if (name === 'caches') caches.open('theirs').then(done, done); else { var o = indexedDB.open('theirs'); o.onsuccess = o.onerror = done; } } catch (e) { done() }
}) });
Promise.all(kept).then(function () { parent.API.LMSInitialize(''); say('ready') });`;

describeInBrowser('a course that means no good', ({ openPage }) => {
  let app: TestApp;
  let lms: Lms;
  let victim: Ingested;
  before(async () => {
    [app, lms] = await Promise.all([startApp(), startLms()]);
    victim = await addCourse(app, scorm12Package({ title: 'Fire safety' }));
  });
  after(() => Promise.all([app?.stop(), lms?.close()]));

  for (const framed of [true, false]) {
    it(`cannot read its token in a ${framed ? 'frame' : 'window'}, wherever it looks and whatever it replaces`, async () => {
      const page = await openPage();
      const course = await addCourse(
        app,
        courseOfScript(`${thief}; steal().finally(function () { say('done') });`),
      );
      const { address, token, attempt } = await launch(app, course, { who: `thief-${framed}` });
      await page.goto(framed ? lms.around(address) : address);
      const frame = await scriptOf(page);
      await said(frame, 'done');
      const heard = (await frame.evaluate('heard')) as string[];
      assert.ok(Number(await frame.evaluate('wrapped')) > 2_000, 'it has ears everywhere');
      assert.ok(heard.length > 1_000, 'it listened');
      assert.deepEqual(
        heard.filter((line) => line.includes(token)).map((line) => line.slice(0, 80)),
        [],
      );
      // All that, and the player went on.
      await until(async () => (await stored(app, attempt._id))['cmi.core.lesson_status'] === 'completed');
    });
  }

  it('gets no service worker, which would be told the address of every later launch in this browser', async () => {
    const page = await openPage();
    const worker = `self.addEventListener('install', function () { self.skipWaiting() });`;
    const course = await addCourse(
      app,
      courseOfScript(
        `async function register(path, options) { try { await navigator.serviceWorker.register(path, options); return 'taken'; } catch (e) { return e.name; } }
        (async function () {
          // What the browser has in its cache might be taken from there.
          await (await fetch('worker.js')).text();
          await (await fetch('/player/player.js')).text();
          var came = [];
          for (var cached of ['imports', 'all', 'none'])
            for (var type of ['classic', 'module']) came.push(await register('worker.js', { updateViaCache: cached, type: type }));
          came.push(await register('worker.js', { scope: '/' }), await register('./', {}), await register('/player/player.js', { type: 'module', updateViaCache: 'all' }), await register('/play', {}));
          came.push((await navigator.serviceWorker.getRegistrations()).length);
          say(came.join(' '));
        })();`,
        { 'worker.js': worker },
      ),
    );
    await page.goto((await launch(app, course, { who: 'worker' })).address);
    const answer = await said(await scriptOf(page));
    assert.doesNotMatch(answer, /taken/);
    assert.match(answer, / 0$/);
  });

  it('leaves nothing in the browser that keeps the next course from playing and being saved', async () => {
    const page = await openPage();
    const course = await addCourse(
      app,
      courseOfScript(
        `(async function () {
          ['coursedock', '__Host-coursedock', 'coursedock_' + location.port, 'token', 'launch', 'Authorization'].forEach(function (name) {
            ['/', '/play', '/play/commit', '/c'].forEach(function (path) { document.cookie = name + '=other;path=' + path + ';max-age=99999' });
          });
          for (var n = 0; n < 100; n++) document.cookie = 'fill' + n + '=' + 'x'.repeat(300) + ';path=/;max-age=99999';
          parent.name = window.name = 'x'.repeat(100000);
          sessionStorage.setItem('key', 'other');
          try { for (var i = 0; ; i++) localStorage.setItem('full' + i, 'x'.repeat(500000)); } catch (e) {}
          var cache = await caches.open('all');
          for (var path of ['/play', '/play/open', '/play/commit', '/player/player.js']) await cache.put(path, new Response('<h1>Mine</h1>'));
          await new Promise(function (done) { var open = indexedDB.open('coursedock', 99); open.onsuccess = open.onerror = done; });
          new SharedWorker(URL.createObjectURL(new Blob(['var c = new BroadcastChannel("x"); setInterval(function () { c.postMessage({ coursedock: "dispatch", v: 1 }) }, 5)'])));
          parent.history.replaceState({ key: 'other' }, '', '/play');
          say('done');
        })();`,
      ),
    );
    await page.goto((await launch(app, course, { who: 'first' })).address);
    await said(await scriptOf(page), 'done');
    assert.ok((await page.context().cookies()).length > 100);
    await page.goto('about:blank');
    const { address, attempt } = await launch(app, victim, { who: 'second' });
    await page.goto(address);
    await (await courseOf(page)).click('#next');
    await until(async () => (await stored(app, attempt._id))['cmi.core.lesson_location'] === '2');
    await page.waitForSelector('#saved[data-state=saved]');
    // A server would have refused this browser.
    const left = (await page.context().cookies()).filter(({ name }) => name.startsWith('fill'));
    assert.ok(left.length * 300 < 16_000, `${left.length} of 100 are left`);
  });

  it('cannot give itself out as the LMS above, to be heard when the learner wants out', async () => {
    const page = await openPage();
    const course = await addCourse(
      app,
      courseOfScript(
        `var channel = new MessageChannel(), heard = [];
        channel.port1.onmessage = function (e) { heard.push(e.data.type); say(heard.join()) };
        parent.dispatchEvent(new parent.MessageEvent('message', { data: { coursedock: 'dispatch', v: 1 }, source: top, ports: [channel.port2] }));
        parent.postMessage({ coursedock: 'dispatch', v: 1 }, '*', [new MessageChannel().port2]);
        parent.API.LMSInitialize(''); parent.API.LMSSetValue('cmi.core.lesson_location', '3'); parent.API.LMSCommit('');`,
      ),
    );
    const { address, attempt } = await launch(app, course, { who: 'wire' });
    await page.goto(lms.around(address));
    const frame = await scriptOf(page);
    await until(async () => (await stored(app, attempt._id))['cmi.core.lesson_location'] === '3');
    const launcher = await launcherOf(page);
    await launcher.waitForSelector('#saved[data-state=saved]');
    assert.equal(await frame.textContent('#said'), '');
    await launcher.click('#exit');
    await launcher.waitForSelector('#after >> text=/recorded/');
  });

  it('cannot reach where an administrator is signed in: it reads nothing, frames nothing, sends nothing in their name', async () => {
    await signedIn(app);
    const page = await openPage();
    const context = page.context();
    await page.goto(`${app.url}/sign-in`);
    await page.fill('[name=email]', ada.email);
    await page.fill('[name=password]', ada.password);
    await page.click('button.primary');
    await page.waitForURL(/\/admin/);
    const secure = (await context.cookies(app.url)).filter(({ name }) => name.startsWith('coursedock'));
    assert.deepEqual(
      secure.map(({ httpOnly, sameSite, domain }) => [httpOnly, sameSite, domain]),
      [[true, 'Lax', 'localhost']],
    );

    const remove = `${app.url}/admin/courses/${victim.course._id}/remove`;
    const course = await addCourse(
      app,
      courseOfScript(
        `var admin = ${JSON.stringify(`${app.url}/admin/courses`)}, remove = ${JSON.stringify(remove)};
        function get(url, options) { return fetch(url, options).then(function (r) { return r.type + r.status }, function () { return 'blocked' }); }
        function post() { var f = document.createElement('form'); f.method = 'post'; f.action = remove; f.target = 'elsewhere'; document.body.appendChild(f); f.submit(); }
        (async function () {
          var came = [await get(admin, { credentials: 'include' }), await get(${JSON.stringify(`${app.url}/api/v1/courses`)}, { credentials: 'include' }), await get(remove, { method: 'POST', credentials: 'include', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })];
          await get(remove, { method: 'POST', credentials: 'include', mode: 'no-cors' });
          var frame = document.createElement('iframe');
          frame.src = admin;
          await new Promise(function (done) { frame.onload = done; document.body.appendChild(frame) });
          try { came.push('read ' + frame.contentWindow.document.title) } catch (e) { came.push(e.name) }
          window.look = function () { window.other = open(admin, 'other') };
          window.post = post;
          say(came.join(' '));
        })();`,
      ),
    );
    const play = await context.newPage();
    const sent: Record<string, string | undefined> = {};
    context.on('request', async (request) => {
      if (request.url() === remove)
        sent[request.isNavigationRequest() ? 'form' : 'fetch'] = (await request.allHeaders()).cookie;
    });
    await play.goto((await launch(app, course, { who: 'ada' })).address);
    const frame = await scriptOf(play);
    assert.equal(await said(frame), 'blocked blocked blocked SecurityError');
    assert.ok(
      play.frames().some((one) => one.url().startsWith('chrome-error:')),
      'no page for work in a frame',
    );

    await frame.evaluate(`document.body.onclick = look`);
    const [opened] = await Promise.all([context.waitForEvent('page'), frame.click('body')]);
    await opened.waitForURL('**/admin/courses');
    assert.match(await opened.title(), /Courses/);
    // The page has cut the string that led to it.
    assert.equal(await frame.evaluate('other.closed'), true);

    await frame.evaluate(`document.body.onclick = post`);
    const [posted] = await Promise.all([context.waitForEvent('page'), frame.click('body')]);
    await posted.waitForLoadState();
    await until(() => 'form' in sent && 'fetch' in sent);
    assert.deepEqual(sent, { form: undefined, fetch: undefined });
    assert.ok(await courses(app.ctx.db).exists({ _id: victim.course._id, removedAt: undefined }));
  });

  it("cannot read another course's files, nor save for anybody without a token", async () => {
    const page = await openPage();
    const other = await addCourse(app, courseOfScript('say("other")', { 'secret.txt': 'secret' }));
    const course = await addCourse(app, courseOfScript('say("ready")'));
    const theirs = await launch(app, other, { who: 'theirs' });
    await page.goto(lms.around((await launch(app, course, { who: 'mine' })).address));
    const frame = await scriptOf(page);
    const get = (url: string, init?: { method: string; body: string; headers: Record<string, string> }) =>
      frame.evaluate(
        async ([url, init]) =>
          fetch(url, { credentials: 'include', ...init }).then(
            async (r) => `${r.status} ${await r.text()}`,
            () => 'blocked',
          ),
        [url, init] as const,
      );
    const [, , , , version, seal = ''] = frame.url().split('/');
    const guesses = [
      seal,
      `${seal.slice(0, -1)}${seal.endsWith('A') ? 'B' : 'A'}`,
      `zzzzzzz.${seal.split('.')[1]}`,
    ];
    for (const guess of guesses)
      assert.match(await get(`/c/${other.version._id}/${guess}/secret.txt`), /^404/);
    for (const way of ['../..', '..%2f..', '%2e%2e/%2e%2e', '..%5c..', '..%252f..'])
      assert.match(await get(`/c/${version}/${seal}/${way}/${other.version._id}/${seal}/secret.txt`), /^404/);
    assert.match(await get('/admin'), /^404|blocked/);
    const body = JSON.stringify({ launch: theirs.launch._id, seq: 1, patch: [] });
    for (const authorization of [
      '',
      'Bearer ',
      `Bearer ${theirs.launch._id}`,
      `Bearer ${theirs.attempt._id}`,
    ])
      for (const path of ['open', 'commit', 'status'])
        assert.match(
          await get(`/play/${path}`, {
            method: 'POST',
            body,
            headers: { 'Content-Type': 'application/json', authorization },
          }),
          /^401/,
        );
  });

  it('calls ten thousand times a second for two seconds, ten megabytes among them: page, saves, server and others go on', async () => {
    const page = await openPage({ viewport: { width: 400, height: 700 } });
    const course = await addCourse(
      app,
      courseOfScript(`
        var api = parent.API, begun = performance.now(), calls = 0, huge = new Array(10000001).join('x');
        api.LMSInitialize('');
        var refused = api.LMSSetValue('cmi.suspend_data', huge);
        var storm = setInterval(function () {
          var past = performance.now() - begun;
          for (var due = Math.min(past, 2000) * 10; calls < due; calls += 5) {
            api.LMSSetValue('cmi.core.lesson_location', 'at ' + calls);
            api.LMSSetValue('cmi.suspend_data', 'x'.repeat(calls % 4000));
            api.LMSGetValue('cmi.core.lesson_location');
            if (calls % 100 === 0) api.LMSCommit(''); else api.LMSGetLastError();
            api.LMSSetValue('cmi.' + calls, huge);
          }
          if (past < 2000) return;
          clearInterval(storm);
          say(calls + ' calls, ' + refused);
        }, 5);`),
    );
    const other = await launch(app, await addCourse(app, scorm12Package()), { who: 'other' });
    const { address, attempt } = await launch(app, course, { who: 'storm' });
    const bodies: number[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/commit')) bodies.push(request.postDataBuffer()?.length ?? 0);
    });
    await page.goto(address);
    const frame = await scriptOf(page);
    // Clicks are heard while it rages, and another learner's saves are taken.
    const waits: number[] = [];
    for (let seq = 1; (await frame.textContent('#said')) === ''; seq++) {
      const begun = performance.now();
      await page.click('#fold');
      await page.click('#unfold');
      await app.content
        .post('/play/commit')
        .set('Authorization', `Bearer ${other.token}`)
        .send({ launch: other.launch._id, seq, patch: [{ do: 'open', activity: 'item_1' }] })
        .expect(200);
      waits.push(performance.now() - begun);
    }
    assert.equal(await said(frame), '20000 calls, false');
    await until(async () => (await stored(app, attempt._id))['cmi.core.lesson_location'] === 'at 19995');
    await page.waitForSelector('#saved[data-state=saved]');
    assert.ok(waits.length > 2 && Math.max(...waits) < 2_000, `it stood still for ${Math.max(...waits)} ms`);
    assert.ok(bodies.length <= 14 && Math.max(...bodies) < 60_000, `requests of ${bodies.join(', ')} bytes`);
  });

  /** What the one found of the other, which a learner opened beside it: on the same page of the LMS, then in another tab. */
  async function found(at: TestApp): Promise<string[]> {
    const all = new Set<string>();
    const [one, other] = [
      await addCourse(at, courseOfScript(neighbour)),
      await addCourse(at, courseOfScript(harmless)),
    ];
    for (const beside of ['page', 'tab']) {
      const page = await openPage();
      const [mine, theirs] = [await launch(at, one), await launch(at, other)];
      await page.goto(beside === 'page' ? lms.around(mine.address) : mine.address);
      const frame = await scriptOf(page);
      await said(frame, 'ready');
      const second = beside === 'page' ? page : await page.context().newPage();
      const isTheirs = (url: string) => url.includes(`/c/${other.version._id}/`);
      if (beside === 'tab') await second.goto(theirs.address);
      else
        await page.evaluate(
          (src) => void document.body.append(Object.assign(document.createElement('iframe'), { src })),
          theirs.address,
        );
      await said(await frameWith(second, isTheirs), 'ready');
      await frame.evaluate('new Promise(function (done) { setTimeout(done, 100) })');
      for (const what of Object.keys((await frame.evaluate('found')) as object)) all.add(what);
    }
    return [...all].toSorted();
  }

  it('cannot reach one beside it where every version has a host of its own', async () => {
    const PORT = String(await freePort());
    const starred = await startApp({ env: { PORT, CONTENT_URL: `http://*.content.localhost:${PORT}` } });
    try {
      assert.deepEqual(await found(starred), []);
    } finally {
      await starred.stop();
    }
  });

  it('can reach one beside it where all share a host: that is what the `*` in CONTENT_URL is for', async () => {
    const all = ['API', 'caches', 'cookies', 'databases', 'pages', 'storage'].map((what) => `its ${what}`);
    assert.deepEqual(await found(app), [...all, 'what it says', 'what it stores']);
  });
});
