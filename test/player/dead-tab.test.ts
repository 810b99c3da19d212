import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { launches } from '../../src/attempts/launch.model.ts';
import { keepFor } from '../../src/player/keep.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { makePackage, scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { courseOf, launcherOf, startLms, stored, until, type Lms } from './browsing.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describeInBrowser('a tab that dies', ({ openPage }) => {
  let app: TestApp;
  let lms: Lms;
  let course: Ingested;
  let course2004: Ingested;
  before(async () => {
    [app, lms] = await Promise.all([startApp(), startLms()]);
    course = await addCourse(app, scorm12Package({ title: 'Fire safety' }));
    course2004 = await addCourse(app, scorm2004Package({ title: 'First aid' }));
  });
  after(() => Promise.all([app?.stop(), lms?.close()]));

  /** Plays to page 2, then to page 3 without a network. */
  async function playOffline(who: string, of = course) {
    const page = await openPage();
    const { address, attempt } = await launch(app, of, { who });
    await page.goto(address);
    const sco = await courseOf(page);
    await sco.click('#next');
    await page.waitForSelector('#saved[data-state=saved]');
    await page.context().setOffline(true);
    await sco.click('#next');
    await page.waitForSelector('#trouble-strip:visible');
    return { page, attempt };
  }

  /** What lies in the browser, as a stranger on the same origin sees it. */
  const lying = (page: Pick<Page, 'evaluate'>): Promise<string[]> =>
    page.evaluate(async () => {
      if (!(await indexedDB.databases()).some(({ name }) => name === 'coursedock')) return [];
      const wait = <T>(request: IDBRequest<T>) =>
        new Promise<T>((resolve, reject) => {
          request.addEventListener('success', () => resolve(request.result));
          request.addEventListener('error', () => reject(request.error!));
        });
      const db = await wait(indexedDB.open('coursedock'));
      const rows = db.transaction('kept').objectStore('kept');
      const [keys, values] = await Promise.all([wait(rows.getAllKeys()), wait(rows.getAll())]);
      db.close();
      return values.map(
        (row, i) =>
          JSON.stringify([keys[i], Object.keys(row)]) +
          String.fromCharCode(...new Uint8Array(row.data as ArrayBuffer)),
      );
    });
  const isKept = (page: Pick<Page, 'evaluate'>) => until(async () => (await lying(page)).length > 0);

  async function crash(page: Page): Promise<void> {
    const crashed = page.waitForEvent('crash');
    const cdp = await page.context().newCDPSession(page);
    void cdp.send('Page.crash').catch(() => {});
    await crashed;
    await page.close();
  }

  for (const [name, of, element] of [
    ['SCORM 1.2', () => course, 'cmi.core.lesson_location'],
    ['SCORM 2004', () => course2004, 'cmi.location'],
  ] as const) {
    it(`without a network has left what it did to the next opening in that browser: ${name}`, async () => {
      const who = `crash ${name}`;
      const { page, attempt } = await playOffline(who, of());
      await isKept(page);
      await crash(page);
      assert.equal((await stored(app, attempt._id))[element], '2');
      const again = await page.context().newPage();
      await page.context().setOffline(false);
      await again.goto((await launch(app, of(), { who })).address);
      assert.equal(await (await courseOf(again)).textContent('#page'), 'Page 3 of 3');
      assert.equal((await stored(app, attempt._id))[element], '3');
      assert.match(await again.locator('#notice').innerText(), /could not be sent then\. It is saved now\./);
      await again.click('#notice-close');
      assert.equal(await again.locator('#notice').isVisible(), false);
      await until(async () => (await lying(again)).length === 0);
    });
  }

  it('by being closed, too; and what lies there says nothing to another course', async () => {
    const { page, attempt } = await playOffline('closed');
    await isKept(page);
    assert.doesNotMatch((await lying(page)).join(), /lesson_location|suspend|item_1|lch_|att_/);
    await page.close();
    const again = await page.context().newPage();
    await page.context().setOffline(false);
    await again.goto((await launch(app, course, { who: 'closed' })).address);
    assert.equal(await (await courseOf(again)).textContent('#page'), 'Page 3 of 3');
    assert.equal((await stored(app, attempt._id))['cmi.core.lesson_location'], '3');
  });

  it('is too late where the course was opened elsewhere since, and the learner is told', async () => {
    const { page, attempt } = await playOffline('late');
    await isKept(page);
    await crash(page);
    const elsewhere = await openPage();
    await elsewhere.goto((await launch(app, course, { who: 'late' })).address);
    await courseOf(elsewhere);
    await elsewhere.waitForSelector('#saved[data-state=saved]');
    const again = await page.context().newPage();
    await page.context().setOffline(false);
    await again.goto((await launch(app, course, { who: 'late' })).address);
    assert.equal(await (await courseOf(again)).textContent('#page'), 'Page 2 of 3');
    assert.match(
      await again.locator('#notice').innerText(),
      /could not be saved: .*opened the course elsewhere/,
    );
    assert.equal((await stored(app, attempt._id))['cmi.core.lesson_location'], '2');
    await until(async () => (await lying(again)).length === 0);
  });

  it('was open for too long: what it did last is kept for the next opening, and it says so', async () => {
    const { page } = await playOffline('expired');
    await isKept(page);
    await launches(app.ctx.db).updateMany({}, { $set: { expiresAt: new Date() } });
    await page.context().setOffline(false);
    await page.waitForSelector('#after >> text=/What you did last is kept in this browser/');
    await page.goto('about:blank');
    await page.goto((await launch(app, course, { who: 'expired' })).address);
    assert.equal(await (await courseOf(page)).textContent('#page'), 'Page 3 of 3');
  });

  // A frame of another site is refused at the door in this Chromium; others throw at the mere look at it.
  for (const [name, framed] of [
    ['in a frame of another site', true],
    ['at all', false],
  ] as const) {
    it(`is saved as ever where the browser keeps nothing ${name}`, async () => {
      const page = await openPage();
      if (!framed) await page.addInitScript(denied);
      const { address, attempt } = await launch(app, course, { who: `blocked ${name}` });
      await page.goto(framed ? lms.around(address) : address);
      const [sco, player] = [await courseOf(page), await launcherOf(page)];
      await page.context().setOffline(true);
      await sco.click('#next');
      await player.waitForSelector('#trouble-strip:visible');
      await page.context().setOffline(false);
      await player.waitForSelector('#saved[data-state=saved]');
      assert.equal((await stored(app, attempt._id))['cmi.core.lesson_location'], '2');
    });
  }

  it('kept nothing that its course could read, use or make up, whatever it put in the place of', async () => {
    const page = await openPage();
    const hostile = await addCourse(app, courseWith(thief));
    const { address, attempt } = await launch(app, hostile, { who: 'thief' });
    await page.route('**/play/commit', (route) => route.abort());
    await page.goto(address);
    const frame = await until(() => page.frames().find((one) => one.url().includes('/c/')));
    await isKept(page);
    const { key, name } = keepFor(app.ctx.secret, attempt._id);
    // It heard what was written.
    await frame.waitForFunction(
      (name) => (window as unknown as { heard: string[] }).heard.some((line) => line.includes(name)),
      name,
    );
    const heard = (await frame.evaluate('heard')) as string[];
    assert.ok(heard.length > 30);
    for (const line of heard) {
      assert.ok(!line.includes(key), line.slice(0, 80));
      assert.doesNotMatch(line, /\[object CryptoKey\]/);
    }
  });
});

