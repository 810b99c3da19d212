import type { Frame } from 'playwright-core';

/** What a learner does in a course's own frame. */
export type Play = {
  /** Turns pages until half-way, and returns where that is. */
  half: (frame: Frame) => Promise<string>;
  where: (frame: Frame) => Promise<string>;
  /** Goes on to the end and hands in; returns the score in percent. */
  finish: (frame: Frame) => Promise<number>;
};

/** The courses of support/make-package.ts. */
export const sampleCourse: Play = {
  half: async (frame) => {
    await frame.click('#next');
    await frame.click('#next');
    return sampleCourse.where(frame);
  },
  where: async (frame) => {
    await frame.waitForSelector('#state:text("running")');
    return (await frame.textContent('#page')) ?? '';
  },
  finish: async (frame) => {
    while (await frame.isEnabled('#next')) await frame.click('#next');
    await frame.click('#finish');
    return 80;
  },
};

/** Rustici's golf sample, "Runtime Basic Calls": fifteen pages, the last one a test. */
export const golfCourse: Play = {
  half: async (frame) => {
    for (let page = 0; page < 7; page++) await frame.click('#butNext');
    return golfCourse.where(frame);
  },
  where: async (frame) => {
    await frame.waitForFunction('currentPage !== null');
    return String(await frame.evaluate('currentPage'));
  },
  finish: async (frame) => {
    while (await frame.isEnabled('#butNext')) await frame.click('#butNext');
    const test = frame.frameLocator('#contentFrame');
    const submit = test.locator('input[value="Submit Answers"]');
    await submit.waitFor();
    for (const right of await test.locator('.correctAnswer input[type=radio]').all()) await right.check();
    await submit.click();
    const score = /Score: (\d+)/.exec((await test.locator('#test').textContent()) ?? '')?.[1];
    await frame.click('#butExit');
    return Number(score);
  },
};
