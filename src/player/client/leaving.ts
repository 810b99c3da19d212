import type { Progress } from '../../scorm/progress.ts';
import { endingOf, type GradeState, type Saved } from './ending.ts';
import type { Opened, Standing } from './opened.ts';
import type { Page } from './page.ts';
import { againLabel } from './question.ts';
import type { Saver } from './saver.ts';
import type { Action } from './stage.ts';

/** Pauses between looks at how far the grade has come; after the last it stays "on its way". */
const looks = [700, 1_300, 2_000, 4_000, 8_000, 15_000, 30_000];

/** What POST /play/status answers. */
export type Stored = {
  progress: Progress;
  revision: number;
  savedAt: string;
  grade?: GradeState;
  standing?: Standing;
};

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
  const { opened, counts, hasParts, saver, isOver } = leaving;
  const isReview = opened.settings.mode === 'review';
  const say = (progress: Progress, saved?: Saved, standing?: Standing) => {
    const back = wayOut(page, opened);
    const message = endingOf(page.t, {
      progress,
      hasParts,
      saved,
      platform: opened.platformName,
      counts,
      isReview,
      standing,
      leads: back.length > 0,
      actions: [...back, ...leaving.goOn(progress), ...others(page, opened, standing)],
    });
    page.stage.say(message, saved !== undefined);
  };
  const ours = leaving.progress();
  say(ours, counts ? undefined : { at: new Date() }, counts ? undefined : opened.standing);
  void whenStored();

  async function whenStored(): Promise<void> {
    await saver.settled();
    if (!isOver() || saver.state() !== 'saved') return;
    page.relay.over();
    if (wantsOut && page.relay.isHeard()) return page.relay.exit();
    if (!counts) return;
    // Saved it is, even where the server's own words for it do not come.
    const stored = { progress: ours, revision: 0, savedAt: new Date().toISOString() };
    const status = () => page.ask('status').catch(() => stored) as Promise<Stored>;
    await followGrade(status, ({ progress, standing }, saved) => say(progress, saved, standing), isOver);
  }
}

/** Says how it stands, again and again while the grade is on its way. Twice at least where the last of it may still come. */
export async function followGrade(
  status: () => Promise<Stored>,
  say: (stored: Stored, saved: Saved) => void,
  isCurrent: () => boolean,
  least = 1,
): Promise<void> {
  for (const [i, pause] of looks.entries()) {
    const stored = await status();
    if (!isCurrent()) return;
    say(stored, { at: new Date(stored.savedAt), grade: stored.grade });
    if (stored.grade !== 'waiting' && i + 1 >= least) return;
    await new Promise<void>((resolve) => void setTimeout(resolve, pause));
    if (!isCurrent()) return;
  }
}

/** Starting again, where it may be; looking again, where nothing else may. */
function others({ t, turns }: Page, { graded, settings }: Opened, standing: Standing | undefined): Action[] {
  const isReview = settings.mode === 'review';
  const look = { label: t('review.look'), act: turns.review };
  if (!standing) return isReview ? [look] : [];
  const again = { label: graded ? againLabel(t, standing) : t('preview.again'), act: turns.again };
  return [
    ...(standing.offers.includes('again') || !graded ? [again] : []),
    ...(standing.offers.includes('review') ? [look] : []),
  ];
}

/** Back to where the learner came from. */
export function wayOut({ relay, t, leadTo, ownWindow }: Page, { returnUrl }: Opened): Action[] {
  if (relay.isHeard()) return [{ label: t('exit'), act: relay.exit }];
  // One that took the LMS's place has a way back; one of its own is closed.
  if (ownWindow && (history.length < 2 || !returnUrl))
    return [{ label: t('closeWindow'), act: ownWindow.close }];
  if (!returnUrl || !/^https?:\/\//.test(returnUrl)) return [];
  return [{ label: t('return'), act: () => leadTo(returnUrl) }];
}
