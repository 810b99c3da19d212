import assert from 'node:assert/strict';
import type { Frame, Page } from 'playwright-core';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import { links } from '../../src/attempts/link.model.ts';
import { resetLearner } from '../../src/attempts/remove.ts';
import { courses } from '../../src/packages/course.model.ts';
import type { PlayRules } from '../../src/packages/play-rules.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package } from '../support/make-package.ts';
import { attemptNow, courseOf, launcherOf, startLms, stored, until, type Lms } from './browsing.ts';
import { checkBoth } from './looking.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describeInBrowser('what a learner may turn to', ({ openPage }) => {
  let app: TestApp;
  let lms: Lms;

  before(async () => {
    [app, lms] = await Promise.all([startApp(), startLms()]);
  });
  after(() => Promise.all([app?.stop(), lms?.close()]));

  async function courseWith(play: Partial<PlayRules>, pages = 3): Promise<Ingested> {
    const added = await addCourse(app, scorm12Package({ title: 'Fire safety', pages }));
    await courses(app.ctx.db).updateOne({ _id: added.course._id }, { $set: { play } });
    return added;
  }

  const press = (where: Page | Frame, label: string) =>
    where
      .locator('#after')
      .getByRole('button', { name: label })
      .or(where.locator('#after').getByRole('link', { name: label }))
      .click();
  const text = (page: Page) => page.locator('#after').innerText();
  const goTo = async (page: Page, address: string) => {
    await page.goto('about:blank');
    await page.goto(address);
  };

  it('starts again within the limit, by a question that says what it means, and looks back without a trace after it', async () => {
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    const course = await courseWith({ attempts: 2 }, 1);
    const back = { who: 'ann', returnUrl: `${lms.url}/back`, platformName: 'Moodle' };
    const first = await launch(app, course, back);
    const rules = { keep: 'average', counts: 'score', points: 50 };
    const lineItem = 'https://lms.example/1';
    await links(app.ctx.db).updateOne({ _id: first.attempt.link }, { $set: { lineItem, rules } });
    // The first time there is nothing to ask, but something to know.
    await page.goto(first.address);
    await page.waitForSelector('#after >> text=You have 2 attempts.');
    assert.equal(
      await text(page),
      'Fire safety\n\nYou have 2 attempts.\n\nUp to 50 points for your grade. The average of your attempts counts.\n\nStart',
    );
    assert.equal(await page.locator('iframe').count(), 0);
    await checkBoth(page, 'turns-start');
    await press(page, 'Start');
    await (await courseOf(page)).click('#finish');
    await page.waitForSelector('#after >> text=Attempt 1 of 2. The average of your attempts counts.');
    await checkBoth(page, 'turns-ending');

    await goTo(page, (await launch(app, course, back)).address);
    await page.waitForSelector('#after >> text=You have completed this course.');
    const question = await text(page);
    assert.match(
      question,
      /Attempt 1 of 2 · 80%[^]*The average of your attempts counts. Your grade so far: 40 of 50./,
    );
    assert.match(
      question,
      /Start again \(attempt 2 of 2\)\s+From the beginning. Your grade becomes the average/,
    );
    assert.match(question, /Look at it again\s+Nothing you do then is recorded/);
    assert.equal(await page.locator('iframe').count(), 0);
    await checkBoth(page, 'turns-question');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await (await courseOf(page)).click('#finish');
    await page.waitForSelector('#after >> text=Attempt 2 of 2.');
    assert.deepEqual(await page.locator('#after button').allInnerTexts(), [
      'Leave and go back',
      'Look at it again',
    ]);

    await goTo(page, (await launch(app, course, back)).address);
    await page.waitForSelector('#after >> text=You have used all 2 attempts.');
    assert.deepEqual(await page.locator('#after button').allInnerTexts(), [
      'Look at it again',
      'Leave and go back',
    ]);
    const all = () =>
      attempts(app.ctx.db).find({ link: first.attempt.link }).sort({ number: 1 }).lean<AttemptRecord[]>();
    const before = await all();
    assert.equal(before.length, 2);
    await press(page, 'Look at it again');
    const sco = await courseOf(page);
    assert.equal(await page.locator('#saved-words').innerText(), 'Not recorded');
    await checkBoth(page, 'turns-review');
    await sco.click('#finish');
    assert.equal(await sco.textContent('#error'), '');
    await page.waitForSelector('#after >> text=You looked back: nothing was recorded.');
    assert.match(await text(page), /^Completed/);
    assert.deepEqual(await all(), before);
  });

  it('hears at once that another window has the attempt, and takes it back', async () => {
    const course = await courseWith({});
    const one = await openPage();
    const two = await one.context().newPage();
    const { attempt, address } = await launch(app, course, { who: 'bob' });
    const place = async (page: string) =>
      (await stored(app, attempt._id))['cmi.core.lesson_location'] === page;
    await one.goto(address);
    await courseOf(one);
    await until(() => place('1'));
    await two.goto((await launch(app, course, { who: 'bob' })).address);
    await (await courseOf(two)).click('#next');
    await until(() => place('2'));
    // Nobody does anything in it.
    await one.waitForSelector('#after >> text=This course was opened in another window.');
    await checkBoth(one, 'turns-elsewhere');
    await press(one, 'Go on here');
    assert.equal(await (await courseOf(one)).textContent('#page'), 'Page 2 of 3');
    await two.waitForSelector('#after >> text=This course was opened in another window.');
    await (await courseOf(one)).click('#next');
    await until(() => place('3'));
    assert.equal((await attemptNow(app, attempt._id)).number, 1);
  });

  it('hears that the attempt was removed, with what is done next or when the course is opened anew', async () => {
    const course = await courseWith({});
    for (const isIdle of [false, true]) {
      const one = await openPage();
      const who = isIdle ? 'ida' : 'ina';
      const { attempt, address } = await launch(app, course, { who, returnUrl: `${lms.url}/back` });
      await one.goto(address);
      const sco = await courseOf(one);
      await until(async () => (await stored(app, attempt._id))['cmi.core.lesson_location'] === '1');
      await one.waitForSelector('#saved[data-state=saved]');
      await resetLearner(app.ctx, attempt, 'per_1');
      if (isIdle) {
        const two = await one.context().newPage();
        await two.goto((await launch(app, course, { who })).address);
        assert.equal(await (await courseOf(two)).textContent('#page'), 'Page 1 of 3');
      } else await sco.click('#next');
      await one.waitForSelector('#after >> text=This attempt was removed.');
      assert.match(await text(one), /nothing more of it is saved. Open the course again from your LMS/);
      assert.deepEqual(await one.locator('#after').getByRole('button').allInnerTexts(), [
        'Leave and go back',
      ]);
      if (!isIdle) {
        assert.ok(await one.locator('#saved').isHidden());
        await checkBoth(one, 'turns-removed');
      }
      assert.equal(await attempts(app.ctx.db).exists({ _id: attempt._id }), null);
    }
  });

  it('starts a preview from the beginning in the middle of it', async () => {
    const page = await openPage();
    const course = await courseWith({ again: 'never', attempts: 1 });
    const { attempt, address } = await launch(app, course, { who: 'fay', graded: false });
    await page.goto(address);
    await (await courseOf(page)).click('#next');
    await page.click('#mode-again');
    await until(async () => (await (await courseOf(page)).textContent('#page')) === 'Page 1 of 3');
    const all = await attempts(app.ctx.db)
      .find({ link: attempt.link })
      .sort({ number: 1 })
      .lean<AttemptRecord[]>();
    assert.deepEqual(
      all.map(({ number }) => number),
      [1, 2],
    );
    assert.match(all[0]!.state, /"cmi.core.lesson_location":"2"/);
  });

  it('plays in a window of its own, opened by the learner, and shows in the frame what came of it', async () => {
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    const course = await courseWith({ window: 'new' }, 1);
    const back = { who: 'cat', returnUrl: `${lms.url}/back` };
    const { address, token } = await launch(app, course, back);
    await page.goto(lms.around(address));
    const frame = await launcherOf(page);
    await frame.waitForSelector('#after >> text=This course opens in a window of its own.');
    await checkBoth(page, 'turns-window', frame);
    const [opened] = await Promise.all([page.waitForEvent('popup'), press(frame, 'Open the course')]);
    const sco = await courseOf(opened);
    assert.doesNotMatch(opened.url(), /ticket|#/);
    await frame.waitForSelector('#after >> text=The course is open in its own window.');
    await checkBoth(page, 'turns-window-open', frame);
    await sco.click('#finish');
    // The frame hears of the end while the window is still there, and that it is closed.
    await frame.waitForSelector('#after >> text=/80% · recorded/');
    assert.deepEqual(await frame.locator('#after button').allInnerTexts(), [
      'Leave and go back',
      'Bring it to the front',
    ]);
    await opened.waitForSelector('#after >> text=/80% · recorded/');
    assert.equal(
      await opened.evaluate((token) => document.documentElement.outerHTML.includes(token), token),
      false,
    );
    // The window is gone before a click in it is over.
    const closing = opened.waitForEvent('close');
    const button = opened.locator('#after').getByRole('button', { name: 'Close this window' });
    await button.evaluate((close) => void setTimeout(() => (close as HTMLElement).click()));
    await closing;
    await frame.waitForSelector('#after button >> text=Open the course again');
    const [again] = await Promise.all([page.waitForEvent('popup'), press(frame, 'Open the course again')]);
    await again.waitForSelector('#after >> text=You have completed this course.');
    await press(again, 'Start again');
    await courseOf(again);
    await again.close();
    await frame.waitForSelector('#after >> text=Not finished yet');
    assert.match(await frame.locator('#after').innerText(), /Attempt 2/);
  });

  it('says it where the browser blocks the window, and offers a link, or to play here', async () => {
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    await page.addInitScript(() => void (window.open = () => null));
    const course = await courseWith({ window: 'new' }, 1);
    await page.goto(lms.around((await launch(app, course, { who: 'dan' })).address));
    const frame = await launcherOf(page);
    await press(frame, 'Open the course');
    await frame.waitForSelector('#after >> text=No window has opened?');
    await checkBoth(page, 'turns-window-blocked', frame);
    const [opened] = await Promise.all([
      page.waitForEvent('popup'),
      press(frame, 'Open the course in a new tab'),
    ]);
    await courseOf(opened);
    await frame.waitForSelector('#after >> text=The course is open in its own window.');
    await opened.close();
    await frame.waitForSelector('#after >> text=Not finished yet');
    // Without a window there is always this.
    await press(frame, 'Open the course again');
    await press(frame, 'Play it here');
    const sco = await until(() => page.frames().find((one) => one.url().includes('/c/')));
    await sco.waitForSelector('text=Page 1 of 1');
  });

  it('knows of a window that its LMS does not let it see', async () => {
    const severed = await startLms({ 'Cross-Origin-Opener-Policy': 'same-origin' });
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    const course = await courseWith({ window: 'new' }, 1);
    await page.goto(severed.around((await launch(app, course, { who: 'eve' })).address));
    const frame = await launcherOf(page);
    const appearing = page.context().waitForEvent('page');
    await press(frame, 'Open the course');
    const opened = await appearing;
    await (await courseOf(opened)).click('#finish');
    await opened.waitForSelector('#after >> text=/recorded/');
    assert.equal(await opened.evaluate('opener'), null);
    await press(frame, 'Show my result');
    await frame.waitForSelector('#after >> text=/80% · recorded/');
    await severed.close();
  });
});
