import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { createApiKey } from '../../src/access/api-keys.ts';
import type { EngineState } from '../../src/scorm/engine.ts';
import type { Progress } from '../../src/scorm/progress.ts';
import { matchEach, otherPeoples, shared } from '../packages/other-peoples.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { attemptNow, until } from './browsing.ts';
import { launch } from './world.ts';

type Activity = EngineState['activities'][string];
/** What the page that opens first says, and what its part has come to when the window has been closed at once. */
type Played = {
  /** What is told before it begins, if anything. */
  tells?: RegExp;
  shows: RegExp;
  leaves: (activity: Activity, progress: Progress) => boolean;
};

/** It never asked for its API, as a page without a script does not. */
const untouched = ({ sessions }: Activity) => sessions === 0;
/** It goes on where it was: it said so, or it never said goodbye. */
const resumable = ({ sessions, suspended }: Activity) => sessions === 1 && suspended;
/** It said goodbye, and nothing that counts. */
const ended = ({ sessions, running, suspended }: Activity, { completion }: Progress) =>
  sessions === 1 && running === 'terminated' && !suspended && completion === 'incomplete';
/** It reported all it has to say: 90 %, passed. */
const passed = ({ running, cmi }: Activity, { score, success }: Progress) =>
  running === 'terminated' &&
  (cmi['cmi.core.lesson_status'] ?? cmi['cmi.success_status']) === 'passed' &&
  score === 0.9 &&
  success === 'passed';
const allPassed = (activity: Activity, progress: Progress) =>
  passed(activity, progress) && progress.completion === 'completed';

const golfPage = /Play of the game[^]*Every round of golf/;
const golf = { shows: golfPage, leaves: resumable };
const golfWithoutFarewell = { shows: golfPage, leaves: ended };
const emptyGolf = { shows: /Not implemented yet/, leaves: untouched };
const oddPart = { shows: /\ntrue\ntrue/, leaves: passed };

/** Whatever is not here is one of our odd ones: a single part, which reports all it has as soon as it is opened. */
const played: Record<string, Played> = {
  'scorm12__ContentPackagingOneFilePerSCO_SCORM12.zip': { shows: golfPage, leaves: untouched },
  'scorm12__RuntimeBasicCalls_SCORM12.zip': golf,
  'scorm2004__ContentPackagingSingleSCO_SCORM20043rdEdition.zip': emptyGolf,
  'scorm2004__RunTimeAdvancedCalls_SCORM20043rdEdition.zip': golf,
  'scorm2004__RuntimeBasicCalls_SCORM20043rdEdition.zip': golf,
  'scorm2004__RuntimeMinimumCalls_SCORM20043rdEdition.zip': golfWithoutFarewell,
  'scorm2004__SequencingPreOrPostTestRollup_SCORM20043rdEdition.zip': {
    shows: /Knowledge Check[^]*The rules of golf are maintained by/,
    leaves: resumable,
  },
  'scorm2004__SequencingRandomTest_SCORM20043rdEdition.zip': golf,
  'RuntimeBasicCalls_SCORM20043rdEdition.zip': golf,
  'RuntimeMinimumCalls_SCORM12.zip': golfWithoutFarewell,
  'complexscorm.zip': { shows: /SCORM 1\.2 debugger package[^]*cmi\.core\.credit/, leaves: resumable },
  'absolute-url-resource.zip': { shows: /A page of example\.com/, leaves: untouched },
  'masteryscore-prereq-maxtime.zip': { ...oddPart, tells: /^mp\s+2 parts\s+Some parts have a time limit\./ },
  'scorm2004-idref-collection.zip': oddPart,
  'scorm2004-unofficial2nd-flow.zip': oddPart,
  'spaces-percent-unicode-hrefs.zip': oddPart,
  // Its page is empty: the application that would fill it is not in the package.
  'scorm12__ContentPackagingWithMetadata_SCORM12.zip': { shows: /^$/, leaves: untouched },
  'scorm12__ItemWithNonExistentResourceId_SCORM12.zip': {
    shows: /This is the content for Item 2/,
    leaves: untouched,
  },
  'scorm12__LaunchUrlFromNestedItem_SCORM12.zip': {
    shows: /This is the content for Topic 1\.1\.1\.1/,
    leaves: untouched,
  },
  'scorm12__MultipleItemsWithIdentifierRef_SCORM12.zip': {
    shows: /This is the content for Item 1/,
    leaves: untouched,
  },
  'zips__scorm2004.zip': emptyGolf,
};
const oddCourse: Played = { shows: oddPart.shows, leaves: allPassed };

/** Pages that are played at the same time. */
const width = 4;

