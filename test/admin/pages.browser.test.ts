import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { AxeResults } from 'axe-core';
import { createPerson } from '../../src/access/people.ts';
import { ensureFirstAdmin } from '../../src/access/sign-in-links.ts';
import { defaultWorkspace } from '../../src/access/workspaces.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package } from '../support/make-package.ts';
import { busyWorkspace } from './busy-workspace.ts';
import { ada, signIn } from './signed-in.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describeInBrowser('the work pages of a new server', ({ openPage }) => {
  let app: TestApp;
  before(async () => void (app = await startApp()));
  after(() => app?.stop());

  it('are reached from the printed link with the keyboard alone', async () => {
    const page = await openPage();
    await page.goto((await ensureFirstAdmin(app.ctx))!);
    await assertSound(page);
    for (const text of [ada.email, ada.name, ada.password, ada.password]) {
      await page.keyboard.press('Tab');
      await page.keyboard.type(text);
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(`${app.url}/admin`);
    await page.getByRole('heading', { name: 'Welcome, Ada' }).waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  });

  it('are sound while they are empty, and fill while somebody looks', async () => {
    const page = await openPage();
    await signIn(app, page);
    for (const path of ['', '/courses', '/platforms', '/keys', '/deliveries']) {
      await page.goto(`${app.url}/admin${path}`);
      await assertSound(page);
    }
    await page.getByText('No deliveries yet').waitFor();
    await busyWorkspace(app.ctx);
    await page.getByRole('link', { name: 'Lena Learner' }).waitFor({ timeout: 15_000 });
  });
});

