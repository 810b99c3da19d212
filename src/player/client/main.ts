import { makeAsk } from './door.ts';
import { shadowParents } from './finders.ts';
import { isLoadingAgain, takeKey } from './key.ts';
import { tellWhatCame } from './notice.ts';
import { openAttempt } from './opening.ts';
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
  const opening = await openAttempt({ ask, t, stage });
  if (!opening) return;
  try {
    play(makePage({ ask, relay, t, stage }), opening);
    tellWhatCame(t, opening.brought);
  } catch (error) {
    // A fault of ours, or a course no version of ours should have let in: said, rather than an empty room.
    stage.say({ sign: 'warning', heading: t('broken.title'), lines: [t('broken.detail')], actions: [] });
    throw error;
  }
}
