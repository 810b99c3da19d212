import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** A folder for pictures, where somebody wants to look at them. */
const pictures = process.env.PICTURES;

type Fault = { id: string; impact: string; nodes: { html: string; failureSummary?: string }[] };

/** No serious fault by axe, no sideways scrolling; and a picture. The course's own page is its author's. */
export async function check(page: Page, name: string, launcher: Page | Frame = page): Promise<void> {
  const fullPage = page === launcher;
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage });
  // Not by a script element: the page's policy would refuse it, as it should.
  await launcher.evaluate(axe);
  const faults = await launcher.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: (where: object, options: object) => Promise<{ violations: Fault[] }> };
    };
    const { violations } = await axe.run(
      { exclude: [['iframe']] },
      { iframes: false, rules: { 'target-size': { enabled: true } } },
    );
    // What is halfway out of a list that scrolls is no smaller for that.
    const scrolled = ({ failureSummary = '' }) => failureSummary.includes('is partially obscured');
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map((fault) =>
        fault.id === 'target-size'
          ? { ...fault, nodes: fault.nodes.filter((node) => !scrolled(node)) }
          : fault,
      )
      .filter(({ nodes }) => nodes.length > 0);
  });
  const told = faults.map(
    ({ id, nodes }) =>
      `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('; ')}`,
  );
  assert.deepEqual(told, [], name);
  const wide = await launcher.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 0, `${name} scrolls sideways by ${wide} px`);
}

/** The same at a phone's width in the dark, and on a desk in the light, where it stays. */
export async function checkBoth(page: Page, name: string, launcher: Page | Frame = page): Promise<void> {
  for (const [width, height, colorScheme] of [
    [400, 700, 'dark'],
    [1400, 800, 'light'],
  ] as const) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height });
    // A frame of another site hears of it later.
    await launcher.waitForFunction((width) => innerWidth === width, width);
    await launcher.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    // Colours go over into the other scheme's; halfway they have neither's contrast.
    await launcher.evaluate(() =>
      Promise.race([
        Promise.allSettled(
          document
            .getAnimations()
            .filter((animation) => animation instanceof CSSTransition)
            .map(({ finished }) => finished),
        ),
        // In what is folded away they never end.
        new Promise((done) => setTimeout(done, 1_000)),
      ]),
    );
    await check(page, `${name}-${width}-${colorScheme}`, launcher);
  }
}
