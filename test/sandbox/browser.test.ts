import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import express from 'express';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { claim, media } from '../../src/sandbox/protocol.ts';
import { openBrowser } from './open-browser.ts';
import { makeWorld, type World } from './world.ts';

describe('the sandbox LMS, in a browser', () => {
  let world: World;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let activity: string;
  const faults: string[] = [];

  before(async function () {
    browser = await openBrowser(this);
    world = await makeWorld();
    giveItPages(world);
    await world.sandbox.register(world.tool.invitation);
    activity = (
      await world.sandbox.addActivity({ title: 'Fire safety', url: `${world.tool.url}/launch`, points: 10 })
    ).id;
  });
  after(async () => {
    await browser?.close();
    await world?.stop();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
    page = await context.newPage();
    faults.length = 0;
    page.on('pageerror', (error) => faults.push(error.message));
    page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
  });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(faults, []);
  });

  /** The tool says how somebody does in the first activity. */
  async function sendScore(score: object): Promise<void> {
    await world.http
      .post(`/api/courses/practice-101/lineitems/${world.sandbox.lineItems()[0]!.id}/scores?deployment=1`)
      .set('Authorization', `Bearer ${await world.token()}`)
      .set('Content-Type', media.score)
      .send(JSON.stringify({ timestamp: world.clock.now().toISOString(), ...score }))
      .expect(200);
  }

  it('signs the person of the page in to the tool, in its frame', async () => {
    await page.goto(`${world.url}/as/maria?to=/activities/${activity}`);
    const frame = page.frameLocator('#activity-frame');
    await frame.getByText('Signed in as maria').waitFor();
  });

  it('picks in a dialog, and comes back to the whole course page', async () => {
    await page.goto(world.url);
    await page.keyboard.press('Tab');
    await page.locator('#add-course').focus();
    await page.keyboard.press('Enter');
    const frame = page.frameLocator('#picker-frame');
    await frame.getByRole('button', { name: 'Add it' }).click();
    await page.waitForURL(`${world.url}/?added=1`);
    await page.locator('#added').getByText('One course was added').waitFor();
    assert.equal(
      await page.locator('#activities [data-activity]').count(),
      world.sandbox.activities().length,
    );
    assert.equal(await page.locator('dialog[open]').count(), 0);
  });

  it('closes the picker with Escape, and begins afresh the next time', async () => {
    await page.goto(world.url);
    await page.locator('#add-course').click();
    await page.frameLocator('#picker-frame').getByRole('button', { name: 'Add it' }).waitFor();
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('dialog[open]').count(), 0);
    await page.locator('#add-course').click();
    await page.frameLocator('#picker-frame').getByRole('button', { name: 'Add it' }).waitFor();
  });

  it('keeps for the tool what it puts there, and gives it to nobody else', async () => {
    await page.goto(`${world.url}/activities/${activity}?as=ben`);
    const frame = page.frameLocator('#activity-frame');
    await frame.getByText('Signed in as ben').waitFor();
    const inFrame = page.frame({ url: /\/launch/ })!;
    const ask = (message: object) =>
      inFrame.evaluate(async (sent) => {
        const answer = new Promise<Record<string, unknown>>((resolve) =>
          addEventListener('message', ({ data }) => resolve(data), { once: true }),
        );
        parent.postMessage(sent, '*');
        return Promise.race([
          answer,
          new Promise<undefined>((resolve) => setTimeout(resolve, 300, undefined)),
        ]);
      }, message);
    assert.deepEqual(
      await ask({ subject: 'lti.put_data', message_id: '1', key: 'state_a', value: 'secret' }),
      {
        subject: 'lti.put_data.response',
        message_id: '1',
        key: 'state_a',
        value: 'secret',
      },
    );
    assert.equal((await ask({ subject: 'lti.get_data', message_id: '2', key: 'state_a' }))?.value, 'secret');
    assert.equal((await ask({ subject: 'lti.get_data', message_id: '3', key: 'other' }))?.value, null);
    assert.ok((await ask({ subject: 'lti.put_data', message_id: '4', value: 'no key' }))?.error);
    const { supported_messages } = (await ask({ subject: 'lti.capabilities', message_id: '5' }))!;
    assert.ok((supported_messages as unknown[]).length > 2);
    assert.equal(await ask({ subject: 'something.else', message_id: '6' }), undefined);
    await ask({ subject: 'lti.frameResize', height: 1234 });
    assert.equal(
      await page.locator('#activity-frame').evaluate((element) => (element as HTMLElement).style.height),
      '1234px',
    );
    // The page itself is not the tool.
    const own = await page.evaluate(async () => {
      let heard = 0;
      addEventListener(
        'message',
        ({ data }) => (heard += String(data.subject).endsWith('.response') ? 1 : 0),
      );
      postMessage({ subject: 'lti.get_data', message_id: '7', key: 'state_a' }, '*');
      await new Promise((resolve) => setTimeout(resolve, 200));
      return heard;
    });
    assert.equal(own, 0);
  });

  it('shows a grade soon after it came, without being asked', async () => {
    await page.goto(`${world.url}/gradebook?as=ada`);
    const [column] = world.sandbox.lineItems();
    const cell = page.locator(`tr[data-learner=ben] td[data-line-item="${column!.id}"]`);
    assert.equal(await cell.getAttribute('data-points'), '');
    await sendScore({
      userId: 'ben',
      scoreGiven: 7,
      scoreMaximum: 10,
      activityProgress: 'Completed',
      gradingProgress: 'FullyGraded',
    });
    await page.locator('tr[data-learner=ben] td[data-points="7"][data-status=finished]').waitFor();
    assert.equal(await page.locator('#said').textContent(), 'The gradebook was updated.');
  });

  it('tells a learner of their grade beside the activity, and leaves the activity alone', async () => {
    await page.goto(`${world.url}/activities/${activity}?as=maria`);
    const frame = page.frameLocator('#activity-frame');
    await frame.getByText('Signed in as maria').evaluate((element) => (element.textContent = 'Half-way'));
    assert.equal(await page.locator('#your-grade').getAttribute('data-status'), 'none');
    await sendScore({ userId: 'maria', activityProgress: 'InProgress', gradingProgress: 'Pending' });
    await page.locator('#your-grade[data-status=started]').getByText('In progress').waitFor();
    await frame.getByText('Half-way').waitFor();
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has no fault that axe finds, and nothing that sticks out at 400 px (${colorScheme})`, async () => {
      const careful = await browser.newContext({
        bypassCSP: true,
        colorScheme,
        viewport: { width: 400, height: 700 },
      });
      const tab = await careful.newPage();
      const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
      for (const path of [
        '/',
        '/?as=maria&added=2',
        '/pick?as=ada',
        '/gradebook',
        `/activities/${activity}`,
        `/activities/${activity}/remove`,
        '/nothing',
      ]) {
        await tab.goto(world.url + path);
        await tab.addScriptTag({ content: axe });
        const violations = await tab.evaluate(async () => {
          const { axe } = globalThis as unknown as {
            axe: {
              run: (
                o: object,
                p: object,
              ) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>;
            };
          };
          const { violations } = await axe.run({ exclude: ['iframe'] }, { iframes: false });
          return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`);
        });
        assert.deepEqual(violations, [], path);
        assert.ok(
          await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          `${path} is too wide`,
        );
      }
      await careful.close();
    });
  }

  it('goes on by a button where scripts are off', async () => {
    const plain = await browser.newContext({ javaScriptEnabled: false });
    const tab = await plain.newPage();
    await tab.goto(`${world.url}/activities/${activity}/open?as=ben&target=window`);
    await tab.getByRole('button', { name: 'Continue' }).click();
    await tab.getByRole('link', { name: 'Sign in' }).click();
    await tab.getByRole('button', { name: 'Continue' }).click();
    await tab.getByText('Signed in as ben').waitFor();
    await plain.close();
  });
});

