/** Every page in the states that no other suite looks at, at a phone's width in the dark and on a desk in the light. PICTURES keeps them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { createPerson } from '../../src/access/people.ts';
import { ensureFirstAdmin } from '../../src/access/sign-in-links.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { createInvitation } from '../../src/lti/invitations.ts';
import { disablePlatform } from '../../src/lti/platforms.ts';
import { startSandbox, type Sandbox } from '../../src/sandbox/start.ts';
import { busyWorkspace } from '../admin/busy-workspace.ts';
import { ada, signIn } from '../admin/signed-in.ts';
import { addCourse } from '../lti/courses.ts';
import { connectWithoutKey, loginFields } from '../lti/launching.ts';
import {
  deepLinkingClaims,
  dlSettings,
  learnerClaims,
  lti,
  startPlatform,
  type TestPlatform,
} from '../lti/platform.ts';
import { checkBoth } from '../player/looking.ts';
import { freePort, startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { openClassroom, type Classroom } from '../teacher/world.ts';

/** One word without a place to break. */
const unbroken = 'W'.repeat(200);

/** The browser lets pass what the server is to refuse. */
async function unguard(page: Page): Promise<void> {
  await page.evaluate(() => {
    for (const form of document.forms) form.noValidate = true;
  });
}

/** Sends a form as a page of anybody's would, and waits for the answer. */
async function submit(page: Page, action: string, fields: Record<string, string>): Promise<void> {
  await page.goto('about:blank');
  await Promise.all([
    page.waitForURL((url) => url.href.startsWith(action)),
    page.evaluate(
      ({ action, fields }) => {
        const form = document.createElement('form');
        Object.assign(form, { method: 'post', action });
        for (const [name, value] of Object.entries(fields)) {
          const input = document.createElement('input');
          Object.assign(input, { type: 'hidden', name, value });
          form.append(input);
        }
        document.body.append(form);
        form.submit();
      },
      { action, fields },
    ),
  ]);
}

describeInBrowser('pictures of a new server', ({ openPage }) => {
  let app: TestApp;
  before(async () => void (app = await startApp()));
  after(() => app?.stop());

  it('its welcome, what is wrong there, and the pages of somebody who has nothing yet', async function () {
    this.timeout(300_000);
    const page = await openPage();
    const link = (await ensureFirstAdmin(app.ctx))!;
    await page.goto(link);
    await checkBoth(page, 'welcome');
    await unguard(page);
    await page.getByLabel('E-mail address').fill('nobody');
    await page.getByRole('button').click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'welcome-faults');
    await page.goto(`${app.url}/welcome/${'x'.repeat(32)}`);
    await checkBoth(page, 'welcome-gone');
    await createPerson(app.ctx, { ...ada, workspace: await defaultWorkspace(app.ctx) });
    await page.goto(`${app.url}/admin/courses`);
    await checkBoth(page, 'sign-in-first');
    await page.getByLabel('E-mail address').fill(ada.email);
    await page.getByLabel('Password').fill('wrong words here');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'sign-in-fault');
    await signIn(app, page);
    for (const path of ['', '/courses', '/platforms', '/keys', '/deliveries', '/nowhere']) {
      await page.goto(`${app.url}/admin${path}`);
      await checkBoth(page, `new${path.replace('/', '-')}`);
    }
    for (const lms of ['moodle', 'brightspace', 'other', 'canvas']) {
      await page.goto(`${app.url}/admin/platforms/connect?lms=${lms}`);
      await checkBoth(page, `new-connect-${lms}`);
    }
    await page.getByRole('button', { name: 'Make the address' }).click();
    await page
      .getByRole('textbox', { name: /address/i })
      .first()
      .waitFor();
    await checkBoth(page, 'new-connect-address');
    await page.goto(`${app.url}/admin/platforms/connect?lms=other&addresses=all`);
    await unguard(page);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'new-connect-faults');
  });
});

