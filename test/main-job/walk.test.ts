import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Frame, Page } from 'playwright-core';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { Server } from '../support/process.ts';
import { golfCourse, sampleCourse, type Play } from './courses.ts';

const golf = join(import.meta.dirname, '../../../shared/packages/rustici-golf');

type Walked = { what: string; zip: () => Buffer; play: Play };
const made: Walked[] = [
  { what: 'a SCORM 1.2 course', zip: () => scorm12Package({ title: 'Walk 1.2' }), play: sampleCourse },
  { what: 'a SCORM 2004 course', zip: () => scorm2004Package({ title: 'Walk 2004' }), play: sampleCourse },
];
const golfs: Walked[] = [
  'scorm12__RuntimeBasicCalls_SCORM12.zip',
  'scorm2004__RuntimeBasicCalls_SCORM20043rdEdition.zip',
].map((what) => ({ what, zip: () => readFileSync(join(golf, what)), play: golfCourse }));
/** Real ones where they are; with WALK_ALL the made ones, too. */
const courses = existsSync(golf) ? (process.env.WALK_ALL ? [...made, ...golfs] : golfs) : made;

describeInBrowser('the main job, in a process of its own', ({ browser }) => {
  let dataDir: string;
  let server: Server;
  let key: string;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'coursedock-'));
    server = await Server.start(dataDir);
    key = (await server.command('key', 'create')).trim();
  });
  after(async () => {
    await server?.stop();
    if (dataDir) await rm(dataDir, { recursive: true, force: true });
  });

  before(() => {
    if (courses === made)
      process.stderr.write("      (other people's courses are not here: only made ones are played)\n");
  });
  for (const { what, zip, play } of courses) {
    it(`takes ${what} from upload to pick, play, half-way, resume, finish and grade`, async () => {
      const course = await upload(zip());
      const activity = await pick(course.title);

      const first = await openActivity(activity);
      const left = await play.half(first.frame);
      await saved(first);
      await closeTab(first);

      const again = await openActivity(activity);
      assert.equal(await play.where(again.frame), left);
      const score = await play.finish(again.frame);

      await gradeArrives(activity, again.context, score);
      await again.page.frameLocator('#activity-frame').getByText('Your grade is in Sandbox LMS').waitFor();
      const [attempt] = await attemptsOf(course.id);
      assert.deepEqual(
        [attempt?.score, attempt?.learner.name, attempt?.version, attempt?.progress.completion],
        [score / 100, 'Ben Carter', 1, 'completed'],
      );
      await again.context.close();
    });
  }

  it('loses nothing acknowledged when the process is killed before, during and after a course, and the grade still arrives', async () => {
    const course = await upload(scorm12Package({ title: 'Killed on the way' }));
    await restart();
    const activity = await pick(course.title);
    await restart();

    const first = await openActivity(activity);
    const left = await sampleCourse.half(first.frame);
    await saved(first);
    await server.kill();
    await closeTab(first);
    await server.start();

    // While the server is away the learner goes on; what they do is kept in the window and saved when it is back.
    const again = await openActivity(activity);
    assert.equal(await sampleCourse.where(again.frame), left);
    await server.kill();
    const score = await sampleCourse.finish(again.frame);
    await server.start();
    await saved(again);
    await restart();

    await gradeArrives(activity, again.context, score);
    const attempts = await attemptsOf(course.id);
    assert.deepEqual(
      attempts.map((attempt) => attempt.score),
      [score / 100],
    );
    await again.context.close();
  });

  async function restart() {
    await server.kill();
    await server.start();
  }

  async function api<T>(path: string, init: RequestInit = {}): Promise<T> {
    const answer = await fetch(`${server.url}/api/v1${path}`, {
      ...init,
      headers: { Authorization: `Bearer ${key}` },
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return (await answer.json()) as T;
  }

  async function upload(zip: Buffer): Promise<{ id: string; title: string }> {
    const form = new FormData();
    form.append('file', new Blob([new Uint8Array(zip)]), 'course.zip');
    return api('/courses', { method: 'POST', body: form });
  }

  type Attempt = {
    score: number | null;
    version: number;
    learner: { name: string };
    progress: { completion: string };
  };
  async function attemptsOf(course: string): Promise<Attempt[]> {
    return (await api<{ data: Attempt[] }>(`/attempts?course=${course}`)).data;
  }

  /** The instructor adds the course; returns the activity that stands on the course page. */
  async function pick(title: string): Promise<string> {
    const context = await browser().newContext();
    const page = await context.newPage();
    await page.goto(`${server.sandboxUrl}/?as=ada`);
    await page.click('#add-course');
    const picker = page.frameLocator('#picker-frame');
    await picker.getByLabel(title).first().check();
    await picker.locator('#add').click();
    await page.waitForSelector('#added');
    const activity = await page
      .locator('[data-activity]', { hasText: title })
      .last()
      .getAttribute('data-activity');
    await context.close();
    assert.ok(activity);
    return activity;
  }

  type Playing = { context: BrowserContext; page: Page; frame: Frame };

  /** A learner opens the activity, in a browser of their own, and says yes to whatever the course asks. */
  async function openActivity(activity: string): Promise<Playing> {
    const context = await browser().newContext();
    const page = await context.newPage();
    page.on('dialog', (dialog) => void dialog.accept().catch(() => undefined));
    await page.goto(`${server.sandboxUrl}/activities/${activity}?as=ben`);
    return { context, page, frame: await courseFrame(page) };
  }

  /** The frame of the course itself, in the player, in the LMS. (Found by its address: frames change their process on the way.) */
  async function courseFrame(page: Page): Promise<Frame> {
    const isCourse = (frame: Frame) => new URL(frame.url(), 'http://x').pathname.startsWith('/c/');
    const found = page.frames().find(isCourse) ?? (await page.waitForEvent('framenavigated', isCourse));
    await found.waitForLoadState('load');
    return found;
  }

  async function saved({ page }: Playing) {
    const player = page.frameLocator('#activity-frame');
    await player.locator('#saved[data-state="saved"]').waitFor({ state: 'attached' });
  }

  /** The learner closes the tab: no exit button, no goodbye. */
  async function closeTab({ context, page }: Playing) {
    await page.close({ runBeforeUnload: false });
    await context.close();
  }

  /**
   * Waits until the gradebook shows the score. (A course that says "completed" before its test is first worth full marks,
   * which the score then replaces.)
   */
  async function gradeArrives(activity: string, context: BrowserContext, score: number): Promise<void> {
    const page = await context.newPage();
    await page.goto(`${server.sandboxUrl}/gradebook?as=ada`);
    const cell = `tr[data-learner="ben"] td[data-activity="${activity}"][data-points="${score}"][data-maximum="100"]`;
    await page.locator(cell).waitFor({ timeout: 30_000 });
    await page.close();
  }
});
