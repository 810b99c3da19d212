import assert from 'node:assert/strict';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm12Package, scorm2004Package } from '../support/make-package.ts';
import { courseOf } from './browsing.ts';
import { check } from './looking.ts';
import { addCourse, launch, type Ingested } from './world.ts';

describeInBrowser('how the player looks', ({ openPage }) => {
  let app: TestApp;
  let course: Ingested;
  before(async () => {
    app = await startApp();
    const items = [
      { title: 'Welcome' },
      { title: 'Before a fire', items: [{ title: 'Escape routes and where they lead, floor by floor' }] },
      { title: 'Final test', prerequisites: 'item_1' },
    ];
    course = await addCourse(
      app,
      scorm12Package({ title: 'Fire safety: what everybody in the building has to know', pages: 1, items }),
    );
  });
  after(() => app?.stop());

  const looks = [
    { viewport: { width: 400, height: 700 }, colorScheme: 'dark' },
    { viewport: { width: 1400, height: 800 }, colorScheme: 'light' },
  ] as const;
  for (const { viewport, colorScheme } of looks) {
    it(`reads well at ${viewport.width} px in ${colorScheme}: no serious fault of access, nothing cut off`, async () => {
      const page = await openPage({ viewport, colorScheme });
      const name = `${viewport.width}-${colorScheme}`;
      await page.goto(
        (await launch(app, course, { who: name, returnUrl: `${app.url}/health/live` })).address,
      );
      await courseOf(page);
      await page.waitForSelector('#saved[data-state=saved]');
      await check(page, `player-${name}`);
      await page.click('#contents-button');
      await check(page, `player-contents-${name}`);
      await page.keyboard.press('Escape');
      await page.context().setOffline(true);
      await (await courseOf(page)).click('#finish');
      await page.waitForSelector('#trouble-strip:visible');
      await check(page, `player-unsaved-${name}`);
      await page.context().setOffline(false);
      await page.waitForSelector('#saved[data-state=saved]');
      await page.waitForSelector('#after >> text=Welcome: Completed');
      await check(page, `player-between-${name}`);
      await page.click('#exit');
      await page.waitForSelector('#after >> text=/recorded/');
      await check(page, `player-after-${name}`);
      await page.goto('about:blank');
      await page.goto(`${app.contentUrl}/play`);
      await page.waitForSelector('#after >> text=not open here');
      await check(page, `player-refusal-${name}`);
    });
  }

  it('does not move what is there while it loads', async () => {
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    await page.addInitScript(() => {
      const shifts: number[] = [];
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value);
      }).observe({ type: 'layout-shift', buffered: true });
    });
    await page.goto((await launch(app, course, { who: 'shifts' })).address);
    await courseOf(page);
    await page.waitForSelector('#saved[data-state=saved]');
    const shifts = (await page.evaluate('shifts')) as number[];
    assert.ok(shifts.reduce((sum, value) => sum + value, 0) < 0.02, `layout shifts: ${shifts.join(', ')}`);
  });

  it('is used by keyboard alone: contents, a part, folding away, exit', async () => {
    const page = await openPage({ viewport: { width: 400, height: 700 } });
    await page.goto((await launch(app, course, { who: 'keys' })).address);
    await courseOf(page);
    const focused = () =>
      page.evaluate(() => document.activeElement?.id || document.activeElement?.textContent?.slice(0, 40));
    await page.focus('#exit');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Shift+Tab');
    assert.equal(await focused(), 'contents-button');
    const ring = await page.evaluate(() => getComputedStyle(document.activeElement!).outlineStyle);
    assert.equal(ring, 'solid');
    await page.keyboard.press('Enter');
    assert.match((await focused()) ?? '', /^WelcomeIn progress/);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    assert.match((await courseOf(page)).url(), /item_3\.html$/);
    await page.focus('#contents-button');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'fold');
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'unfold');
    assert.equal(await page.locator('#bar').isVisible(), false);
    await page.keyboard.press('Enter');
    assert.equal(await focused(), 'fold');
    await page.keyboard.press('Tab');
    assert.equal(await focused(), 'exit');
    await page.keyboard.press('Enter');
    await page.waitForSelector('#after >> text=/recorded/');
    assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'H2');
  });

  it('shows five hundred parts with endless titles, draws only what changes, and wishes away what a part wishes away', async () => {
    const parts = Array.from({ length: 20 }, (_, i) => ({
      title: i === 1 ? 'Long '.repeat(2_500) : `Part ${i}`,
    }));
    const items = Array.from({ length: 25 }, (_, i) => ({ title: `Chapter ${i}`, items: parts }));
    const first = { id: 'first', title: 'First', hides: ['exitAll', 'suspendAll'] };
    const course = await addCourse(
      app,
      scorm2004Package({ title: 'Many', pages: 2, items: [first, ...items] }),
    );
    const page = await openPage({ viewport: { width: 1400, height: 800 } });
    await page.goto((await launch(app, course, { who: 'many' })).address);
    const sco = await courseOf(page);
    await page.waitForSelector('#next:visible');
    assert.equal(await page.locator('#exit').isVisible(), false, 'the course has its own way out');
    await page.click('#contents-button');
    const drawn = '[...document.querySelectorAll("#contents li")]';
    assert.equal(await page.evaluate(`${drawn}.map((line) => (line.known = true)).length`), 526);
    await page.focus('#contents li:nth-child(4) button');
    await sco.locator('#next').evaluate((next) => (next as HTMLElement).click());
    await sco.locator('#finish').evaluate((finish) => (finish as HTMLElement).click());
    await page.waitForSelector('#contents li:first-child >> text=Completed');
    const anew = await page.evaluate(`${drawn}.filter((line) => !line.known).length`);
    assert.ok((anew as number) <= 3, `${anew} lines were drawn anew`);
    const focused = () => page.evaluate('document.activeElement.textContent');
    assert.match(String(await focused()), /^Long Long .{280,}…Not started$/);
    await check(page, 'player-many-1400-light');
    // A chapter may be chosen where the sequencer lets one: it leads to its first part.
    await page.locator('#contents').getByRole('button', { name: 'Chapter 7', exact: true }).click();
    await courseOf(page);
    await page.waitForSelector('#contents [aria-current] >> text=Part 0');
    assert.equal(await page.locator('#exit').isVisible(), true);
    await page.focus('#contents [aria-current]');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#contents').isVisible(), false);
    assert.equal(await page.evaluate('document.activeElement.id'), 'contents-button');
    await page.focus('#skip');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.tagName'), 'IFRAME');
  });
});
