import { Refusal, type Ask } from './door.ts';

/** Milliseconds between two questions at most: a course can call us as often as it likes. */
const pause = 2_000;

type Others = {
  ask: Ask;
  isPlaying: () => boolean;
  /** Another window has the attempt now. */
  tell: () => void;
};

/**
 * Hears at once when the attempt is opened in another window, not only with the next thing to save: other players of this
 * browser call when they open, and whoever comes back to a window looks. Only the server's word counts. Where browsers keep
 * windows apart, the next commit tells.
 */
export function hearOfOthers({ ask, isPlaying, tell }: Others): void {
  let last = performance.now();
  const look = async () => {
    if (!isPlaying() || performance.now() - last < pause) return;
    last = performance.now();
    await ask('alive').catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'opened-elsewhere' && isPlaying()) tell();
    });
  };
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void look();
  });
  const channel = openChannel();
  channel?.addEventListener('message', () => void look());
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
