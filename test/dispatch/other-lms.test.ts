import assert from 'node:assert/strict';
import type { FrameLocator, Page } from 'playwright-core';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import type { Context } from '../../src/context.ts';
import { closeDispatch } from '../../src/dispatch/dispatches.ts';
import { buildDispatchZip, type DispatchFormat } from '../../src/dispatch/zip.ts';
import { courses } from '../../src/packages/course.model.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { makeDispatch, workspace } from './course.ts';
import { openOtherLms, type OtherLms } from './other-lms.ts';

describeInBrowser('a dispatch in another LMS', ({ openPage }) => {
  let server: TestApp;
  let ctx: Context;
  const open: OtherLms[] = [];

  before(async () => {
    server = await startApp();
    ctx = server.ctx;
  });
  after(() => server?.stop());
  afterEach(() => Promise.all(open.splice(0).map((lms) => lms.close())));

  async function dispatched(course: Buffer, format: DispatchFormat) {
    const { dispatch } = await makeDispatch(ctx, course);
    const standard = format === 'scorm12' ? 'scorm12' : 'scorm2004';
    const lms = await openOtherLms(await buildDispatchZip(ctx, dispatch, format), standard);
    open.push(lms);
    return { dispatch, lms };
  }

  const shellOf = (page: Page) => page.frameLocator('#sco');
  const playerOf = (page: Page) => shellOf(page).frameLocator('iframe');
  const courseOf = (page: Page) => playerOf(page).frameLocator('iframe');
  const textOf = (frame: FrameLocator, selector: string) => frame.locator(selector).textContent();
  async function until(what: string, isSo: () => boolean | Promise<boolean>) {
    const end = performance.now() + 10_000;
    while (!(await isSo())) {
      if (performance.now() > end) assert.fail(`${what} did not come about`);
      await new Promise((resolve) => void setTimeout(resolve, 50));
    }
  }
  const attemptOf = async (course: string) =>
    (await attempts(ctx.db).findOne({ course }).lean<AttemptRecord>())!;

  it('plays, is left half-way, resumes, and is finished: SCORM 1.2, and both records agree', async () => {
    const { dispatch, lms } = await dispatched(
      scorm12Package({ pages: 3, score: 85, success: 'passed' }),
      'scorm12',
    );
    const first = await openPage();
    await first.goto(lms.url);
    await courseOf(first).locator('#next').click();
    await until('page 2', async () => (await textOf(courseOf(first), '#page')) === 'Page 2 of 3');
    await until('a commit', () => lms.calls.includes('commit'));
    assert.equal(lms.values['cmi.core.lesson_status'], 'incomplete');
    assert.equal(lms.values['cmi.core.exit'], 'suspend');
    assert.equal(lms.values['cmi.core.score.raw'], undefined);
    await until('the server to know', async () =>
      (await attemptOf(dispatch.course)).state.includes('seen=2'),
    );
    await first.close();
    await until('the LMS to be told goodbye', () => lms.calls.includes('finish'));

    const second = await openPage();
    await second.goto(lms.url);
    await courseOf(second).locator('#page', { hasText: 'Page 2 of 3' }).waitFor();
    await courseOf(second).locator('#next').click();
    await courseOf(second).locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.core.lesson_status'] === 'passed');
    // The learner leaves by the player's own button, and the session with the LMS ends.
    const finishes = lms.calls.filter((call) => call === 'finish').length;
    await playerOf(second).getByRole('button', { name: 'Exit', exact: true }).click();
    await shellOf(second).getByRole('heading', { name: 'You have left the course.' }).waitFor();
    await until(
      'the end of the session',
      () => lms.calls.filter((call) => call === 'finish').length === finishes + 1,
    );

    const { progress, graded } = await attemptOf(dispatch.course);
    assert.deepEqual(
      [progress.completion, progress.success, progress.score, graded],
      ['completed', 'passed', 0.85, true],
    );
    assert.equal(lms.values['cmi.core.score.raw'], '85');
    assert.equal(lms.values['cmi.core.exit'], '');
    const [h = 0, m = 0, s = 0] = lms.values['cmi.core.total_time']!.split(':').map(Number);
    assert.equal(h * 3600 + m * 60 + s, Math.round(progress.seconds));
    assert.equal(await attempts(ctx.db).countDocuments({ course: dispatch.course }), 1);
  });

  it('plays in a window of its own, and the LMS hears of it through the frame', async () => {
    const { dispatch, lms } = await dispatched(scorm12Package({ pages: 1, score: 85 }), 'scorm12');
    await courses(ctx.db).updateOne({ _id: dispatch.course }, { $set: { play: { window: 'new' } } });
    const page = await openPage();
    await page.goto(lms.url);
    const opening = page.waitForEvent('popup');
    await playerOf(page).getByRole('button', { name: 'Open the course' }).click();
    const opened = await opening;
    await opened.frameLocator('iframe').locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.core.lesson_status'] === 'completed');
    assert.equal(lms.values['cmi.core.score.raw'], '85');
    await opened.close();
    await playerOf(page).getByRole('button', { name: 'Exit', exact: true }).click();
    await shellOf(page).getByRole('heading', { name: 'You have left the course.' }).waitFor();
    await until('the end of the session', () => lms.calls.includes('finish'));
  });

  it('does so in SCORM 2004 too', async () => {
    const { dispatch, lms } = await dispatched(
      scorm2004Package({ pages: 2, score: 40, success: 'failed' }),
      'scorm2004',
    );
    const page = await openPage();
    await page.goto(lms.url);
    await courseOf(page).locator('#next').click();
    await until('some progress', () => lms.values['cmi.completion_status'] === 'incomplete');
    await courseOf(page).locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.success_status'] === 'failed');
    const told = ['completion_status', 'score.scaled', 'score.raw', 'exit'].map(
      (name) => lms.values[`cmi.${name}`],
    );
    assert.deepEqual(told, ['completed', '0.4', '40', 'normal']);
    await until(
      'the server to know',
      async () => (await attemptOf(dispatch.course)).progress.success === 'failed',
    );
    assert.equal((await attemptOf(dispatch.course)).progress.score, 0.4);
  });

  it('brings a course of one standard to an LMS of the other', async () => {
    const { lms } = await dispatched(scorm2004Package({ pages: 1, score: 70, success: 'passed' }), 'scorm12');
    const page = await openPage();
    await page.goto(lms.url);
    await courseOf(page).locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.core.lesson_status'] === 'passed');
    assert.equal(lms.values['cmi.core.score.raw'], '70');
  });

  it('tells an LMS at the next opening what it could not tell it before', async () => {
    const { lms } = await dispatched(scorm12Package({ pages: 1, score: 90 }), 'scorm12');
    const before = { ...lms.values };
    const page = await openPage();
    await page.goto(lms.url);
    await courseOf(page).locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.core.lesson_status'] === 'completed');
    await page.close();
    await until('the end', () => lms.calls.includes('finish'));
    for (const name of Object.keys(lms.values)) delete lms.values[name];
    Object.assign(lms.values, before);

    await (await openPage()).goto(lms.url);
    await until('the LMS to know again', () => lms.values['cmi.core.lesson_status'] === 'completed');
    assert.equal(lms.values['cmi.core.score.raw'], '90');
  });

  it('says so when it is opened without an LMS', async () => {
    const { lms } = await dispatched(scorm12Package(), 'scorm12');
    const page = await openPage();
    await page.goto(`${lms.url}?api=none`);
    await shellOf(page).getByRole('heading', { name: 'Your LMS did not answer.' }).waitFor();
    await shellOf(page).getByRole('button', { name: 'Try again' }).waitFor();
  });

  it('offers to try again when our server cannot be reached, and then plays', async () => {
    const { lms } = await dispatched(scorm12Package({ pages: 1 }), 'scorm12');
    const page = await openPage();
    await page.route('**/dispatch/*/launch', (route) => route.abort());
    await page.goto(lms.url);
    await shellOf(page).getByRole('heading', { name: 'The course could not be reached.' }).waitFor();
    await page.unroute('**/dispatch/*/launch');
    await shellOf(page).getByRole('button', { name: 'Try again' }).click();
    await courseOf(page).locator('#finish').waitFor();
  });

  it('shows a refusal in our words, and the LMS does not take it for done', async () => {
    const { dispatch, lms } = await dispatched(scorm12Package(), 'scorm12');
    await closeDispatch(ctx, workspace, dispatch._id);
    const page = await openPage();
    await page.goto(lms.url);
    await shellOf(page).getByRole('heading', { name: 'This course is closed.' }).waitFor();
    assert.equal(await shellOf(page).getByRole('button').count(), 0);
    await page.close();
    await until('the end', () => lms.calls.includes('finish'));
    assert.equal(lms.values['cmi.core.lesson_status'], 'incomplete');
  });

  it('listens to nobody but the launcher it opened', async () => {
    const { lms } = await dispatched(scorm12Package({ pages: 2 }), 'scorm12');
    const page = await openPage();
    await page.goto(lms.url);
    await courseOf(page).locator('#next').click();
    await until('a commit', () => lms.calls.includes('commit'));
    const lie = {
      coursedock: 'ready',
      type: 'state',
      revision: 99,
      completion: 'completed',
      success: 'passed',
      score: 1,
      seconds: 1,
    };
    // From the LMS's page, and from the course itself past the launcher.
    await page.evaluate(
      (told) => document.querySelector('iframe')!.contentWindow!.postMessage(told, '*'),
      lie,
    );
    await courseOf(page)
      .locator('body')
      .evaluate((_body, told) => window.top!.frames[0]!.postMessage(told, '*'), lie);
    await courseOf(page).locator('#previous').click();
    await page.waitForTimeout(300);
    assert.equal(lms.values['cmi.core.lesson_status'], 'incomplete');
    // A course that plays the shell gets no ear of the launcher, and takes none away from the LMS.
    const heard = await courseOf(page)
      .locator('body')
      .evaluate(async () => {
        const channel = new MessageChannel();
        const said: unknown[] = [];
        channel.port1.addEventListener('message', ({ data }) => void said.push(data));
        channel.port1.start();
        const launcher = window.top!.frames[0]!.frames[0]!;
        launcher.postMessage({ coursedock: 'dispatch', v: 1 }, '*', [channel.port2]);
        await new Promise((resolve) => void setTimeout(resolve, 200));
        return said;
      });
    assert.deepEqual(heard, []);
    await courseOf(page).locator('#next').click();
    await courseOf(page).locator('#finish').click();
    await until('the LMS to know', () => lms.values['cmi.core.lesson_status'] === 'completed');
  });
});
