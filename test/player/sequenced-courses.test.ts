import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { createApiKey } from '../../src/access/api-keys.ts';
import { shared } from '../packages/other-peoples.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { describeInBrowser } from '../support/browser.ts';
import { scorm2004Package } from '../support/make-package.ts';
import {
  afterGoodbye,
  attemptNow,
  contentsOf,
  courseOf,
  frameWith,
  stored,
  until,
  withClock,
} from './browsing.ts';
import { checkBoth } from './looking.ts';
import { addCourse, launch, type Ingested } from './world.ts';

/** What a learner has before them: the course, the bar and the contents. */
type Learner = {
  page: Page;
  course: Ingested;
  attempt: { _id: string };
  /** The frame of the part whose address has this in it, once its page is there. */
  part: (address: string) => Promise<Frame>;
  /** The table of contents, a line for each part: "Etiquette: Passed · You are here". */
  contents: () => Promise<string[]>;
  choose: (title: string) => Promise<void>;
  /** Which buttons the bar has. */
  buttons: () => Promise<string>;
  /** What is said in the place of the course, once something like it is. */
  told: (words: RegExp) => Promise<string>;
};

describeInBrowser('a course with an order of its own', ({ openPage }) => {
  let app: TestApp;
  let key: string;
  before(async () => {
    app = await startApp();
    ({ key } = await createApiKey(app.ctx, { workspace: 'wsp_test', name: 'test', by: 'test' }));
  });
  after(() => app?.stop());

  async function open(course: Ingested, who = 'ann'): Promise<Learner> {
    const page = await withClock(await openPage({ viewport: { width: 1400, height: 800 } }));
    page.on('dialog', (dialog) => void dialog.accept());
    const { address, attempt } = await launch(app, course, { who });
    await page.goto(address);
    await page.waitForSelector('#contents-button:visible');
    await page.click('#contents-button');
    return {
      page,
      course,
      attempt,
      async part(address) {
        const frame = await frameWith(page, (url) => url.includes('/c/') && url.includes(address));
        await frame.waitForLoadState('load');
        return frame;
      },
      contents: async () => (await contentsOf(page)).map((line) => line.replace(/\n+/g, ': ')),
      choose: (title) => page.locator('#contents li button', { hasText: title }).click(),
      async buttons() {
        const names = ['previous', 'next'];
        const shown = await Promise.all(names.map((name) => page.locator(`#${name}`).isVisible()));
        return names.filter((_, i) => shown[i]).join(' ');
      },
      async told(words) {
        await until(async () => words.test(await page.locator('#after').innerText()));
        return page.locator('#after').innerText();
      },
    };
  }

  /** What a program is told of the attempt, once it is this. */
  async function attemptIs({ course }: Learner, completion: string, success: string, score: number | null) {
    await until(async () => {
      const { body } = await app.app
        .get(`/api/v1/attempts?course=${course.course._id}`)
        .set('Authorization', `Bearer ${key}`);
      const [now] = body.data;
      return (
        now?.progress.completion === completion && now.progress.success === success && now.score === score
      );
    });
  }

  describe("of Rustici's golf", () => {
    let golf: (name: string) => Promise<Ingested>;
    before(function () {
      const folder = join(shared, 'rustici-golf');
      if (!existsSync(folder)) {
        process.stderr.write('\n  SKIPPED  The golf courses are not here: their order is not tried.\n');
        return this.skip();
      }
      const known = new Map<string, Promise<Ingested>>();
      golf = (name) => {
        if (!known.has(name)) known.set(name, addCourse(app, readFileSync(join(folder, `${name}.zip`))));
        return known.get(name)!;
      };
    });

    /** Reads one part to its end, by its own button. */
    async function read(frame: Frame): Promise<void> {
      await frame.waitForFunction('currentPage !== null');
      while (await frame.isEnabled('#butNext')) await frame.click('#butNext');
    }

    /** Answers the test in a part, all right or all left as it is; returns the score it says. */
    async function answer(frame: Frame, isRight: boolean): Promise<number> {
      const test = frame.frameLocator('#contentFrame');
      const submit = test.locator('input[value="Submit Answers"]');
      await submit.waitFor();
      for (const right of isRight ? await test.locator('.correctAnswer').all() : []) {
        const [, number] = /\((\d+)\)/.exec(await right.innerText()) ?? [];
        if (number === undefined) await right.locator('input').check();
        else await right.locator('input').fill(number);
      }
      await submit.click();
      return Number(/Score: (\d+)/.exec(await test.locator('#test').innerText())?.[1]);
    }

    const topics = ['Playing the Game', 'Etiquette', 'Handicapping', 'Having Fun'];
    const addresses = ['playing', 'etiquette', 'handicapping', 'havingfun'].map((name) => `content=${name}`);
    const preOrPost = 'scorm2004__SequencingPreOrPostTestRollup_SCORM20043rdEdition';

    it('is passed by the test before it: the tests are closed then, what is to be read stays open', async () => {
      const learner = await open(await golf(preOrPost), 'expert');
      const test = await learner.part('content=assessment');
      await until(async () => (await learner.buttons()) === 'next');
      // It may be taken once, so it could not be chosen now; but that is where one is.
      assert.equal((await learner.contents())[0], 'Pre Test: In progress · You are here');
      assert.match((await learner.contents()).at(-1)!, /^Post Test: Locked/);
      assert.equal(await answer(test, true), 100);
      await attemptIs(learner, 'completed', 'passed', 1);
      await learner.page.click('#next');
      await learner.part('content=playing');
      await until(async () => (await learner.buttons()) === 'next');
      const [pre, ...others] = await learner.contents();
      assert.equal(pre, 'Pre Test: Passed · Locked: the course does not allow this now');
      assert.deepEqual(others.slice(0, 4), [
        'Playing the Game: In progress · You are here',
        'Etiquette: Not started',
        'Handicapping: Not started',
        'Having Fun: Not started',
      ]);
      assert.match(others[4]!, /Locked/);
      await learner.page.click('#exit');
      assert.match(await learner.told(/recorded/), /^Passed\s+100% · recorded/);
    });

    it('opens the test behind it when all is read, and is passed by that', async () => {
      const learner = await open(await golf(preOrPost), 'beginner');
      const { page, contents } = learner;
      const failed = await answer(await learner.part('content=assessment'), false);
      assert.ok(failed < 20);
      await attemptIs(learner, 'incomplete', 'failed', failed / 100);
      for (const [i, address] of addresses.entries()) {
        await page.click('#next');
        const part = await learner.part(address);
        await until(async () => (await learner.buttons()) === (i === 0 ? 'next' : 'previous next'));
        assert.match((await contents()).at(-1)!, /^Post Test: Locked/);
        await read(part);
        await until(async () => (await contents()).includes(`${topics[i]}: Passed · You are here`));
      }
      // The test is open from the moment on in which leaving the part would open it. Back, and from there to it.
      await until(async () => (await contents()).includes('Post Test: Not started'));
      await page.click('#previous');
      await learner.part('content=handicapping');
      await learner.choose('Post Test');
      assert.equal(await answer(await learner.part('content=assessment'), true), 100);
      await until(async () => (await contents()).includes('Post Test: Passed · You are here'));
      assert.match(await page.locator('#progress-words').innerText(), /6 of 6 done/);
      await attemptIs(learner, 'completed', 'passed', 1);
      // Behind the last part is the end.
      await page.click('#next');
      assert.match(await learner.told(/recorded/), /^Passed\s+100% · recorded/);
    });

    it('draws one of its tests, draws again after a failure, and ends by itself after the second', async () => {
      const learner = await open(await golf('scorm2004__SequencingRandomTest_SCORM20043rdEdition'));
      const { page, contents } = learner;
      for (const [i, address] of addresses.entries()) {
        await read(await learner.part(address));
        await until(async () => (await contents()).includes(`${topics[i]}: Passed · You are here`));
        await page.click('#next');
      }
      const drawn: string[] = [];
      let score = 0;
      for (const progress of ['incomplete', 'completed']) {
        const test = await learner.part('content=assessment');
        drawn.push(test.url().slice(-1));
        // Four tests are one line, and a part of the whole like the others.
        assert.match((await contents())[4]!, /^Post Test: .+ · You are here$/);
        assert.equal((await contents()).length, 5);
        assert.match(await page.locator('#progress-words').innerText(), / of 5 done$/);
        score = await answer(test, false);
        await attemptIs(learner, progress, 'failed', score / 100);
        await page.click('#next');
        if (drawn.length === 1) await until(() => test.isDetached());
      }
      assert.ok(drawn.every((number) => '1234'.includes(number)));
      assert.match(await learner.told(/recorded/), /^Not passed/);
      assert.match(await learner.told(/recorded/), new RegExp(`\\b${score}% · recorded`));
      // There is no more of it to go on with.
      const buttons = await page.locator('#after button').allInnerTexts();
      assert.deepEqual(buttons, ['Start again', 'Look at it again']);
    });

    it('is done when each of its pages was opened, where pages are all it has', async () => {
      const learner = await open(await golf('scorm12__ContentPackagingOneFilePerSCO_SCORM12'));
      const { page } = learner;
      await until(async () => (await learner.buttons()) === '');
      const parts = page.locator('#contents li > button');
      assert.equal(await parts.count(), 18);
      for (let i = 1; i < 18; i++) {
        await parts.nth(i).click();
        await until(async () =>
          (await page.locator('#progress-words').innerText()).startsWith(`${i + 1} of 18`),
        );
      }
      await attemptIs(learner, 'completed', 'unknown', null);
      await page.click('#exit');
      assert.match(await learner.told(/recorded/), /^Completed/);
    });
  });

  it("of Moodle's debugger: opens a part when those it needs are done, however they are nested", async function () {
    const zip = join(shared, 'moodle/complexscorm.zip');
    if (!existsSync(zip)) {
      process.stderr.write('      (skipped: complexscorm.zip is not here)\n');
      return this.skip();
    }
    const learner = await open(await addCourse(app, readFileSync(zip)));
    const { page, contents } = learner;
    const [one, two, last] = [
      'The first content (one SCO)',
      'The second content (one SCO too)',
      'SCO with prerequisite (first and secon SCO)',
    ];
    // A part that has parts is a chapter with itself as the first.
    const titles = (await contents()).map((line) => line.split(':')[0]);
    assert.deepEqual(titles.slice(3, 8), [
      'SCO with subscoes',
      'SCO with subscoes',
      'Sub-SCO',
      'Sub-SCO',
      'Sub-Sub-SCO',
    ]);
    const is = (line: string) => until(async () => (await contents()).includes(line));
    await is(`${last}: Locked: finish what comes before it first`);
    const set = async (status: string) => {
      const frame = await learner.part('index.html');
      await frame.waitForFunction(`document.querySelectorAll('#elementstable tr').length > 5`);
      await frame.click('text=Common operations');
      await frame.click('#set-lesson-status-button');
      await frame.click(`#set-lesson-status-menu >> text=${status}`);
    };
    await set('passed');
    await is(`${one}: Passed · You are here`);
    await learner.choose(two);
    await is(`${two}: In progress · You are here`);
    await is(`${last}: Locked: finish what comes before it first`);
    await set('completed');
    await is(`${last}: Not started`);
    await learner.choose('Sub-Sub-SCO');
    await set('failed');
    await is('Sub-Sub-SCO: Not passed · You are here');
    await learner.choose(last);
    await is(`${last}: In progress · You are here`);
    assert.match(await page.locator('#progress-words').innerText(), /^3 of 7 done/);
    await attemptIs(learner, 'incomplete', 'failed', null);
  });

  const rule = (kind: 'pre' | 'post', conditions: string, action: string) =>
    `<imsss:${kind}ConditionRule><imsss:ruleConditions conditionCombination="any">${conditions}</imsss:ruleConditions><imsss:ruleAction action="${action}" /></imsss:${kind}ConditionRule>`;
  const condition = (what: string, more = '') => `<imsss:ruleCondition condition="${what}" ${more}/>`;
  const rules = (...all: string[]) => `<imsss:sequencingRules>${all.join('')}</imsss:sequencingRules>`;
  const flow = '<imsss:controlMode choice="false" flow="true" />';
  const map = (target: string, ...ways: string[]) =>
    `<imsss:mapInfo targetObjectiveID="${target}" ${ways.map((way) => `${way}SatisfiedStatus="true"`).join(' ')} />`;
  /** Shares whether it is passed; closed until `before` is. */
  const behind = (before: string | undefined, own: string) => {
    const its = `<imsss:objective objectiveID="before">${map(before ?? '', 'read')}</imsss:objective>`;
    const of = 'referencedObjective="before" operator="not"';
    const closed = rules(
      rule('pre', condition('satisfied', of) + condition('objectiveStatusKnown', of), 'disabled'),
    );
    return `${before ? closed : ''}<imsss:objectives><imsss:primaryObjective objectiveID="own">${map(own, 'read', 'write')}</imsss:primaryObjective>${before ? its : ''}</imsss:objectives>`;
  };

  it('opens one part after the other, and leads on by Next, by the contents, and by its own request', async () => {
    const items = ['One', 'Two', 'Three'].map((title, i, all) => ({
      title,
      sequencing: behind(all[i - 1], title),
    }));
    const course = await addCourse(
      app,
      scorm2004Package({ title: 'In order', pages: 1, success: 'passed', items }),
    );
    const learner = await open(course);
    const { page, contents } = learner;
    const locked = async () =>
      (await contents()).filter((line) => line.includes('Locked')).map((line) => line.split(':')[0]);
    await courseOf(page);
    assert.deepEqual(await locked(), ['Two', 'Three']);
    // Too early: the button says why, and the part goes on.
    const why = 'Finish “One” first: what comes next is locked until then.';
    const next = page.locator('#next');
    assert.equal(await next.getAttribute('aria-disabled'), 'true');
    assert.equal(await page.locator(`#${await next.getAttribute('aria-describedby')}`).textContent(), why);
    await next.click({ force: true });
    assert.match(await page.innerText('#closed'), new RegExp(why));
    assert.equal(await page.textContent('#live'), why);
    await checkBoth(page, 'closed');
    await page.click('#closed-shut');
    assert.equal(await page.evaluate(() => document.activeElement?.id), 'next');
    assert.match((await courseOf(page)).url(), /item_1/);
    // Who leaves all the same is told again, and has a way back.
    await next.click({ force: true });
    await page.click('#closed-anyway');
    assert.match(await learner.told(/One: In progress/), new RegExp(why));
    await checkBoth(page, 'closed-between');
    await until(async () => (await learner.buttons()) === '');
    await page.click('text=Go back to “One”');
    await (await courseOf(page)).click('#finish');
    await until(async () => (await locked()).join() === 'Three');
    assert.equal(await next.getAttribute('aria-disabled'), null);
    await next.click();
    assert.match((await courseOf(page)).url(), /item_2/);
    await until(async () => (await learner.buttons()) === 'previous next');
    const two = await courseOf(page);
    await two.evaluate(`call('SetValue', 'adl.nav.request', 'continue'); finish()`);
    await afterGoodbye(learner.page);
    assert.match((await frameWith(page, (url) => url.includes('item_3'))).url(), /item_3/);
    assert.deepEqual(await locked(), []);
    await (await courseOf(page)).click('#finish');
    await afterGoodbye(learner.page);
    await attemptIs(learner, 'completed', 'passed', 0.8);
  });

  it('gives the lesson again after a failed test, hides what the course wishes hidden, and ends when the test is passed', async () => {
    const unit = `${flow}${rules(rule('post', condition('satisfied', 'operator="not"'), 'retry'), rule('post', condition('satisfied'), 'exitAll'))}`;
    const items = [
      {
        title: 'Unit',
        sequencing: unit,
        items: [
          {
            title: 'Lesson',
            sequencing: '<imsss:rollupRules rollupObjectiveSatisfied="false" objectiveMeasureWeight="0" />',
          },
          {
            title: 'Test',
            hides: ['continue', 'previous'],
            sequencing: `${rules(rule('post', condition('always'), 'exitParent'))}<imsss:deliveryControls objectiveSetByContent="true" />`,
          },
        ],
      },
    ];
    const learner = await open(
      await addCourse(app, scorm2004Package({ title: 'Once more', pages: 2, items })),
    );
    const { page } = learner;
    const test = async (score: number) => {
      const frame = await frameWith(page, (url) => url.includes('item_3'));
      await courseOf(page);
      await until(async () => (await learner.buttons()) === '');
      await frame.evaluate(
        `course.score = ${score}; course.success = '${score < 50 ? 'failed' : 'passed'}'; call('SetValue', 'adl.nav.request', 'continue'); finish()`,
      );
      await afterGoodbye(learner.page);
    };
    for (const score of [40, 90]) {
      const lesson = await frameWith(page, (url) => url.includes('item_2'));
      await courseOf(page);
      // A new attempt at it, not the old one taken up: it begins at its first page.
      assert.equal(await lesson.textContent('#page'), 'Page 1 of 2');
      await until(async () => (await learner.buttons()) === 'next');
      await lesson.click('#next');
      await lesson.click('#finish');
      await page.click('#next');
      await test(score);
    }
    assert.match(await learner.told(/recorded/), /^Passed\s+90% · recorded/);
    await attemptIs(learner, 'completed', 'passed', 0.9);
  });

  it('goes where a course asks to go when it says goodbye, is suspended by it, and taken up at the next launch', async () => {
    const items = [{ title: 'One' }, { title: 'Two' }, { title: 'Three' }, { title: 'Four' }];
    const course = await addCourse(app, scorm2004Package({ title: 'By itself', pages: 3, items }));
    const learner = await open(course);
    const { page } = learner;
    const leave = async (request: string, exit = 'normal') => {
      const frame = await courseOf(page);
      await frame.evaluate(`call('SetValue', 'adl.nav.request', '${request}'); leave('${exit}')`);
      assert.equal(await frame.textContent('#error'), '');
      await afterGoodbye(learner.page);
    };
    const isAt = async (item: string) => {
      await frameWith(page, (url) => url.includes(item));
      return courseOf(page);
    };
    const first = await isAt('item_1');
    assert.deepEqual(
      await first.evaluate(
        `['continue', 'previous', 'choice.{target=item_3}', 'jump.{target=item_3}', 'choice.{target=nowhere}'].map(function (r) { return found.GetValue('adl.nav.request_valid.' + r) })`,
      ),
      ['true', 'false', 'true', 'true', 'false'],
    );
    await leave('{target=item_3}choice');
    await isAt('item_3');
    await leave('previous');
    await isAt('item_2');
    await leave('{target=item_4}jump');
    const fourth = await isAt('item_4');
    await fourth.click('#next');
    await leave('suspendAll', 'suspend');
    assert.match(await learner.told(/recorded/), /Your place is kept/);
    assert.match((await attemptNow(app, learner.attempt._id)).state, /"suspended":"item_4"/);

    const again = await open(course);
    assert.equal(again.attempt._id, learner.attempt._id);
    const resumed = await frameWith(again.page, (url) => url.includes('item_4'));
    await courseOf(again.page);
    assert.equal(await resumed.textContent('#page'), 'Page 2 of 3');
    assert.equal(await resumed.evaluate(`found.GetValue('cmi.entry')`), 'resume');
    await resumed.evaluate(`call('SetValue', 'adl.nav.request', 'exitAll'); leave('normal')`);
    await afterGoodbye(again.page);
    await again.told(/recorded/);
    // What was left for good is not taken up: where it was is forgotten.
    await until(async () => /"left":true/.test((await attemptNow(app, again.attempt._id)).state));
    assert.equal((await stored(app, again.attempt._id, 'item_4'))['cmi.location'], undefined);
  });
});
