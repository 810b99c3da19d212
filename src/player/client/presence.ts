import type { Session } from '../../scorm/player.ts';
import type { CompletionRule } from '../../scorm/completion.ts';

/** How often a quiet course's time is noted, at most. */
const everyMs = 60_000;

type Page = {
  /** Milliseconds of a clock that only goes on. */
  now: () => number;
  isVisible: () => boolean;
  onTurn: (work: () => void) => void;
  later: (work: () => void, ms: number) => () => void;
};

/** A clock that stands still while nobody can see the page: the time a learner spends in a course is counted by it. */
export function makeAttention({ now, isVisible, onTurn }: Page): () => number {
  let counted = 0;
  let since = isVisible() ? now() : undefined;
  onTurn(() => {
    if (since !== undefined) counted += now() - since;
    since = isVisible() ? now() : undefined;
  });
  return () => counted + (since === undefined ? 0 : now() - since);
}

/**
 * Notes the time of courses that do not note it themselves, while somebody looks: assets and pages that never call, and, where
 * time completes the course, all of them; then also in the moment when it is enough. `note`: now, for the page may be going.
 */
export function keepPresence(
  session: Session,
  rule: CompletionRule | undefined,
  page: Page,
): { note: () => void } {
  const note = () => {
    const record = session.state.activities[session.showing ?? ''];
    const isCounted = rule?.by === 'time' && !session.state.met;
    if (record && (isCounted || record.running !== 'initialized')) session.stay();
  };
  const look = () => {
    if (page.isVisible()) note();
    page.later(look, untilNext());
  };
  const untilNext = () => {
    if (rule?.by !== 'time' || session.state.met) return everyMs;
    return Math.min(everyMs, Math.max(1_000, (rule.seconds - session.spent) * 1_000 + 50));
  };
  page.later(look, untilNext());
  return { note };
}

/** The page as the browser has it. */
export function pageOf(later: Page['later']): Page {
  return {
    now: () => performance.now(),
    isVisible: () => document.visibilityState === 'visible',
    onTurn: (work) => document.addEventListener('visibilitychange', work),
    later,
  };
}
