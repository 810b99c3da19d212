import { Refusal, type Ask } from './door.ts';
import type { End } from './saver.ts';
import { endOf } from './send.ts';

/** Milliseconds between two questions at most: a course can call us as often as it likes. */
const pause = 2_000;

type Others = {
  ask: Ask;
  isPlaying: () => boolean;
  /** Another window has the attempt now, or nobody has: it was removed. */
  tell: (end: End) => void;
};

/**
 * Hears at once when the attempt is opened in another window, not only with the next thing to save: other players of this
 * browser call when they open, and whoever comes back to a window looks. Only the server's word counts. Where browsers keep
 * windows apart, the next commit tells.
 */
export function hearOfOthers({ ask, isPlaying, tell }: Others): void {
  let earliest = 0;
  let isDue = false;
  const inquire = async () => {
    isDue = false;
    if (!isPlaying()) return;
    earliest = performance.now() + pause;
    await ask('alive').catch((error: unknown) => {
      const end = error instanceof Refusal ? endOf(error) : undefined;
      if (end && end !== 'expired' && isPlaying()) tell(end);
    });
  };
  const look = () => {
    if (isDue) return;
    isDue = true;
    setTimeout(() => void inquire(), Math.max(0, earliest - performance.now()));
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') look();
  });
  const channel = openChannel();
  channel?.addEventListener('message', look);
  // A channel is within our origin; it has no target to name.
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  channel?.postMessage('opened');
}

function openChannel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel('coursedock');
  } catch {
    // Blocked with the browser's storage, or older than the idea.
    return undefined;
  }
}
