import { existsSync } from 'node:fs';
import type { Context } from 'mocha';
import { chromium, type Browser } from 'playwright-core';

/** A Chromium where there is one (CHROMIUM_PATH, or /usr/bin/chromium); else the tests are skipped, and say so. */
export async function openBrowser(test: Context): Promise<Browser> {
  const executablePath = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (!existsSync(executablePath)) {
    process.stderr.write(
      `      No Chromium at ${executablePath} (set CHROMIUM_PATH): the browser tests are skipped.\n`,
    );
    test.skip();
  }
  test.timeout(60_000);
  return chromium.launch({ executablePath, args: ['--no-sandbox'] });
}
