import assert from 'node:assert/strict';
import type { BrowserContextOptions, Frame, Page } from 'playwright-core';
import { keepLines } from '../../src/attempts/log.ts';
import { describeInBrowser } from '../support/browser.ts';
import { checkBoth } from '../player/looking.ts';
import { openClassroom, type Classroom } from './world.ts';

describeInBrowser('the page of a link, in a frame of the LMS', ({ openPage }) => {
  let room: Classroom;
  before(async () => {
    room = await openClassroom();
    room.members = [
      { user_id: 'a', name: 'Ana Álvarez', email: 'ana@example.org' },
      { user_id: 'r', name: '‏مرحبا بكم' },
      { user_id: 'c', name: '李小龙' },
      {
        user_id: 'l',
        name: `Wolfeschlegelsteinhausenbergerdorff-${'Maximiliana'.repeat(8)} von und zu Hohenlohe`,
      },
      ...Array.from({ length: 60 }, (_, i) => ({ user_id: `m${i}`, name: `Learner ${i + 1}` })),
    ];
    await room.enter();
    await room.attempt('a', 'Ana', { completion: 'incomplete', seconds: 61 });
    const { _id: attempt } = await room.graded('a', { success: 'passed', score: 0.825, seconds: 3725 });
    const line = {
      at: room.clock.now().getTime(),
      kind: 'call',
      name: 'LMSInitialize',
      result: 'true',
    } as const;
    await keepLines(room.app.ctx, { id: 'log', attempt, lines: [line] });
    const answers = [
      {
        at: room.clock.now(),
        ok: false,
        status: 403,
        text: 'The platform does not let this tool write this grade.',
      },
    ];
    await room.graded('c', { success: 'failed', score: 0.2 }, { status: 'given up', answers });
    for (const [sub, response, result] of [
      ['m1', 'a', 'correct'],
      ['m2', 'a rather long answer, with whatever somebody writes who writes much', 'wrong'],
      ['m3', 'a', 'correct'],
    ] as const)
      await room.play(sub, {
        'cmi.interactions.0.id': 'capital-of-peru',
        'cmi.interactions.0.type': 'fill-in',
        'cmi.interactions.0.student_response': response,
        'cmi.interactions.0.result': result,
      });
    await room.attempt('l', 'Long', { completion: 'incomplete' });
  });
  after(() => room?.stop());

  /** The LMS's page, of another site, with ours in a frame. */
  async function openFrame(options: BrowserContextOptions = {}): Promise<{ page: Page; frame: Frame }> {
    const { visit } = await room.enter();
    room.platform.pages['/host'] = () => ({
      headers: { 'Content-Type': 'text/html; charset=utf-8' },
      body: `<!doctype html><html lang="en"><title>LMS</title><style>body{margin:0}iframe{border:0;width:100vw;height:95vh}</style>
        <form method="post" action="${room.app.url}/link/learners" target="tool"><input type="hidden" name="visit" value="${visit}"><button>Open</button></form>
        <iframe name="tool" title="Tool"></iframe>`,
    });
    const page = await openPage({ viewport: { width: 700, height: 900 }, ...options });
    await page.goto(`${room.platform.url}/host`);
    await page.getByRole('button', { name: 'Open' }).click();
    const tool = page.frameLocator('iframe');
    await tool.getByRole('heading', { name: 'Golf', exact: true }).waitFor();
    return { page, frame: page.frame('tool')! };
  }

  it('is sound wide and narrow, light and dark, on each of its pages', async () => {
    const { page, frame } = await openFrame();
    await checkBoth(page, 'link-learners', frame);
    await frame.getByRole('button', { name: 'Ana Álvarez' }).click();
    await frame.getByRole('heading', { name: 'Ana' }).waitFor();
    await checkBoth(page, 'link-learner', frame);
    await frame.getByRole('button', { name: 'Switch on for a day' }).click();
    await frame.getByText('The log is on for a day').waitFor();
    await frame.getByRole('button', { name: 'Reset' }).click();
    await frame.getByRole('heading', { name: 'Reset' }).waitFor();
    await checkBoth(page, 'link-reset', frame);
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await frame.getByRole('button', { name: 'Look at the log' }).click();
    await frame.getByRole('button', { name: 'Delete …' }).click();
    await frame.getByRole('heading', { name: 'Delete the debug log of Ana' }).waitFor();
    await checkBoth(page, 'link-forget-log', frame);
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await frame.getByText('LMSInitialize()').waitFor();
    await frame.getByRole('button', { name: /^← Ana/ }).click();
    await frame.getByRole('button', { name: '← Learners' }).click();
    await frame.getByRole('button', { name: 'Answers' }).click();
    await frame.getByRole('heading', { name: 'capital-of-peru' }).waitFor();
    await checkBoth(page, 'link-report', frame);
    await frame.getByRole('button', { name: 'Rules' }).click();
    await frame.getByRole('heading', { name: 'The grade' }).waitFor();
    await checkBoth(page, 'link-rules', frame);
  });

  it('does without scripts and cookies whatever it does', async () => {
    const { page, frame } = await openFrame({ javaScriptEnabled: false });
    await frame.getByLabel('Search learners').fill('alvarez');
    await frame.getByLabel('Search learners').press('Enter');
    await frame.getByText('Learner 7', { exact: true }).waitFor({ state: 'detached', timeout: 5_000 });
    assert.equal(await frame.getByRole('row').count(), 2);
    await frame.getByRole('button', { name: 'Ana Álvarez' }).click();
    await frame.getByText('82.5 of 100').waitFor();
    await frame.getByRole('button', { name: 'Allow another attempt' }).click();
    await frame.getByText('One more attempt is allowed.').waitFor();
    await frame.getByRole('button', { name: 'Attempt 1' }).click();
    await frame.getByText('1 min 1 s').first().waitFor();
    await frame.getByRole('button', { name: 'Reset' }).click();
    await frame.getByRole('button', { name: 'Cancel' }).click();
    await frame.getByRole('button', { name: '← Learners' }).click();
    assert.equal(
      await frame.getByLabel('Search learners').inputValue(),
      'alvarez',
      'back in the list it came from',
    );
    await frame.getByRole('button', { name: /^Not started/ }).click();
    await frame.getByText('Nobody is called that').waitFor();
    await frame.getByRole('button', { name: 'Show all learners' }).click();
    await frame.getByText('1–50 of 64').waitFor();
    await frame.getByRole('button', { name: 'Next' }).click();
    await frame.getByText('51–64 of 64').waitFor();
    await frame.getByRole('button', { name: 'Send the undelivered grade again' }).click();
    await frame.getByText('The grade is on its way again.').waitFor();
    assert.deepEqual(await page.context().cookies(), []);
    assert.equal(new URL(frame.url()).search, '');
  });

  it('goes back by the Back button', async () => {
    const { page, frame } = await openFrame();
    await frame.getByRole('button', { name: 'Ana Álvarez' }).click();
    await frame.getByRole('heading', { name: 'Gradebook' }).waitFor();
    for (const heading of ['Learners', 'Gradebook']) {
      await page.evaluate((by) => history.go(by), heading === 'Learners' ? -1 : 1);
      await page
        .frameLocator('iframe')
        .getByRole('heading', { name: heading, exact: true })
        .waitFor({ timeout: 5_000 });
    }
  });

  it('previews the course in a window of its own, which cannot reach back', async () => {
    const { page, frame } = await openFrame();
    const opening = page.context().waitForEvent('page');
    await frame.getByRole('button', { name: 'Preview as a learner' }).press('Enter');
    const preview = await opening;
    await preview.waitForURL(`${room.app.contentUrl}/play`);
    assert.equal(await preview.evaluate(() => window.opener), null);
    await frame.getByRole('heading', { name: 'Golf', exact: true }).waitFor();
  });
});
