import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';
import {
  afterGoodbye,
  attemptNow,
  contentsOf,
  courseOf,
  launcherOf,
  startLms,
  stored,
  until,
  withClock,
  type Lms,
} from './browsing.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describeInBrowser('playing a course', ({ openPage }) => {
  let app: TestApp;
  let lms: Lms;
  let course12: Ingested;
  let course2004: Ingested;
  let parts: Ingested;

  before(async () => {
    [app, lms] = await Promise.all([startApp(), startLms()]);
    course12 = await addCourse(app, scorm12Package({ title: 'Fire safety' }));
    course2004 = await addCourse(app, scorm2004Package({ title: 'First aid', success: 'passed' }));
    parts = await addCourse(
      app,
      scorm12Package({
        title: 'Three parts',
        pages: 1,
        items: [
          { title: 'One' },
          { title: 'Chapter', items: [{ title: 'Two' }] },
          { title: 'Three', prerequisites: 'item_1&item_3' },
        ],
      }),
    );
  });
  after(() => Promise.all([app?.stop(), lms?.close()]));

  const both: [name: string, course: () => Ingested, location: string][] = [
    ['SCORM 1.2', () => course12, 'cmi.core.lesson_location'],
    ['SCORM 2004', () => course2004, 'cmi.location'],
  ];
  for (const [name, course, location] of both) {
    it(`plays ${name} in an LMS's frame, saves at once, and says what was recorded`, async () => {
      const page = await withClock(await openPage({ locale: 'de-DE' }));
      const { address, attempt } = await launch(app, course(), {
        who: `a-${name}`,
        returnUrl: `${lms.url}/back`,
      });
      await page.goto(lms.around(address));
      const sco = await courseOf(page);
      assert.equal(await sco.textContent('#page'), 'Page 1 of 3');
      await sco.click('#next');
      await until(async () => (await stored(app, attempt._id))[location] === '2');
      const launcher = await launcherOf(page);
      await launcher.waitForSelector('#saved[data-state=saved]');
      await sco.click('#next');
      await sco.click('#finish');
      assert.equal(await sco.textContent('#error'), '');
      await afterGoodbye(page);
      const heading = launcher.locator('#after h2');
      await heading.waitFor();
      await launcher.waitForSelector('#after >> text=/recorded \\d\\d:\\d\\d/');
      assert.equal(await heading.textContent(), name === 'SCORM 1.2' ? 'Completed' : 'Passed');
      // As a German writes it.
      assert.match(await launcher.locator('#after').innerText(), /80\s% · recorded/);
      const { progress } = await attemptNow(app, attempt._id);
      assert.equal(progress.completion, 'completed');
      assert.equal(progress.score, 0.8);
      await launcher.click('text=Leave and go back');
      await until(() => page.frames().some((frame) => frame.url() === `${lms.url}/back`));
    });

    it(`goes on at the bookmark of ${name} after the window was closed half-way`, async () => {
      const page = await openPage();
      const first = await launch(app, course(), { who: `b-${name}` });
      await page.goto(lms.around(first.address));
      const sco = await courseOf(page);
      await sco.click('#next');
      await page.close({ runBeforeUnload: true });
      // The last words of a closing page: the course's own Terminate at pagehide.
      await until(async () =>
        /"seconds":0,|"suspended":true/.test((await attemptNow(app, first.attempt._id)).state),
      );
      const again = await openPage();
      const second = await launch(app, course(), { who: `b-${name}` });
      assert.equal(second.attempt._id, first.attempt._id);
      await again.goto(lms.around(second.address));
      assert.equal(await (await courseOf(again)).textContent('#page'), 'Page 2 of 3');
    });
  }

  async function finish(page: Page) {
    await (await courseOf(page)).click('#finish');
    await afterGoodbye(page);
  }

  it('leaves by Exit: the course says its last word, and one may go back', async () => {
    const page = await openPage();
    const { address, attempt } = await launch(app, course12, { who: 'exit' });
    await page.goto(address);
    await (await courseOf(page)).click('#next');
    await page.click('#exit');
    await page.waitForSelector('#after >> text=/recorded/');
    assert.match(
      await page.locator('#after').innerText(),
      /Not finished yet[^]*Your place is kept[^]*You can close this window/,
    );
    assert.match((await attemptNow(app, attempt._id)).state, /"suspended":true/);
    await page.click('text=Go on where you stopped');
    assert.equal(await (await courseOf(page)).textContent('#page'), 'Page 2 of 3');
    await page.click('#exit');
    await page.waitForSelector('#after >> text=/recorded/');
  });

  it('moves between parts, shows which are done and which are locked, and goes through the locked one when it opens', async () => {
    const page = await withClock(await openPage({ viewport: { width: 1400, height: 800 } }));
    const { address, attempt } = await launch(app, parts, { who: 'parts' });
    await page.goto(address);
    await courseOf(page);
    await page.click('#contents-button');
    const lines = () => contentsOf(page);
    await until(async () => /One\nIn progress · You are here/.test((await lines()).join('\n')));
    assert.match((await lines()).join('\n'), /Chapter\n+Two\nNot started\n+Three\nLocked/);
    // A locked part can be reached and heard, and does nothing.
    await page.locator('#contents button[aria-disabled]').click({ force: true });
    await finish(page);
    await page.click('text=Continue with “Two”');
    const two = await courseOf(page);
    assert.match(two.url(), /item_3\.html$/);
    await page.click('#contents li >> text=One');
    assert.match((await courseOf(page)).url(), /item_1\.html$/);
    await page.click('#contents li >> text=Two');
    await finish(page);
    await page.click('text=Continue with “Three”');
    assert.match((await courseOf(page)).url(), /item_4\.html$/);
    assert.match(await page.locator('#progress').innerText(), /2 of 3 done/);
    await finish(page);
    await page.waitForSelector('#after >> text=/80% · recorded/');
    assert.equal((await attemptNow(app, attempt._id)).progress.completion, 'completed');
    assert.equal(await page.locator('#contents-button').isVisible(), false);
  });

  it('has no furniture beyond the bar for a course of one part', async () => {
    const page = await openPage();
    await page.goto((await launch(app, course12, { who: 'bare' })).address);
    await courseOf(page);
    assert.equal(await page.locator('#contents-button').isVisible(), false);
    assert.equal(await page.locator('#contents').isVisible(), false);
    assert.equal(await page.locator('.player-strip:visible').count(), 0);
    assert.equal(await page.locator('#course-title').innerText(), 'Fire safety');
    assert.equal(await page.locator('iframe').getAttribute('title'), 'Fire safety');
  });

  it('says that it is not saved while the network is away, and saves when it is back', async () => {
    const page = await openPage();
    const { address, attempt } = await launch(app, course12, { who: 'offline' });
    await page.goto(lms.around(address));
    const [sco, launcher] = [await courseOf(page), await launcherOf(page)];
    await launcher.waitForSelector('#saved[data-state=saved]');
    await page.context().setOffline(true);
    await sco.click('#next');
    await launcher.waitForSelector('#trouble-strip:visible');
    const sentence = 'Not saved yet. Keep this window open; we try again every few seconds.';
    assert.match(await launcher.locator('#trouble-strip').innerText(), new RegExp(sentence));
    assert.equal(await launcher.locator('#live').textContent(), sentence);
    assert.equal(await launcher.locator('#saved-words').textContent(), 'Not saved yet');
    // The course goes on; what it does is kept until it can be sent.
    await sco.click('#next');
    assert.equal(await sco.textContent('#error'), '');
    await page.context().setOffline(false);
    await launcher.waitForSelector('#saved[data-state=saved]');
    assert.equal(await launcher.locator('#trouble-strip').isVisible(), false);
    assert.equal(await launcher.locator('#live').textContent(), 'Saved. All is well again.');
    assert.equal((await stored(app, attempt._id))['cmi.core.lesson_location'], '3');
  });

  it('is warned before leaving only while something is not saved', async () => {
    const page = await openPage();
    await page.goto((await launch(app, course12, { who: 'warned' })).address);
    const sco = await courseOf(page);
    await page.waitForSelector('#saved[data-state=saved]');
    const asked: string[] = [];
    page.on('dialog', (dialog) => void (asked.push(dialog.type()), dialog.dismiss()));
    await page.context().setOffline(true);
    await sco.click('#next');
    await page.waitForSelector('#trouble-strip:visible');
    await page.close({ runBeforeUnload: true });
    await until(() => asked.length > 0);
    assert.deepEqual(asked, ['beforeunload']);
    await page.context().setOffline(false);
    await page.waitForSelector('#saved[data-state=saved]');
    await page.close({ runBeforeUnload: true });
    await until(() => page.isClosed());
    assert.equal(asked.length, 1);
  });

  it('gives way to a newer launch, and says so', async () => {
    const [older, newer] = [await openPage(), await openPage()];
    const first = await launch(app, course12, { who: 'two', returnUrl: `${lms.url}/back` });
    await older.goto(first.address);
    const sco = await courseOf(older);
    await older.waitForSelector('#saved[data-state=saved]');
    const second = await launch(app, course12, { who: 'two' });
    await newer.goto(second.address);
    await (await courseOf(newer)).click('#next');
    await until(async () => (await stored(app, second.attempt._id))['cmi.core.lesson_location'] === '2');
    await sco.click('#next');
    await older.waitForSelector('#after >> text=This course was opened in another window.');
    assert.equal(await older.locator('iframe').count(), 0);
    assert.deepEqual(await older.locator('#after button').allInnerTexts(), [
      'Go on here',
      'Leave and go back',
    ]);
    await newer.waitForSelector('#saved[data-state=saved]');
    assert.equal((await stored(app, second.attempt._id))['cmi.core.lesson_location'], '2');
  });

  it('explains a link without its token, one that nobody knows, and a page that was loaded again', async () => {
    const page = await openPage();
    await page.goto(`${app.contentUrl}/play`);
    assert.match(
      await page.locator('#after').innerText(),
      /not open here[^]*Open the course again from your LMS/,
    );
    await page.goto('about:blank');
    await page.goto(`${app.contentUrl}/play#${'x'.repeat(32)}`);
    await page.waitForSelector('#after >> text=/Open the course again/');
    await page.goto('about:blank');
    await page.goto((await launch(app, course12, { who: 'reload' })).address);
    await courseOf(page);
    await page.reload();
    await page.waitForSelector('#after >> text=/Open the course again from your LMS/');
    assert.equal(await page.locator('iframe').count(), 0);
  });

  it('waits for a server that does not answer yet', async () => {
    const page = await openPage();
    const { address } = await launch(app, course12, { who: 'late' });
    let refused = 0;
    await page.route('**/play/open', (route) => (refused++ === 0 ? route.abort() : route.continue()));
    await page.goto(address);
    await page.waitForSelector('#after >> text=The course cannot be reached.');
    await page.click('#after >> text=Try again now');
    await courseOf(page);
  });

  it('says that a preview counts for nothing, and keeps nothing of a look back', async () => {
    const page = await openPage();
    const preview = await launch(app, course12, { who: 'preview', mode: 'browse', graded: false });
    await page.goto(preview.address);
    await courseOf(page);
    assert.equal(await page.locator('#mode').innerText(), 'Preview: nothing is recorded for a grade.');
    await page.click('#exit');
    await page.waitForSelector('#after >> text=This was a preview');
    const review = await launch(app, course12, { who: 'review', mode: 'review' });
    await page.goto('about:blank');
    await page.goto(review.address);
    const sco = await courseOf(page);
    await sco.click('#next');
    assert.equal(await sco.textContent('#error'), '');
    assert.match(await page.locator('#mode').innerText(), /nothing you do now is recorded/);
    assert.equal(await page.locator('#saved-words').innerText(), 'Not recorded');
    assert.equal((await attemptNow(app, review.attempt._id)).revision, 0);
  });

  it('keeps no cookie, and nothing in the browser that the server has', async () => {
    const page = await openPage();
    await page.goto((await launch(app, course12, { who: 'cookies' })).address);
    await courseOf(page);
    assert.deepEqual(await page.context().cookies(), []);
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0]);
    await page.waitForSelector('#saved[data-state="saved"]');
    assert.deepEqual(await page.evaluate(keptRecords), 0);
  });
});

/** Runs in the page: records of all its databases. A slow save is kept until it has arrived. */
async function keptRecords(): Promise<number> {
  const answer = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(new Error('IndexedDB')));
    });
  let count = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await answer(indexedDB.open(name!));
    for (const store of database.objectStoreNames)
      count += await answer(database.transaction(store).objectStore(store).count());
    database.close();
  }
  return count;
}
