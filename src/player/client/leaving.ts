import type { Progress } from '../../scorm/progress.ts';
import { endingOf, type GradeState, type Saved } from './ending.ts';
import type { Opened } from './opened.ts';
import type { Page } from './page.ts';
import type { Saver } from './saver.ts';
import type { Action } from './stage.ts';

/** Pauses between looks at how far the grade has come; after the last it stays "on its way". */
const looks = [700, 1_300, 2_000, 4_000, 8_000, 15_000, 30_000];

/** What POST /play/status answers. */
type Stored = { progress: Progress; savedAt: string; grade?: GradeState };

type Leaving = {
  opened: Opened;
  saver: Saver;
  /** Does what is done here count? */
  counts: boolean;
  hasParts: boolean;
  progress: () => Progress;
  isOver: () => boolean;
  /** The way back into the course, where there is more of it. */
  goOn: (progress: Progress) => Action[];
};

/**
 * After the course: everything is brought home, then said, and how the grade fares is watched for a while. `wantsOut`: the
 * learner asked for it; a shell around us has its own last word.
 */
export function leave(page: Page, leaving: Leaving, wantsOut: boolean): void {
  const { opened, counts, hasParts } = leaving;
  const say = (progress: Progress, saved?: Saved) => {
    const back = wayOut(page, opened);
    const message = endingOf(page.t, {
      progress,
      hasParts,
      saved,
      platform: opened.platformName,
      counts,
      leads: back.length > 0,
      actions: [...back, ...leaving.goOn(progress)],
    });
    page.stage.say(message, saved !== undefined);
  };
  say(leaving.progress(), counts ? undefined : { at: new Date() });
  void whenStored(page, leaving, wantsOut, say);
}

async function whenStored(
  { ask, relay }: Page,
  { saver, counts, progress: ours, isOver }: Leaving,
  wantsOut: boolean,
  say: (progress: Progress, saved: Saved) => void,
): Promise<void> {
  await saver.settled();
  if (!isOver() || saver.state() !== 'saved') return;
  if (wantsOut && relay.isHeard()) return relay.exit();
  if (!counts) return;
  const stored: Stored = { progress: ours(), savedAt: new Date().toISOString() };
  for (const pause of looks) {
    // Saved it is, even where the server's own words for it do not come.
    const { progress, savedAt, grade } = (await ask('status').catch(() => stored)) as Stored;
    if (!isOver()) return;
    say(progress, { at: new Date(savedAt), grade });
    if (grade !== 'waiting') return;
    await new Promise<void>((resolve) => void setTimeout(resolve, pause));
  }
}

/** Back to where the learner came from. */
export function wayOut({ relay, t, leadTo }: Page, { returnUrl }: Opened): Action[] {
  if (relay.isHeard()) return [{ label: t('exit'), act: relay.exit }];
  if (!returnUrl || !/^https?:\/\//.test(returnUrl)) return [];
  return [{ label: t('return'), act: () => leadTo(returnUrl) }];
}
