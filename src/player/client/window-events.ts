import type { Log } from './log.ts';

/** What support asks first, and what becomes of the window and the network meanwhile. */
export function tellOfWindow(log: Log): void {
  if (log.isOn) log.happened('opened', describe());
  for (const event of ['offline', 'online']) window.addEventListener(event, () => log.happened(event));
  document.addEventListener('visibilitychange', () => log.happened(document.visibilityState));
}

/** Which browser, how much room, and in a frame? */
function describe(): string {
  const { innerWidth, innerHeight, navigator } = window;
  return `${navigator.userAgent}, ${innerWidth} × ${innerHeight}${window.top === window ? '' : ', framed'}`;
}
