import { createServer, type Server } from 'node:http';
import type { Frame, Page } from 'playwright-core';
import { attempts, type AttemptRecord } from '../../src/attempts/attempt.model.ts';
import type { TestApp } from '../support/app.ts';
import { makePackage, type Files } from '../support/make-package.ts';

export type Lms = {
  url: string;
  /** A page of the LMS with the player in a frame; the address stands in the fragment, as nothing else does. */
  around: (address: string) => string;
  close: () => Promise<void>;
};

/** An LMS as the player sees it: a page on another site with a frame. `headers` go with it. */
export async function startLms(headers: Record<string, string> = {}): Promise<Lms> {
  const html = `<!doctype html><html lang="en"><title>LMS</title><style>body{margin:0}iframe{border:0;width:100%;height:100vh;display:block}</style>
    <iframe title="Course" name="tool"></iframe><script>document.querySelector('iframe').src = decodeURIComponent(location.hash.slice(1))</script>`;
  const server: Server = createServer((req, res) => {
    res.writeHead(200, { 'Content-Type': 'text/html', ...headers });
    res.end(req.url === '/back' ? '<title>Back</title>Back in the LMS' : html);
  });
  await new Promise<void>((resolve) => void server.listen(0, 'localhost', resolve));
  const url = `http://localhost:${(server.address() as { port: number }).port}`;
  return {
    url,
    around: (address) => `${url}/#${encodeURIComponent(address)}`,
    close: () => new Promise((resolve) => void (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

/** The player's own frame: the page itself, or a frame in the LMS. */
export async function launcherOf(page: Page): Promise<Frame> {
  return frameWith(page, (url) => url.endsWith('/play'));
}

/** The course's frame, once the sample course has found its API and is running. */
export async function courseOf(page: Page, state = 'running'): Promise<Frame> {
  const frame = await frameWith(page, (url) => url.includes('/c/'));
  await frame.waitForFunction((wanted) => document.getElementById('state')?.textContent === wanted, state);
  return frame;
}

/** The frame with such an address, when it is there. */
export async function frameWith(page: Page, isIt: (url: string) => boolean): Promise<Frame> {
  return until(() => page.frames().find((frame) => isIt(frame.url())));
}

/** The lines of the table of contents, all of one moment. */
export const contentsOf = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('#contents li')].map((line) => line.innerText),
  );

/** The time a course has for its goodbye is over, without waiting for it; the page must have been opened with {@link withClock}. */
export const afterGoodbye = (page: Page): Promise<void> => page.clock.fastForward(1_500);

/** A page whose clock can be put forward; until then it goes as it does. */
export async function withClock(page: Page): Promise<Page> {
  await page.clock.install();
  return page;
}

/** Asks again until there is an answer; fails after ten seconds. */
export async function until<T>(
  ask: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer as T;
    if (Date.now() > end) throw new Error(`It never came true: ${ask.toString()}`);
    await new Promise((resolve) => void setTimeout(resolve, 30));
  }
}

export async function attemptNow({ ctx }: TestApp, id: string): Promise<AttemptRecord> {
  return (await attempts(ctx.db).findOne({ _id: id }).lean<AttemptRecord>())!;
}

/** The values of an activity as they are stored. */
export async function stored(
  app: TestApp,
  attempt: string,
  activity = 'item_1',
): Promise<Record<string, string>> {
  const { state } = await attemptNow(app, attempt);
  const { activities } = JSON.parse(state) as { activities: Record<string, { cmi: Record<string, string> }> };
  return activities[activity]?.cmi ?? {};
}

/** A SCORM 1.2 course of one page with this script (`say(what)` shows what came of it), and other files beside it. */
export function courseOfScript(script: string, files: Files = {}): Buffer {
  return makePackage({
    'imsmanifest.xml': `<?xml version="1.0"?><manifest identifier="m" version="1" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2">
      <metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
      <organizations default="o"><organization identifier="o"><title>Strange</title><item identifier="item_1" identifierref="r"><title>Strange</title></item></organization></organizations>
      <resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="index.html"/></resources></manifest>`,
    'index.html': `<!doctype html><html lang="en"><title>Strange</title><body><p id="said"></p><script>function say(what){document.getElementById('said').textContent=what}\n${script}</script></body></html>`,
    ...files,
  });
}
