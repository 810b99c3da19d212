import type { PlayRules } from '../packages/play-rules.ts';
import type { Progress } from '../scorm/progress.ts';

/** What a learner may do with the attempt they are at: go on in it, look back without a trace, or start another. */
export type Choice = 'goOn' | 'review' | 'again';

/**
 * How far an attempt is. `judged`: there is a result, and yet the course means to go on: it says that it is not completed, or
 * was left where it is to be taken up (some are "completed" on their first page, and have their test to come).
 */
export type Stand = 'new' | 'begun' | 'judged' | 'finished';

/** `hasParts`: what one of several came to is no last word. `isLeftOpen`: suspended. */
export function standOf(
  { completion, success, score }: Progress,
  { hasParts, isLeftOpen }: { hasParts: boolean; isLeftOpen: boolean },
): Stand {
  const isKnown = success !== 'unknown';
  if (completion === 'completed')
    return isLeftOpen && !isKnown && score === undefined ? 'judged' : 'finished';
  if (isKnown && !hasParts) return 'judged';
  return completion === 'not attempted' && !isKnown ? 'new' : 'begun';
}

export type Situation = {
  rules: Pick<PlayRules, 'attempts' | 'again'>;
  stand: Stand;
  /** Which attempt it is: 1, 2, 3 … */
  number: number;
  /** A teacher allows one more, whatever the rules say. */
  isAllowedMore?: boolean;
  /** A preview is begun anew as often as one likes, and asks nothing. */
  graded: boolean;
  /** The course is still there to be started anew. */
  isOffered: boolean;
};

/** What may be done now, the likeliest first, and whether to ask before the course loads. */
export function choicesIn({ rules, stand, number, isAllowedMore = false, graded, isOffered }: Situation): {
  ask: boolean;
  offers: Choice[];
} {
  const isLimited = graded && rules.attempts > 0;
  const isAnyLeft = isAllowedMore || !isLimited || number < rules.attempts;
  if (stand === 'new') return { ask: false, offers: ['goOn'] };
  if (!graded) return { ask: false, offers: isOffered ? ['goOn', 'again'] : ['goOn'] };
  if (stand === 'finished' && !isAnyLeft) return { ask: true, offers: ['review'] };
  const isDone = stand === 'finished' || stand === 'judged';
  const again =
    isOffered &&
    isAnyLeft &&
    (isAllowedMore || rules.again === 'always' || (rules.again === 'finished' && isDone));
  if (!again) return { ask: false, offers: ['goOn'] };
  if (stand !== 'finished') return { ask: true, offers: ['goOn', 'again'] };
  // Where attempts are counted, one that is finished is handed in.
  return { ask: true, offers: isLimited ? ['again', 'review'] : ['goOn', 'review', 'again'] };
}

/**
 * Is there something to know before a course is begun: that attempts are counted, or time is? Otherwise nothing stands in
 * its way, nor in that of one that was begun.
 */
export function isToTell({
  stand,
  graded,
  most,
  hasTimeLimit,
}: Pick<Situation, 'stand' | 'graded'> & { most: number; hasTimeLimit: boolean }): boolean {
  return stand === 'new' && graded && (most > 0 || hasTimeLimit);
}
