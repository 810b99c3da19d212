import { Refusal, makeAsk, type Ask } from './door.ts';
import { shadowParents } from './finders.ts';
import { isLoadingAgain, takeKey } from './key.ts';
import type { Opened } from './opened.ts';
import { makePage } from './page.ts';
import { play } from './play.ts';
import { openRelay } from './relay.ts';
import { makeStage, type Stage } from './stage.ts';
import { readWords, type Words } from './words.ts';

/** The player: take the token, open the attempt, play. Exports nothing: a course may import this file. */
if (!isLoadingAgain()) void start(readWords(), makeStage());

async function start(t: Words, stage: Stage): Promise<void> {
  const key = takeKey();
  const relay = openRelay(window.parent);
  if (!key) {
    stage.say({ sign: 'info', heading: t('noKey.title'), lines: [t('noKey.detail')], actions: [] });
    return;
  }
  shadowParents();
  const ask = makeAsk(key);
  const opened = await open(ask, t, stage);
  if (!opened) return;
  try {
    play(makePage({ ask, relay, t, stage }), opened);
  } catch (error) {
    // A fault of ours, or a course no version of ours should have let in: said, rather than an empty room.
    stage.say({ sign: 'warning', heading: t('broken.title'), lines: [t('broken.detail')], actions: [] });
    throw error;
  }
}

/** Asks until somebody answers: a launch must not be lost to a blink of the network. */
async function open(ask: Ask, t: Words, stage: Stage): Promise<Opened | undefined> {
  for (let tries = 0; ; tries++) {
    try {
      return (await ask('open')) as Opened;
    } catch (error) {
      const isFinal = error instanceof Refusal && error.status < 500 && error.status !== 429;
      if (isFinal) {
        const detail = error.detail ?? t('refused.detail');
        stage.say({
          sign: 'warning',
          heading: error.message || t('refused.title'),
          lines: [detail],
          actions: [],
        });
        return undefined;
      }
      await pause(t, stage, tries);
    }
  }
}

/** Waits a little, or until the network is back or somebody asks. */
async function pause(t: Words, stage: Stage, tries: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const again = { label: t('retry'), act: resolve };
    const heading = t('unreachable.title');
    stage.say({ sign: 'warning', heading, lines: [t('unreachable.detail')], actions: [again] }, tries > 0);
    window.addEventListener('online', () => resolve(), { once: true });
    setTimeout(resolve, Math.min(2_000 * 2 ** tries, 15_000));
  });
}
