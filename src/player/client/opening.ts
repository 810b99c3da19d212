import { Refusal, type Ask } from './door.ts';
import { leftoversIn, makeKeep, type Keep, type Leftover } from './kept.ts';
import type { Answered, Opened } from './opened.ts';
import { firstOf } from './patches.ts';
import { makeSeal } from './seal.ts';
import { openShelf, type Shelf } from './shelf.ts';
import type { Turns } from './page.ts';
import type { Action, Stage } from './stage.ts';
import type { Words } from './words.ts';

/** An attempt as it is now, what of an earlier tab was brought to the server before, and where to keep what cannot be sent. */
export type Opening = { opened: Opened; keep?: Keep; brought: Brought };
/** Commits that an earlier tab had left: stored now, or come too late. */
export type Brought = { recovered: number; lost: number };

type Wires = { ask: Ask; t: Words; stage: Stage };
type WithTurns = Wires & { turns: Pick<Turns, 'resume'> };

/** Milliseconds for which something is kept that nobody comes back for. */
const keptFor = 30 * 24 * 3600_000;

/**
 * Opens the attempt. What an earlier tab could not send, and left in this browser, goes to the server first: the state to
 * play on is then the one with it. Undefined where the server refuses: the learner has been told.
 */
export async function openAttempt(wires: WithTurns): Promise<Opening | undefined> {
  const answer = await opened(wires);
  if (!answer) return undefined;
  const drawer = await drawerFor(answer);
  if (!drawer) return { opened: publicPart(answer), brought: { recovered: 0, lost: 0 } };
  const leftovers = await leftoversIn(drawer).catch(() => []);
  const brought = await bring(wires, leftovers);
  const now = leftovers.length > 0 ? await opened(wires) : answer;
  void drawer.shelf.sweep(Date.now() - keptFor).catch(() => {});
  const keep = makeKeep(drawer, answer.launch, Date.now() + Math.random());
  return now && { opened: publicPart(now), keep, brought };
}

/** Without the key, which nothing that plays needs to know. */
function publicPart(answer: Answered): Opened {
  return { ...answer, keep: undefined } as Opened;
}

async function drawerFor({ keep }: Answered) {
  const shelf: Shelf | undefined = keep && openShelf();
  const seal = shelf && (await makeSeal(keep!.key, keep!.name).catch(() => undefined));
  return seal && { shelf, seal, name: keep!.name };
}

/** Hands over what was left, in its order. What the server has had its say about is forgotten here. */
async function bring(wires: Wires, leftovers: Leftover[]): Promise<Brought> {
  const brought = { recovered: 0, lost: 0 };
  for (const { launch, commits, told, forget } of leftovers) {
    for (let rest = commits; rest.length > 0;) {
      const { batch } = firstOf(rest, { bytes: 400_000, count: 50 });
      rest = rest.slice(batch.length);
      const body = JSON.stringify({ launch, commits: batch });
      try {
        const { recovered, lost } = (await untilAnswered(wires, 'recover', body)) as Brought;
        brought.recovered += recovered;
        if (!told) brought.lost += lost;
      } catch (error) {
        // Opened elsewhere, or too long ago: it may still come with the next launch.
        if (!(error instanceof Refusal) || error.status === 401 || error.status === 409) return brought;
        brought.lost += batch.length;
      }
    }
    await forget().catch(() => {});
  }
  return brought;
}

async function opened(wires: WithTurns): Promise<Answered | undefined> {
  const { t, turns } = wires;
  return answered(wires, 'open', ({ code }) =>
    code === 'opened-elsewhere' ? [{ label: t('here'), act: turns.resume }] : [],
  ) as Promise<Answered | undefined>;
}

/** The server's answer; undefined where it refuses: the learner has been told, in its words, and what may be done now. */
export async function answered(
  wires: Wires,
  path: 'enter' | 'open' | 'again' | 'resume',
  instead: (refusal: Refusal) => Action[] = () => [],
): Promise<unknown> {
  const { t, stage } = wires;
  try {
    return await untilAnswered(wires, path);
  } catch (error) {
    const refusal = error as Refusal;
    stage.say({
      sign: 'warning',
      heading: refusal.message || t('refused.title'),
      lines: [refusal.detail ?? t('refused.detail')],
      actions: instead(refusal),
    });
    return undefined;
  }
}

/** Asks until somebody answers: a launch must not be lost to a blink of the network. Throws the {@link Refusal} that is final. */
async function untilAnswered(wires: Wires, path: Parameters<Ask>[0], body?: string): Promise<unknown> {
  for (let tries = 0; ; tries++) {
    try {
      return await wires.ask(path, body);
    } catch (error) {
      if (error instanceof Refusal && error.status < 500 && error.status !== 429) throw error;
      await pause(wires, tries);
    }
  }
}

/** Waits a little, or until the network is back or somebody asks. */
async function pause({ t, stage }: Wires, tries: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const again = { label: t('retry'), act: resolve };
    const heading = t('unreachable.title');
    stage.say({ sign: 'warning', heading, lines: [t('unreachable.detail')], actions: [again] }, tries > 0);
    window.addEventListener('online', () => resolve(), { once: true });
    setTimeout(resolve, Math.min(2_000 * 2 ** tries, 15_000));
  });
}
