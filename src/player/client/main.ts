import { makeAsk } from './door.ts';
import { enter } from './enter.ts';
import { shadowParents } from './finders.ts';
import { isLoadingAgain, isTicket, takeKey } from './key.ts';
import { answered } from './opening.ts';
import { openRelay } from './relay.ts';
import { makeStage, type Stage } from './stage.ts';
import { readWords, type Words } from './words.ts';

/** The player: take the token, open the attempt, play. Exports nothing: a course may import this file. */
if (!isLoadingAgain()) void start(readWords(), makeStage());

async function start(t: Words, stage: Stage): Promise<void> {
  const key = takeKey();
  const isOwnWindow = key !== undefined && isTicket(key);
  const relay = openRelay(window.parent, isOwnWindow ? (window.opener as Window | null) : null);
  if (!key) {
    stage.say({ sign: 'info', heading: t('noKey.title'), lines: [t('noKey.detail')], actions: [] });
    return;
  }
  shadowParents();
  const token = isOwnWindow ? await tokenFor(key, t, stage) : key;
  if (token) await enter({ ask: makeAsk(token), relay, t, stage, isOwnWindow });
}

async function tokenFor(ticket: string, t: Words, stage: Stage): Promise<string | undefined> {
  const answer = await answered({ ask: makeAsk(ticket), t, stage }, 'enter');
  return (answer as { token: string } | undefined)?.token;
}