describeInBrowser('pictures of a busy server', ({ openPage }) => {
  let app: TestApp;
  let busy: Awaited<ReturnType<typeof busyWorkspace>>;
  before(async () => {
    app = await startApp();
    await createPerson(app.ctx, { ...ada, workspace: await defaultWorkspace(app.ctx) });
    busy = await busyWorkspace(app.ctx);
  });
  after(() => app?.stop());

  it('its forms with faults, its menus, dialogs and notices', async function () {
    this.timeout(300_000);
    const page = await openPage();
    await signIn(app, page);
    const open = async (path: string) => {
      await page.goto(`${app.url}/admin${path}`);
      await unguard(page);
    };
    await open('/keys');
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'keys-fault');
    await open('/keys');
    await page.getByLabel('Make a key for').fill(unbroken);
    await page.getByRole('button', { name: 'Make key' }).click();
    await page.getByRole('textbox', { name: 'API key' }).waitFor();
    await checkBoth(page, 'keys-made');
    await open(`/courses/${busy.course}`);
    await page.getByText('Ada Admin').click();
    await checkBoth(page, 'menu');
    await open(`/courses/${busy.course}`);
    await page.getByRole('radio', { name: /^At most/ }).check();
    await page.getByRole('button', { name: 'Save how it plays' }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'course-play-fault');
    await open(`/courses/${busy.course}`);
    await page.getByLabel('Title', { exact: true }).fill('');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'course-title-fault');
    await open(`/courses/${busy.course}`);
    await page.getByLabel('Title', { exact: true }).fill(unbroken);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('heading', { name: unbroken }).waitFor();
    await checkBoth(page, 'course-unbroken');
    await open('/courses');
    await checkBoth(page, 'courses-unbroken');
    await open(`/courses/${busy.course}/remove`);
    await checkBoth(page, 'course-unbroken-remove');
    await open(`/platforms/${busy.platform}/settings`);
    await page.getByLabel('Access token URL').fill('nowhere');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').waitFor();
    await checkBoth(page, 'settings-fault');
    await disablePlatform(app.ctx, await defaultWorkspace(app.ctx), busy.platform);
    await open('/platforms');
    await checkBoth(page, 'platforms-off');
    await open(`/platforms/${busy.platform}`);
    await checkBoth(page, 'platform-off');
    await open('/deliveries?status=delivered');
    await checkBoth(page, 'deliveries-delivered');
    await open(`/attempts/${busy.attempt}?errors=1`);
    await checkBoth(page, 'attempt');
    await page.emulateMedia({ forcedColors: 'active' });
    for (const [name, path] of [
      ['course', `/courses/${busy.course}`],
      ['deliveries', '/deliveries'],
    ] as const) {
      await open(path);
      // Only a picture: axe reads the colours that the page asked for, not those it was given.
      const { PICTURES } = process.env;
      if (PICTURES) await page.screenshot({ path: join(PICTURES, `forced-${name}.png`), fullPage: true });
    }
  });
});

describeInBrowser('pictures of a link', ({ openPage }) => {
  let room: Classroom;
  before(async () => void (room = await openClassroom()));
  after(() => room?.stop());

  it('without learners, with one, without answers, with faults in its rules, and when its hour is over', async function () {
    this.timeout(300_000);
    const page = await openPage();
    const { visit } = await room.enter();
    const step = (path: string, fields: Record<string, string> = {}) =>
      submit(page, `${room.app.url}/link/${path}`, { visit, ...fields });
    await step('learners');
    await checkBoth(page, 'link-nobody');
    await step('report');
    await checkBoth(page, 'link-no-answers');
    room.members = [{ user_id: 'w', name: unbroken, email: `${unbroken}@example.org` }];
    const attempt = await room.attempt('w', unbroken, { completion: 'incomplete', seconds: 3725 });
    room.clock.advance(10 * 60_000);
    await step('learners');
    await checkBoth(page, 'link-one');
    await step('learners', { search: 'zzz' });
    await checkBoth(page, 'link-not-found');
    await step('learner', { learner: attempt.learner });
    await checkBoth(page, 'link-one-learner');
    await step('learner/reset', { learner: attempt.learner, attempt: attempt._id });
    await checkBoth(page, 'link-one-reset');
    await step('learner/log/lines', { learner: attempt.learner, attempt: attempt._id });
    await checkBoth(page, 'link-one-log');
    await step('rules/save', { counts: 'pass', passBy: 'mark', keep: 'best', limit: 'some', attempts: 'x' });
    await checkBoth(page, 'link-rules-faults');
    await submit(page, `${room.app.url}/link/learners`, { visit: 'x'.repeat(32) });
    await checkBoth(page, 'link-over');
  });
});

