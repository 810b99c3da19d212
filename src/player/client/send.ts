import type { Progress } from '../../scorm/progress.ts';
import { Refusal, type Ask } from './door.ts';
import type { Commit } from './patches.ts';
import type { Answer, End } from './saver.ts';

type Stored = { revision: number; seq: number; progress: Progress; log?: true };

/**
 * Sends commits of one launch, and turns what the server may say into what the saver does about it; `stored` hears what
 * the server now has.
 */
export function sendCommits(
  ask: Ask,
  launch: string,
  stored: (answer: Stored) => void,
): (commits: Commit[], keepalive: boolean) => Promise<Answer> {
  return async (commits, keepalive) => {
    const body = JSON.stringify(commits.length === 1 ? { launch, ...commits[0] } : { launch, commits });
    try {
      const answer = (await ask('commit', body, keepalive)) as Stored;
      stored(answer);
      return { seq: answer.seq };
    } catch (error) {
      if (error instanceof Refusal) return understand(error);
      throw error;
    }
  };
}

function understand(refusal: Refusal): Answer {
  const ended = endOf(refusal);
  if (ended) return { ended };
  if (refusal.code === 'gap' && refusal.expected !== undefined) return { expected: refusal.expected };
  return { wait: refusal.retryAfter };
}

/** Is nothing stored any more, whatever is sent? */
export function endOf({ code, status }: Refusal): End | undefined {
  if (code === 'attempt-removed') return 'removed';
  if (status === 401) return 'expired';
  return code === 'opened-elsewhere' ? 'elsewhere' : undefined;
}