function denied(): void {
  const get = () => {
    throw new DOMException('Access is denied', 'SecurityError');
  };
  Object.defineProperty(window, 'indexedDB', { get });
}

/** A course that listens wherever a key may pass by. */
const thief = `
  var heard = window.heard = [], P = parent, busy = false;
  function name(value) { try { return Object.prototype.toString.call(value) + ' ' + (typeof value === 'string' ? value : JSON.stringify(value)); } catch (e) { return ''; } }
  function hear(where, values) {
    if (busy || heard.length > 5000) return;
    busy = true;
    try {
      for (var i = 0; i < values.length; i++) {
        var value = values[i];
        heard.push(where + ': ' + name(value));
        if (value && typeof value === 'object') Object.getOwnPropertyNames(value).forEach(function (key) { try { heard.push(where + '.' + key + ': ' + name(value[key])); } catch (e) {} });
        if (value instanceof P.Promise) then.call(value, function (what) { heard.push(where + ' then: ' + name(what)); }, function () {});
      }
    } finally { busy = false; }
  }
  var then = P.Promise.prototype.then;
  function wrap(object, key) { var old = object[key]; if (typeof old === 'function') object[key] = function () { hear(key, [this].concat(Array.prototype.slice.call(arguments))); var answer = Reflect.apply(old, this, arguments); hear(key + ' answer', [answer]); return answer; }; }
  ['encrypt', 'decrypt', 'importKey', 'exportKey', 'deriveKey'].forEach(function (key) { wrap(P.SubtleCrypto.prototype, key); });
  ['put', 'add', 'get', 'getAll', 'getAllKeys', 'delete', 'index'].forEach(function (key) { wrap(P.IDBObjectStore.prototype, key); });
  wrap(P.IDBFactory.prototype, 'open'); wrap(P.IDBDatabase.prototype, 'transaction'); wrap(P.EventTarget.prototype, 'addEventListener');
  wrap(P.TextEncoder.prototype, 'encode'); wrap(P.JSON, 'stringify'); wrap(P.JSON, 'parse'); wrap(P.Function.prototype, 'call'); wrap(P.Function.prototype, 'bind'); wrap(P.Reflect, 'apply');
  wrap(P.Array.prototype, 'map'); wrap(P.Array.prototype, 'filter'); wrap(P.Promise, 'all'); wrap(P.Promise, 'race'); wrap(P.Crypto.prototype, 'getRandomValues'); wrap(P.Object, 'setPrototypeOf');
  ['name', 'iv', 'additionalData', 'tagLength', 'key', 'keep', 'then', 'toJSON', 'durability'].forEach(function (key) {
    Object.defineProperty(P.Object.prototype, key, { configurable: true, get: function () { hear('trap ' + key, [this]); return undefined; }, set: function (value) { Object.defineProperty(this, key, { value: value, writable: true, configurable: true, enumerable: true }); } });
  });
  var constructor = P.Promise;
  Object.defineProperty(P.Promise.prototype, 'constructor', { configurable: true, get: function () { hear('promise', [this]); return constructor; } });
  P.Array.prototype[P.Symbol.iterator] = (function (old) { return function () { hear('iterator', [this]); return old.call(this); }; })(P.Array.prototype[P.Symbol.iterator]);
  // It can look at everything that lies in the browser, too.
  setInterval(function () { var open = indexedDB.open('coursedock'); open.onupgradeneeded = function () { open.transaction.abort(); }; open.onsuccess = function () { var db = open.result, all = db.transaction('kept').objectStore('kept').getAllKeys(); all.onsuccess = function () { heard.push('lies there: ' + JSON.stringify(all.result)); db.close(); }; }; }, 300);
  P.API.LMSInitialize(''); P.API.LMSSetValue('cmi.core.lesson_location', 'x'); P.API.LMSCommit('');
`;

function courseWith(script: string): Buffer {
  return makePackage({
    'imsmanifest.xml': `<?xml version="1.0"?><manifest identifier="m" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
      <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
      <organizations default="o"><organization identifier="o"><title>Thief</title><item identifier="item_1" identifierref="r"><title>Thief</title></item></organization></organizations>
      <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="index.html"/></resources></manifest>`,
    'index.html': `<!doctype html><html lang="en"><title>Thief</title><body><script>${script}</script></body></html>`,
  });
}
