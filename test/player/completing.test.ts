import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { attempts } from '../../src/attempts/attempt.model.ts';
import { changePlayRules } from '../../src/attempts/completion-rule.ts';
import { readLog } from '../../src/attempts/log.ts';
import { ingestPackage } from '../../src/packages/ingest.ts';
import type { CompletionRule } from '../../src/scorm/completion.ts';
import { ada, signedIn, type Agent } from '../admin/signed-in.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { assetPackage, scorm12Package } from '../support/make-package.ts';
import { courseOf, until } from './browsing.ts';

describeInBrowser('a course that is complete by a rule', ({ openPage }) => {
  let app: TestApp;
  let agent: Agent;
  let csrf: string;
  before(async () => {
    app = await startApp();
    ({ agent, csrf } = await signedIn(app));
  });
  after(() => app?.stop());

  /** A course under a rule, previewed by its author, whose log is kept. */
  async function prepared(zip: Buffer, completion: CompletionRule) {
    const { ctx } = app;
    const workspace = await defaultWorkspace(ctx);
    const folder = await mkdtemp(join(tmpdir(), 'course-'));
    const path = join(folder, 'course.zip');
    await writeFile(path, zip);
    const { course } = await ingestPackage(ctx, { path, workspace, by: 'test' });
    await rm(folder, { recursive: true });
    await changePlayRules(ctx, workspace, course._id, { completion });
    const send = (to: string, form: object = {}) =>
      agent
        .post(to)
        .type('form')
        .send({ csrf, ...form })
        .expect(303);
    const { headers } = await send(`/admin/courses/${course._id}/preview`);
    const { _id } = (await attempts(ctx.db).findOne({ course: course._id }).lean())!;
    await send(`/admin/attempts/${_id}/log`, { turn: 'on' });
    const now = async () => (await attempts(ctx.db).findOne({ _id }).lean())!;
    const told = async () => (await readLog(ctx, _id)).lines.map(({ name }) => name);
    return { address: headers.location!, attempt: _id, now, told };
  }

  async function signIn(page: Page): Promise<void> {
    await page.goto(`${app.url}/sign-in`);
    await page.getByLabel('E-mail address').fill(ada.email);
    await page.getByLabel('Password').fill(ada.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.waitForURL(/\/admin/);
  }

  it('needs no call of it: time passes, the bar says so, the server has it, and the log tells it', async () => {
    const zip = assetPackage({ title: 'Slides', items: [{ title: 'One' }, { title: 'Two' }] });
    const { address, attempt, now, told } = await prepared(zip, { by: 'time', seconds: 1 });
    const page = await openPage();
    await page.goto(address);
    await page.frameLocator('#stage iframe').getByText('Only to be read').waitFor();
    await page.getByText('Completed · 1 of 2 done').waitFor();
    await until(async () => (await now()).progress.completion === 'completed');
    await page.click('#exit');
    await page.getByRole('heading', { name: 'Completed' }).waitFor();
    await until(async () => (await told()).includes('left'));

    const work = await openPage({ viewport: { width: 1400, height: 900 } });
    await signIn(work);
    await work.goto(`${app.url}/admin/attempts/${attempt}`);
    const log = work.locator('#log');
    for (const said of [
      /Player opened: Mozilla/,
      /Page shown: item_1\.html/,
      /Saved by the server/,
      /Course left/,
    ])
      await log.getByText(said).first().waitFor();
    assert.match(
      await work.locator('#attempt').innerText(),
      /Complete by this course's rule: After at least 0\.02 minutes in it/,
    );
  });

  it('that reports a score and never that it is finished, and whose errors one finds in the log', async () => {
    const zip = scorm12Package({ title: 'Test', pages: 1, score: 80 });
    const { address, attempt, now, told } = await prepared(zip, { by: 'score', atLeast: 0.8 });
    const page = await openPage();
    // The course's own fault, and meant.
    page.removeAllListeners('pageerror');
    await page.goto(address);
    const sco = await courseOf(page);
    await sco.evaluate(() => {
      const { API } = window.parent as unknown as { API: Record<string, (...args: unknown[]) => string> };
      API.LMSSetValue!('cmi.core.lesson_status', 'done');
      API.LMSSetValue!('cmi.core.score.raw', 80);
      setTimeout(() => (window as unknown as { nothing: () => void }).nothing());
    });
    await until(async () => (await now()).progress.completion === 'completed');
    await page.getByText('Completed', { exact: true }).first().waitFor();
    await until(async () => (await told()).includes('script'));
    const { text } = await agent.get(`/admin/attempts/${attempt}?show=errors`).expect(200);
    assert.match(text, /lesson_status[^]*405 Incorrect data type/);
    assert.match(text, /Error in the course&#39;s script[^]*nothing is not a function/);
  });
});