describeInBrowser('pictures of launches', ({ openPage }) => {
  let app: TestApp;
  let platform: TestPlatform;
  let claims: () => Record<string, unknown>;
  before(async () => {
    app = await startApp();
    platform = await startPlatform();
    await connectWithoutKey(app, platform);
    const html = (action: string, fields: object) => ({
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: `<!doctype html><html lang="en"><title>LMS</title><form id="f" method="post" action="${action}">${Object.entries(
        fields,
      )
        .map(([name, value]) => `<input name="${name}" value="${String(value).replaceAll('"', '&quot;')}">`)
        .join('')}</form><script>f.submit()</script>`,
    });
    platform.pages = {
      '/window': () => html(`${app.url}/lti/login`, loginFields(app, platform)),
      '/authorize': async (query) =>
        html(query.get('redirect_uri')!, {
          state: query.get('state'),
          id_token: await platform.sign({ ...claims(), nonce: query.get('nonce') }),
        }),
    };
  });
  after(async () => {
    await app?.stop();
    await platform?.stop();
  });

  it('the picker without courses, with one to choose, with none that fits; and launches that are refused', async function () {
    this.timeout(300_000);
    const page = await openPage();
    const launch = async (name: string, what: () => Record<string, unknown>) => {
      claims = what;
      await page.goto(`${platform.url}/window`);
      await page.waitForURL((url) => url.href.startsWith(`${app.url}/lti/launch`));
      await page.getByRole('heading', { level: 1 }).waitFor();
      await checkBoth(page, name);
    };
    const settings = (deepLinkingClaims(platform, app) as Record<string, object>)[dlSettings]!;
    const one = () => deepLinkingClaims(platform, app, { ...settings, accept_multiple: false });
    await launch('picker-empty', one);
    const course = await addCourse(app, 'Golf');
    await addCourse(app, unbroken, 'wsp_test', `${unbroken} and more`);
    await launch('picker-one', one);
    await page.getByRole('searchbox').fill('zzz');
    await page
      .getByText('No course found')
      .or(page.getByText(/no course/i))
      .first()
      .waitFor();
    await checkBoth(page, 'picker-not-found');
    await launch('refused-no-course', () => learnerClaims(platform, app));
    await launch('refused-course-gone', () =>
      learnerClaims(platform, app, { [lti('custom')]: { course: 'crs_gone' } }),
    );
    await launch('refused-late', () =>
      learnerClaims(platform, app, { [lti('custom')]: { course }, iat: 1, exp: 2 }),
    );
    await launch('refused-deployment', () =>
      learnerClaims(platform, app, { [lti('custom')]: { course }, [lti('deployment_id')]: unbroken }),
    );
    await launch('refused-claims', () =>
      learnerClaims(platform, app, {
        [lti('resource_link')]: {},
        [lti('roles')]: 'x',
        [lti('version')]: '1',
      }),
    );
    await page.goto(`${app.url}/lti/launch`);
    await checkBoth(page, 'refused-no-launch');
    await page.goto(`${app.url}/nowhere`);
    await checkBoth(page, 'nowhere');
  });
});

describeInBrowser('pictures of the sandbox LMS', ({ openPage }) => {
  let app: TestApp;
  let sandbox: Sandbox;
  let url: string;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pictures-'));
    app = await startApp();
    url = `http://127.0.0.1:${await freePort()}`;
    sandbox = await startSandbox({
      url,
      toolUrl: app.url,
      dataFile: join(folder, 'sandbox.json'),
      now: app.ctx.now,
      log: pino({ level: 'silent' }),
    });
  });
  after(async () => {
    await sandbox?.stop();
    await app?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('its pages, before it knows the tool, without activities, and with some', async function () {
    this.timeout(300_000);
    const page = await openPage();
    const look = async (name: string, path: string) => {
      await page.goto(`${url}${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await checkBoth(page, `sandbox-${name}`);
    };
    await look('not-connected', '/');
    const workspace = await defaultWorkspace(app.ctx);
    await sandbox.register((await createInvitation(app.ctx, { workspace, by: 'test', approves: true })).url);
    await look('empty', '/?as=ada');
    await look('empty-learner', '/?as=ben');
    await look('empty-gradebook', '/gradebook?as=ada');
    const course = await addCourse(app, 'Golf', workspace);
    for (const title of ['Golf', unbroken])
      await sandbox.addActivity({ title, url: `${app.url}/lti/launch`, points: 10, custom: { course } });
    const [activity] = sandbox.activities();
    await look('course', '/?as=ada');
    await look('course-learner', '/?as=ben');
    await look('gradebook', '/gradebook?as=ada');
    await look('gradebook-learner', '/gradebook?as=ben');
    await look('remove', `/activities/${activity!.id}/remove?as=ada`);
    await look('pick', '/pick?as=ada');
    await look('nowhere', '/activities/none?as=ada');
    await look('activity', `/activities/${activity!.id}?as=ben`);
  });
});