describeInBrowser('the work pages in a browser', ({ openPage }) => {
  let app: TestApp;
  let busy: Awaited<ReturnType<typeof busyWorkspace>>;
  before(async () => {
    app = await startApp({ env: { MAX_UPLOAD_MB: '1' } });
    await createPerson(app.ctx, { ...ada, workspace: await defaultWorkspace(app.ctx) });
    busy = await busyWorkspace(app.ctx);
  });
  after(() => app?.stop());

  it('take a course that is chosen, show its way, and say all that is wrong with one', async () => {
    const page = await openPage();
    await signIn(app, page);
    await page.goto(`${app.url}/admin/courses`);
    const choose = async (name: string, buffer: Buffer) => {
      const chooser = page.waitForEvent('filechooser');
      await page.getByRole('button', { name: 'Choose a ZIP' }).click();
      await (
        await chooser
      ).setFiles([{ name, mimeType: name.endsWith('.zip') ? 'application/zip' : 'image/png', buffer }]);
    };
    await choose('broken.zip', Buffer.from('this is no archive'));
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.ok((await alert.innerText()).length > 20);
    await assertSound(page);
    assert.ok(
      await page
        .getByRole('button', { name: 'Choose a ZIP' })
        .evaluate((button) => button === document.activeElement),
    );
    await choose('large.zip', Buffer.alloc(2 * 1024 * 1024));
    await alert.getByText('The file is too large.').waitFor();
    await choose('picture.png', Buffer.from('x'));
    await alert.getByText('This is not a ZIP file.').waitFor();
    await choose('good.zip', scorm12Package({ title: 'Chosen course' }));
    await page.waitForURL(/\/admin\/courses\/crs_\w+\?said=added/);
    await page.getByRole('heading', { name: 'Chosen course' }).waitFor();
  });

  it('take a course that is dropped anywhere', async () => {
    const page = await openPage();
    await signIn(app, page);
    await page.goto(`${app.url}/admin/courses`);
    const bytes = [...scorm12Package({ title: 'Dropped course' })];
    await page.evaluate((bytes) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([new Uint8Array(bytes)], 'dropped.zip', { type: 'application/zip' }));
      for (const type of ['dragenter', 'dragover', 'drop'])
        document
          .querySelector('h1')!
          .dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, bytes);
    await page.waitForURL(/said=added/);
    await page.getByRole('heading', { name: 'Dropped course' }).waitFor();
  });

  it('ask before a course is removed, and Escape means no', async () => {
    const page = await openPage();
    await signIn(app, page);
    await page.goto(`${app.url}/admin/courses`);
    await page.getByRole('link', { name: 'Dropped course' }).click();
    await page.getByRole('link', { name: 'Remove course' }).click();
    await page.getByRole('dialog').waitFor();
    await assertSound(page);
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Remove course' }).click();
    await page.getByRole('button', { name: 'Remove course' }).click();
    await page.getByText('The course was removed.').waitFor();
  });

  it('show the API key once, ready to be copied', async () => {
    const page = await openPage({ permissions: ['clipboard-read', 'clipboard-write'] });
    await signIn(app, page);
    await page.goto(`${app.url}/admin/keys`);
    await page.getByLabel('Make a key for').fill('Browser test');
    await page.getByRole('button', { name: 'Make key' }).click();
    const key = await page.getByRole('textbox', { name: 'API key' }).inputValue();
    await page.getByRole('button', { name: 'Copy API key' }).click();
    await page.getByRole('status').getByText('Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), key);
  });

  it('change colours without a reload and remember them', async () => {
    const page = await openPage({ colorScheme: 'light' });
    await signIn(app, page);
    const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
    const light = await ground();
    await page.getByText('Ada Admin').click();
    const stored = page.waitForResponse(/\/admin\/theme/);
    await page.getByRole('button', { name: 'Dark' }).click();
    await assertSound(page);
    await stored;
    const dark = await ground();
    assert.notEqual(dark, light);
    await page.goto(`${app.url}/admin/keys`);
    assert.equal(await ground(), dark);
  });

  it('work without scripts', async () => {
    const page = await openPage({ javaScriptEnabled: false });
    await signIn(app, page);
    await page.goto(`${app.url}/admin/courses`);
    await page
      .getByLabel('Add a course')
      .setInputFiles([
        { name: 'plain.zip', mimeType: 'application/zip', buffer: scorm12Package({ title: 'Plain form' }) },
      ]);
    await page.getByRole('button', { name: 'Upload' }).click();
    await page.getByRole('heading', { name: 'Plain form' }).waitFor();
    await page.getByRole('link', { name: 'Remove course' }).click();
    await page.getByRole('button', { name: 'Remove course' }).click();
    await page.getByText('The course was removed.').waitFor();
    await page.goto(`${app.url}/admin/keys`);
    await page.getByRole('button', { name: 'Revoke Course import' }).click();
    await page.getByText('The key was revoked.').waitFor();
  });

  const paths = () => [
    '',
    '/courses',
    `/courses/${busy.course}`,
    `/courses/${busy.course}/remove`,
    '/courses?search=nothing',
    '/courses/crs_x',
    '/deliveries',
    `/deliveries/${busy.givenUp}`,
    `/attempts/${busy.attempt}`,
    `/attempts/${busy.bare}`,
    '/platforms',
    `/platforms/${busy.platform}`,
    `/platforms/${busy.platform}/settings`,
    '/platforms/connect?lms=canvas',
    '/platforms/connect?lms=blackboard',
    '/keys',
  ];

  it('fit every width from 320 px', async () => {
    const page = await openPage();
    await signIn(app, page);
    for (const path of paths()) {
      await page.goto(`${app.url}/admin${path}`);
      for (const width of [320, 500, 768, 959, 960, 1151, 1152, 1300]) {
        await page.setViewportSize({ width, height: 800 });
        await assertFits(page);
      }
    }
  });

  // Layout does not depend on the theme; what may be read on what, in each theme, is tokens.test.ts.
  for (const { width, colorScheme } of [
    { width: 400, colorScheme: 'dark' },
    { width: 1400, colorScheme: 'light' },
  ] as const) {
    it(`are sound at ${width} px in ${colorScheme}`, async () => {
      const page = await openPage({ colorScheme, viewport: { width, height: 900 }, hasTouch: width < 500 });
      await page.goto(`${app.url}/sign-in`);
      await assertSound(page);
      await signIn(app, page);
      for (const path of paths()) {
        await page.goto(`${app.url}/admin${path}`);
        // What axe finds does not depend on the width but for these; with AXE_ALL it looks at all of it again.
        const layout = width > 1000 && !process.env.AXE_ALL;
        await assertSound(page, layout ? ['target-size', 'scrollable-region-focusable'] : undefined);
        const name = `admin${path.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}`;
        // With PICTURES set to a folder, what the pages look like is kept there.
        if (process.env.PICTURES)
          await page.screenshot({ path: `${process.env.PICTURES}/${name}.png`, fullPage: true });
      }
    });
  }
});

const everyRule = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** No fault that axe finds (WCAG 2.2 A and AA), nothing wider than the page, nothing too small to press. */
async function assertSound(page: Page, rules = everyRule): Promise<void> {
  const where = new URL(page.url()).pathname;
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    (runOnly) =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
        runOnly,
        resultTypes: ['violations'],
      }) as Promise<AxeResults>,
    rules,
  );
  assert.deepEqual(
    violations.map(
      ({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
    ),
    [],
  );
  await assertFits(page);
}

async function assertFits(page: Page): Promise<void> {
  const where = new URL(page.url()).pathname;
  const cut = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('.card, .notice, dialog[open]')]
      .filter((each) => each.scrollWidth > each.clientWidth)
      .map((each) => `${each.scrollWidth - each.clientWidth} px of ${each.outerHTML.slice(0, 80)}`),
  );
  assert.deepEqual(cut, [], `${where} at ${page.viewportSize()?.width} px`);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll('button, .button, summary, nav a, select, input:not([type=hidden])')]
      .filter((each) => each.checkVisibility() && !each.closest('.cluster.small'))
      .map((each) => ({ what: each.outerHTML.slice(0, 120), height: each.getBoundingClientRect().height }))
      .filter(({ height }) => height > 1 && height < (matchMedia('(pointer: coarse)').matches ? 44 : 32)),
  );
  assert.deepEqual(small, [], where);
}