/** What a tool shows: a login that goes on, and a page that says who came, or lets them pick. */
function giveItPages({ tool, url }: World): void {
  const form = express.urlencoded({ extended: false });
  tool.app.post('/login', form, (req, res) => {
    const request = tool.authRequest({ action: '', fields: req.body as Record<string, string> });
    const next = `${url}/auth?${new URLSearchParams(request).toString()}`;
    res.send(
      `<noscript><a href="${next.replaceAll('&', '&amp;')}">Sign in</a></noscript><script>location.replace(${JSON.stringify(next)})</script>`,
    );
  });
  tool.app.post('/launch', form, async (req, res) => {
    const { payload } = await tool.verify(String((req.body as { id_token: string }).id_token), url);
    const settings = payload[claim.deepLinking] as { deep_link_return_url: string } | undefined;
    if (!settings) return void res.send(`<title>Tool</title><p>Signed in as ${payload.sub}</p>`);
    const item = {
      type: 'ltiResourceLink',
      title: 'Picked',
      url: `${tool.url}/launch`,
      lineItem: { scoreMaximum: 10 },
    };
    const jwt = await tool.deepLinkingResponse(payload, [item], { [claim.message]: 'Added Picked' });
    res.send(
      `<form method="post" action="${settings.deep_link_return_url}"><input type="hidden" name="JWT" value="${jwt}"><button>Add it</button></form>`,
    );
  });
}
