import { tellWhatCame } from './notice.ts';
import { answered, openAttempt, type Opening } from './opening.ts';
import { offerWindow, type Reason } from './own-window.ts';
import type { Opened, Standing } from './opened.ts';
import { makePage, type Page, type Turns, type Wires } from './page.ts';
import { play } from './play.ts';
import { questionOf } from './question.ts';
import { isCramped } from './room.ts';
import { startOf } from './start.ts';
import { wayOut } from './leaving.ts';

/**
 * The player of this window: opens the attempt, asks what is to be asked, and plays; and again, whenever the learner turns to
 * something else: another attempt, a look back, the same in a window of its own.
 */
export function enter(wires: Wires): Promise<void> {
  const turns: Turns = {
    again: () => void turn(page, () => startAgain(page)),
    resume: () => void turn(page, () => takeBack(page)),
    review: () => void turn(page, () => open(page, lookBack)),
    window: () => void turn(page, () => open(page, ({ opened }) => offerWindow(page, opened, 'asked'))),
  };
  const page = makePage(wires, turns);
  return open(page, (opening) => begin(page, opening));
}

/** What played is put to rest, and stored, before something else begins. */
async function turn(page: Page, next: () => Promise<void>): Promise<void> {
  page.stage.loading();
  await page.playing()?.rest();
  await next();
}

async function open(page: Page, then: (opening: Opening, page: Page) => void): Promise<void> {
  const opening = await openAttempt(page);
  if (!opening) return;
  page.bar.title(opening.opened.title);
  try {
    then(opening, page);
    tellWhatCame(page.t, opening.brought);
  } catch (error) {
    // A fault of ours, or a course no version of ours should have let in: said, rather than an empty room.
    const { t, stage } = page;
    stage.say({ sign: 'warning', heading: t('broken.title'), lines: [t('broken.detail')], actions: [] });
    throw error;
  }
}

/** In the LMS's page, the course may be better off elsewhere. A window of its own was opened by somebody who was told. */
function begin(page: Page, opening: Opening): void {
  const reason = elsewhere(opening.opened);
  const { opened } = opening;
  if (reason) offerWindow(page, opened, reason);
  else if (isToTell(opened) && !page.ownWindow)
    page.stage.say(startOf(page.t, opened, () => play(page, opening)));
  else choose(page, opening);
}

function elsewhere({ standing }: Opened): Reason | undefined {
  if (window.top === window) return undefined;
  if (standing?.window === 'new') return 'rule';
  const frame = { width: innerWidth, height: innerHeight };
  return isCramped(frame, { width: screen.availWidth, height: screen.availHeight }) ? 'cramped' : undefined;
}

function choose(page: Page, opening: Opening): void {
  const { opened } = opening;
  if (!isToAsk(opened)) return play(page, opening);
  const acts = {
    goOn: () => play(page, opening),
    review: () => lookBack(opening, page),
    again: page.turns.again,
  };
  page.stage.say(questionOf(page.t, opened, acts, wayOut(page, opened)));
}

function isToAsk(opened: Opened): opened is Opened & { standing: Standing } {
  return opened.standing?.ask === true;
}

function isToTell(opened: Opened): opened is Opened & { standing: Standing } {
  return opened.standing?.tells === true;
}

function lookBack({ opened }: Opening, page: Page): void {
  play(page, { opened: { ...opened, settings: { ...opened.settings, mode: 'review' } } });
}

async function startAgain(page: Page): Promise<void> {
  const back = { label: page.t('here'), act: page.turns.resume };
  const answer = (await answered(page, 'again', () => [back])) as { address?: string } | undefined;
  if (answer?.address !== undefined) page.leadTo(answer.address);
  else if (answer) await open(page, (opening) => play(page, opening));
}

async function takeBack(page: Page): Promise<void> {
  if (await answered(page, 'resume')) await open(page, (opening) => choose(page, opening));
}