describeInBrowser('packages of other people, in the player', ({ browser }) => {
  let app: TestApp;
  let key: string;
  let context: BrowserContext;
  const plays = new Map<string, Promise<void>>();

  before(async function () {
    if (!existsSync(shared)) {
      process.stderr.write('\n  SKIPPED  The packages of other people are not here: they are not played.\n');
      return this.skip();
    }
    app = await startApp();
    ({ key } = await createApiKey(app.ctx, { workspace: 'wsp_test', name: 'test', by: 'test' }));
    context = await browser().newContext();
    await context.route('https://example.com/**', (route) =>
      route.fulfill({ contentType: 'text/html', body: '<h1>A page of example.com</h1>' }),
    );
    playAll();
  });
  after(async () => {
    await Promise.allSettled(plays.values());
    await context?.close();
    await app?.stop();
  });

  for (const [folder, table] of Object.entries(otherPeoples)) {
    describe(folder, () => {
      for (const [name, expected] of Object.entries(table)) {
        if ('faults' in expected) {
          it(`refuses ${name} in a sentence`, async () => {
            const { status, body } = await upload(folder, name);
            assert.equal(status, 422);
            const told = (body.errors as { detail: string }[]).map(({ detail }) => detail);
            matchEach(told, expected.faults);
          });
        } else {
          it(`plays ${name}, without a fault, and keeps what came of it`, () => plays.get(name));
        }
      }
    });
  }

  /** Begins to play them all, a few at a time; each test then hears of its own. */
  function playAll(): void {
    const queue = Object.entries(otherPeoples).flatMap(([folder, table]) =>
      Object.keys(table)
        .filter((name) => !('faults' in table[name]!))
        .map((name) => [folder, name] as const),
    );
    const lanes = Array.from({ length: width }, () => Promise.resolve());
    queue.forEach(([folder, name], i) => {
      const lane = i % width;
      const mine = lanes[lane]!.then(() => play(folder, name));
      lanes[lane] = mine.catch(() => {});
      plays.set(name, mine);
    });
  }

  async function play(folder: string, name: string): Promise<void> {
    const { tells, shows, leaves } = played[name] ?? oddCourse;
    const { status, body } = await upload(folder, name);
    assert.equal(status, 201, JSON.stringify(body));
    const course = { _id: body.id, title: body.title };
    const { address, attempt } = await launch(app, { course } as Parameters<typeof launch>[1], { who: name });
    const page = await context.newPage();
    const faults = listen(page);
    try {
      await page.goto(address);
      if (tells) {
        const start = page.getByRole('button', { name: 'Start' });
        await start.waitFor();
        assert.match(await page.locator('#after').innerText(), tells);
        await start.click();
      }
      await until(async () => shows.test(await textOf(page)) && (await isWhole(page))).catch(async () => {
        assert.fail(`It shows ${await textOf(page)} ${faults.join('; ')}`);
      });
      assert.ok((await page.locator('#stage iframe').boundingBox())!.height > 300);
      assert.equal(await page.locator('#after').isVisible(), false);
      await page.close({ runBeforeUnload: true });
      await until(async () => {
        const { state, progress } = await attemptNow(app, attempt._id);
        const [activity] = Object.values((JSON.parse(state) as EngineState).activities);
        return activity !== undefined && leaves(activity, progress);
      });
    } finally {
      if (!page.isClosed()) await page.close();
    }
    assert.deepEqual(faults, []);
  }

  function upload(folder: string, name: string) {
    const request = app.app.post('/api/v1/courses').set('Authorization', `Bearer ${key}`);
    return request.attach('file', join(shared, folder, name));
  }
});

/** What goes wrong on a page from now on: exceptions, complaints, questions nobody expects, files that are not there. */
function listen(page: Page): string[] {
  const faults: string[] = [];
  page.on('pageerror', (error) => void faults.push(error.message));
  page.on('console', (line) => void (line.type() === 'error' && faults.push(line.text())));
  page.on('dialog', (dialog) => {
    faults.push(`${dialog.type()}: ${dialog.message()}`);
    void dialog.accept();
  });
  page.on('response', (answer) => {
    if (answer.status() >= 400) faults.push(`${answer.status()} ${answer.url()}`);
  });
  return faults;
}

/** All that can be read in the course's frames. */
async function textOf(page: Page): Promise<string> {
  const frames = page.frames().slice(1);
  if (frames.length === 0) return 'nothing yet';
  const texts = await Promise.all(
    frames.map((frame) => frame.evaluate('document.body.innerText').catch(() => '…')),
  );
  return texts.join('\n').trim();
}

/** Every frame has loaded, with every picture in it. */
async function isWhole(page: Page): Promise<boolean> {
  const whole = `document.readyState === 'complete' && [...document.images].every((image) => image.naturalWidth > 0)`;
  const all = await Promise.all(page.frames().map((frame) => frame.evaluate(whole).catch(() => false)));
  return all.every(Boolean);
}
