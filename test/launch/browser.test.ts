import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { decodeJwt } from 'jose';
import type { Page } from 'playwright-core';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser, type InBrowser } from '../support/browser.ts';
import { platforms } from '../../src/lti/platform.model.ts';
import { addCourse } from '../lti/courses.ts';
import { connect, loginFields } from '../lti/launching.ts';
import {
  deepLinkingClaims,
  dlClaim,
  learnerClaims,
  lti,
  startPlatform,
  type Answer,
  type TestPlatform,
} from '../lti/platform.ts';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const html = (body: string): Answer => ({
  headers: { 'Content-Type': 'text/html; charset=utf-8' },
  body: `<!doctype html><html lang="en"><title>LMS</title>${body}`,
});
const hidden = (fields: object) =>
  Object.entries(fields)
    .map(
      ([name, value]) =>
        `<input type="hidden" name="${name}" value="${String(value).replaceAll('"', '&quot;')}">`,
    )
    .join('');
const form = (action: string, fields: object, target = '') =>
  `<form id="f" method="post" action="${action}" target="${target}">${hidden(fields)}</form><script>f.submit()</script>`;

/** The LMS is on 127.0.0.1, we are on localhost: two sites. */
describe('in a browser', () => {
  let app: TestApp;
  let platform: TestPlatform;
  let course: string;
  let claims: () => Record<string, unknown>;
  let login: Record<string, string>;
  /** What stands in the LMS's page beside the frame. */
  let beside: string;

  before(async () => {
    app = await startApp();
    platform = await startPlatform();
    await connect(app, platform);
    course = await addCourse(app, 'Golf');
    await addCourse(app, 'Chess for beginners', 'wsp_test', 'Openings, middle game, end game.');
    for (let i = 1; i <= 12; i += 1) await addCourse(app, `Safety at work, part ${i}`);
    await addCourse(
      app,
      `${'A very long title that goes on and on '.repeat(6)}Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft`,
    );
  });
  after(async () => {
    await app?.stop();
    await platform?.stop();
  });
  beforeEach(() => {
    claims = () => learnerClaims(platform, app, { [lti('custom')]: { course } });
    login = {};
    beside = '';
    platform.pages = {
      '/course': () =>
        html(
          `<iframe name="tool" width="770" height="577"></iframe>${beside}${form(`${app.url}/lti/login`, loginFields(app, platform, login), 'tool')}`,
        ),
      '/window': () => html(form(`${app.url}/lti/login`, loginFields(app, platform, login))),
      '/authorize': async (query) =>
        html(
          form(query.get('redirect_uri')!, {
            state: query.get('state'),
            id_token: await platform.sign({ ...claims(), nonce: query.get('nonce') }),
          }),
        ),
      '/return': () => html('<p>Back in the LMS</p>'),
    };
  });

  const toolFrame = (page: Page) => page.frame('tool')!;
  const arrives = async (page: Page) => {
    await page.waitForFunction(
      (origin) => [...document.querySelectorAll('iframe')].length > 0 && origin !== '',
      app.contentUrl,
    );
    await toolFrame(page).waitForURL((url) => url.origin === app.contentUrl && url.pathname === '/play', {
      timeout: 15_000,
    });
  };
  /** A browser that keeps no cookies of ours in frames, and perhaps no storage there. */
  const cripple = async (page: Page, without: { storage: boolean }) => {
    forgetCookies(page, 1);
    if (without.storage) {
      await page.context().addInitScript(() => {
        if (window.parent !== window)
          Object.defineProperty(window, 'sessionStorage', {
            get: () => {
              throw new Error('blocked');
            },
          });
      });
    }
    return page;
  };
  /** Between the first logins and their launches the cookies get lost. */
  const forgetCookies = (page: Page, times: number) => {
    const usual = platform.pages['/authorize']!;
    platform.pages['/authorize'] = async (query) => {
      if (times-- > 0) await page.context().clearCookies();
      return usual(query);
    };
  };

  /** Chromium as it comes: third-party cookies blocked. */
  const asItComes = { isWhole: true };
  const launches = ({ openPage }: InBrowser) => {
    it('in a frame arrives, third-party cookies blocked', async () => {
      const page = await openPage();
      await page.goto(`${platform.url}/course`);
      await arrives(page);
    });
    it('in a window arrives', async () => {
      const page = await openPage();
      await page.goto(`${platform.url}/window`);
      await page.waitForURL((url) => url.origin === app.contentUrl && url.pathname === '/play');
    });
    it('arrives where no cookie comes back, by what the frame kept', async () => {
      const page = await cripple(await openPage(), { storage: false });
      // Safari gives a frame of another site storage of its own; Chromium only one of the same site.
      await page.goto(`${platform.url.replace('127.0.0.1', 'localhost')}/course`);
      await arrives(page);
    });
    it("arrives by the platform's storage, which may answer late", async () => {
      login = { lti_storage_target: '_parent' };
      beside = `<script>const kept = {};
        addEventListener('message', ({ data, source, origin }) => {
          if (data.subject === 'lti.put_data') kept[data.key] = data.value;
          if (!/^lti\\.(put|get)_data$/.test(data.subject)) return;
          setTimeout(() => source.postMessage({ subject: data.subject + '.response', message_id: data.message_id, key: data.key, value: kept[data.key] }, origin), 700);
        });</script>`;
      const page = await cripple(await openPage(), { storage: true });
      await page.goto(`${platform.url}/course`);
      await arrives(page);
    });
    it('believes no storage that answers from another origin, and says how to go on', async () => {
      login = { lti_storage_target: '_parent' };
      beside = `<script>addEventListener('message', ({ data, source, origin }) => source.postMessage({ subject: 'lti.get_data.response', message_id: 'guess', value: 'x' }, origin));</script>`;
      const page = await cripple(await openPage(), { storage: true });
      await page.goto(`${platform.url}/course`);
      await toolFrame(page).getByRole('button', { name: 'Open in a new window' }).waitFor();
    });
    it('begins again in a window of its own where nothing else is left', async () => {
      login = { lti_storage_target: '_parent' };
      const page = await cripple(await openPage(), { storage: true });
      await page.goto(`${platform.url}/course`);
      const button = toolFrame(page).getByRole('button', { name: 'Open in a new window' });
      await button.waitFor({ timeout: 10_000 });
      const [popup] = await Promise.all([page.waitForEvent('popup'), button.click()]);
      await popup.waitForURL((url) => url.origin === app.contentUrl && url.pathname === '/play', {
        timeout: 15_000,
      });
    });
  };
  describeInBrowser('a launch', launches, asItComes);

  describeInBrowser('the picker', ({ openPage }) => {
    const open = async (settings: object = {}) => {
      claims = () => deepLinkingClaims(platform, app, settings);
      const page = await openPage();
      await page.goto(`${platform.url}/course`);
      const frame = toolFrame(page);
      await frame.getByRole('heading', { name: /^Pick/ }).waitFor();
      return { page, frame };
    };
    const returned = async (
      page: Page,
      { in: shown }: { in: Pick<Page, 'getByText'> } = { in: toolFrame(page) },
    ) => {
      await shown.getByText('Back in the LMS').waitFor();
      const jwt = new URLSearchParams(platform.asked('/return').at(-1)!.body).get('JWT')!;
      return decodeJwt(jwt)[dlClaim('content_items')] as {
        title: string;
        lineItem?: { scoreMaximum: number; label: string };
      }[];
    };

    it('finds as you type, keeps what is picked, and goes back with points', async () => {
      const { page, frame } = await open();
      const search = frame.getByRole('searchbox');
      assert.ok(
        await search.evaluate((input) => input === document.activeElement),
        'the search has the focus',
      );
      await frame.getByRole('checkbox', { name: /Golf/ }).check();
      await frame.getByLabel('Points for Golf').fill('20');
      await search.pressSequentially('chess');
      await frame.getByText('1 course', { exact: true }).waitFor();
      assert.equal(
        await frame.getByRole('checkbox').filter({ visible: true }).count(),
        2,
        'what is found and what is picked',
      );
      await frame.getByRole('checkbox', { name: /Chess/ }).check();
      await frame.getByText('2 picked').waitFor();
      await search.fill('nothing is called that');
      await frame.getByText('No course is called that').waitFor();
      await frame.getByRole('button', { name: 'Add to course' }).click();
      const items = await returned(page);
      assert.deepEqual(
        items.map(({ title, lineItem }) => [title, lineItem?.scoreMaximum]),
        [
          ['Chess for beginners', 100],
          ['Golf', 20],
        ],
      );
    });
    it('loses nothing that was picked, typed or focused while the server was asked', async () => {
      const { page, frame } = await open();
      let answer = () => {};
      const held = new Promise<void>((resolve) => (answer = resolve));
      await page.route(`${app.url}/lti/pick`, async (route) => {
        await held;
        await route.continue();
      });
      // A list that is not whole, as with hundreds of courses.
      await frame.locator('#courses').evaluate((list) => (list.dataset.more = 'true'));
      const asked = page.waitForRequest(`${app.url}/lti/pick`);
      await frame.getByRole('searchbox').fill('a');
      await asked;
      await frame.getByRole('checkbox', { name: /part 3/ }).check();
      await frame.getByLabel('Points for Safety at work, part 3').fill('33');
      answer();
      await frame.locator('#courses[data-more=false]').waitFor();
      assert.equal(await frame.getByLabel('Points for Safety at work, part 3').inputValue(), '33');
      assert.equal(await frame.evaluate(() => document.activeElement?.id.startsWith('points-')), true);
      await page.unrouteAll();
      await frame.getByRole('button', { name: 'Add to course' }).click();
      assert.deepEqual(
        (await returned(page)).map(({ lineItem }) => lineItem?.scoreMaximum),
        [33],
      );
    });
    it('works by keyboard alone', async () => {
      const { page, frame } = await open({ accept_multiple: false });
      await frame.getByRole('searchbox').focus();
      await page.keyboard.type('golf');
      await page.keyboard.press('Enter');
      await frame.getByText('1 course', { exact: true }).waitFor();
      await page.keyboard.press('Tab');
      await page.keyboard.press('Tab');
      await page.keyboard.press('Space');
      assert.ok(await frame.getByRole('radio', { name: /Golf/ }).isChecked());
      await page.keyboard.press('Enter');
      assert.equal((await returned(page)).length, 1);
    });
    it('works without scripts', async () => {
      claims = () => deepLinkingClaims(platform, app);
      // Scripts are off: the LMS's pages cannot go on by themselves.
      const page = await openPage({ javaScriptEnabled: false });
      const send = async (path: string) => {
        platform.pages[path] = wrap(platform.pages[path]!);
        return page.goto(platform.url + path);
      };
      const wrap = (make: NonNullable<TestPlatform['pages'][string]>) => async (query: URLSearchParams) => {
        const answer = await make(query);
        return { ...answer, body: String(answer.body).replace('</form>', '<button>Go</button></form>') };
      };
      platform.pages['/authorize'] = wrap(platform.pages['/authorize']!);
      await send('/window');
      await page.getByRole('button', { name: 'Go' }).click();
      await page.getByRole('button', { name: 'Go' }).click();
      await page.getByRole('searchbox').fill('chess');
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('checkbox', { name: /Chess/ }).check();
      await page.getByRole('button', { name: 'Add to course' }).click();
      await page.getByRole('button', { name: 'Go back to your LMS' }).click();
      await page.getByText('Back in the LMS').waitFor();
    });
    it('cancels', async () => {
      const { page, frame } = await open();
      await frame.getByRole('button', { name: 'Cancel' }).click();
      assert.deepEqual(await returned(page), []);
    });
    it('previews in a tab of its own and stays open', async () => {
      const { page, frame } = await open();
      const [tab] = await Promise.all([
        page.waitForEvent('popup'),
        frame.getByRole('button', { name: /Preview Golf/ }).click(),
      ]);
      await tab.waitForURL((url) => url.origin === app.contentUrl);
      await frame.getByRole('checkbox', { name: /Golf/ }).check();
      await frame.getByRole('button', { name: 'Add to course' }).click();
      assert.equal((await returned(page)).length, 1);
    });

    for (const [width, height, colorScheme] of [
      [400, 900, 'light'],
      [1000, 720, 'dark'],
    ] as const) {
      it(`takes dates by keyboard, in the time of this browser, at ${width} × ${height} (${colorScheme})`, async () => {
        claims = () => deepLinkingClaims(platform, app);
        await platforms(app.ctx.db).updateOne({ issuer: platform.url }, { $set: { family: 'canvas' } });
        const how = {
          viewport: { width, height },
          colorScheme,
          timezoneId: 'America/New_York',
          bypassCSP: true,
        };
        const page = await openPage(how);
        await page.goto(`${platform.url}/window`);
        const zone = page.getByRole('combobox', { name: 'Times are in' });
        await page.getByRole('checkbox', { name: /Golf/ }).focus();
        await page.keyboard.press('Space');
        assert.equal(await zone.isVisible(), false, 'there is no time to say it of');
        await page.locator('.pick:has(:checked) summary').focus();
        await page.keyboard.press('Enter');
        await page
          .locator('.pick:has(:checked)')
          .getByText('In the time of New York, Eastern Time.')
          .waitFor();
        assert.equal(await zone.inputValue(), 'America/New_York');
        await page.getByLabel('Open from: Golf').fill('2027-03-15T08:00');
        await page.getByLabel('Due: Golf').fill('2027-03-14T02:30');
        await page.keyboard.press('Enter');
        await page.getByText('There is no such time that day').waitFor();
        assert.equal(await page.evaluate(() => document.activeElement?.id), `due-${course}`);
        await shoot(page, `picker-dates-${width}-${colorScheme}`);
        await assertNoFaults(page);
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
        await page.getByLabel('Due: Golf').fill('2027-11-30T23:59');
        await page.keyboard.press('Enter');
        const [item] = (await returned(page, { in: page })) as Record<string, unknown>[];
        assert.deepEqual(
          [item!.available, item!.submission],
          [{ startDateTime: '2027-03-15T12:00:00Z' }, { endDateTime: '2027-12-01T04:59:00Z' }],
        );
        await platforms(app.ctx.db).updateOne({ issuer: platform.url }, { $set: { family: 'other' } });
      });
    }

    for (const [width, height, colorScheme] of [
      [300, 500, 'light'],
      [400, 700, 'dark'],
      [770, 577, 'dark'],
      [1400, 900, 'light'],
    ] as const) {
      it(`has no fault that axe finds, and nothing that sticks out, at ${width} × ${height} (${colorScheme})`, async () => {
        claims = () => deepLinkingClaims(platform, app);
        const page = await openPage({ viewport: { width, height }, colorScheme, bypassCSP: true });
        await page.goto(`${platform.url}/window`);
        await page.getByRole('checkbox', { name: /Golf/ }).check();
        await page.getByRole('searchbox').blur();
        await shoot(page, `picker-${width}-${colorScheme}`);
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          'no sideways scrolling',
        );
        assert.ok(await page.getByRole('button', { name: 'Add to course' }).isVisible());
        // What it finds at one narrow and one wide size, in one theme each, it finds.
        if (width === 300 || width === 770 || process.env.AXE_ALL) await assertNoFaults(page);
      });
    }
  });

  describeInBrowser('the pages on the way', ({ openPage }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      it(`have no fault that axe finds (${colorScheme})`, async () => {
        const page = await openPage({ viewport: { width: 400, height: 600 }, colorScheme, bypassCSP: true });
        await page.goto(`${app.url}/lti/register/none?openid_configuration=https://lms.example/x`);
        await shoot(page, `refusal-${colorScheme}`);
        await assertNoFaults(page);
        forgetCookies(page, 1);
        await page.goto(`${platform.url}/window`);
        await page.getByRole('button', { name: 'Open in a new window' }).waitFor();
        await shoot(page, `new-window-${colorScheme}`);
        await assertNoFaults(page);
      });
    }
  });

  async function assertNoFaults(page: Page): Promise<void> {
    await page.addScriptTag({ content: axe });
    const faults = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; help: string; nodes: { html: string }[] }[] }> };
      };
      const { violations } = await axe.run();
      return violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`,
      );
    });
    assert.deepEqual(faults, []);
  }

  /** With PICTURES set to a folder, what the pages look like is kept there. */
  async function shoot(page: Page, name: string): Promise<void> {
    if (process.env.PICTURES) await page.screenshot({ path: `${process.env.PICTURES}/${name}.png` });
  }
});
