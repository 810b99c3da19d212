import type { Context } from 'mocha';
import type { Browser } from 'playwright-core';
import { launchBrowser, needsChromium } from '../support/browser.ts';

/** A browser for a suite of its own making; where there is no Chromium the tests are skipped, aloud, and fail in CI. */
export async function openBrowser(test: Context): Promise<Browser> {
  needsChromium(test, 'the sandbox LMS in a browser');
  test.timeout(60_000);
  return launchBrowser();
}
