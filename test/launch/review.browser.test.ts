import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import { startAgain } from '../../src/attempts/again.ts';
import { startLaunch } from '../../src/attempts/launches.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { connectWithoutKey, loginFields } from '../lti/launching.ts';
import {
  learnerClaims,
  lti,
  membershipRole,
  startPlatform,
  type Answer,
  type TestPlatform,
} from '../lti/platform.ts';
import { addGolf, begin, play } from './reviewed.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const form = (action: string, fields: object): Answer => ({
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html lang="en"><title>LMS</title><form id="f" method="post" action="${action}">${Object.entries(
    fields,
  )
    .map(([name, value]) => `<input name="${name}" value="${String(value).replaceAll('"', '&quot;')}">`)
    .join('')}</form><script>f.submit()</script>`,
});

describeInBrowser("a learner's work, in a browser", ({ openPage }) => {
  let app: TestApp;
  let platform: TestPlatform;
  let claims: () => object;

  before(async () => {
    app = await startApp();
    platform = await startPlatform();
    await connectWithoutKey(app, platform);
    const course = await addGolf(app);
    const first = await play(app, await begin(app, platform, course), { status: 'failed', score: '35' });
    const { token } = await startLaunch(app.ctx, first, { mode: 'normal' });
    await play(app, await startAgain(app.ctx, token));
    platform.pages = {
      '/gradebook': () => form(`${app.url}/lti/login`, loginFields(app, platform)),
      '/authorize': async (query) =>
        form(query.get('redirect_uri')!, {
          state: query.get('state'),
          id_token: await platform.sign({
            ...learnerClaims(platform, app, claims()),
            nonce: query.get('nonce'),
          }),
        }),
    };
  });
  after(async () => {
    await app?.stop();
    await platform?.stop();
  });
  beforeEach(() => {
    claims = () => ({
      sub: '7',
      [lti('roles')]: [membershipRole('Instructor')],
      [lti('message_type')]: 'LtiSubmissionReviewRequest',
      [lti('for_user')]: { user_id: '42' },
    });
  });

  it('is a page that everybody can use, and shows the attempt that is chosen', async () => {
    const page = await openPage();
    await page.goto(`${platform.url}/gradebook`);
    await page.getByRole('heading', { level: 1, name: 'Sam Student' }).waitFor();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [400, 1400]) {
        await page.setViewportSize({ width, height: 900 });
        await assertSound(page);
        if (process.env.PICTURES)
          await page.screenshot({
            path: `${process.env.PICTURES}/review-${colorScheme}-${width}.png`,
            fullPage: true,
          });
      }
    }
    await page.getByRole('button', { name: 'Attempt 1' }).click();
    await page.getByText('Attempt 1 of 2').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Attempt 1' }).getAttribute('aria-current'), 'true');
    const opening = page.context().waitForEvent('page');
    await page.getByRole('button', { name: 'Open the course as it was left' }).click();
    const course = await opening;
    await course.getByText('You are looking back').waitFor();
    assert.equal(await course.evaluate(() => window.opener), null);
  });

  it('says so where there is none', async () => {
    claims = () => ({
      [lti('roles')]: [membershipRole('Instructor')],
      [lti('message_type')]: 'LtiSubmissionReviewRequest',
      [lti('for_user')]: { user_id: 'nobody' },
    });
    const page = await openPage();
    await page.goto(`${platform.url}/gradebook`);
    await page.getByText('Nothing has been done here yet').waitFor();
    await assertSound(page);
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/review-none.png` });
  });
});

/** No fault that axe finds (WCAG 2.2 A and AA), and nothing wider than the page. */
async function assertSound(page: Page): Promise<void> {
  // Colours that are on their way are nobody's.
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  await page.evaluate(axe);
  const { violations } = await page.evaluate(
    () =>
      (window as unknown as { axe: typeof import('axe-core') }).axe.run(document, {
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
        resultTypes: ['violations'],
      }) as Promise<AxeResults>,
  );
  assert.deepEqual(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`),
    [],
  );
  assert.ok(
    await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
  );
}
