/**
 * What a course's search for its API finds around us. Finders climb `window.parent`, then look at `window.opener`; many have
 * no try around it, and the LMS above is another origin: one look at it throws a SecurityError and the course does not
 * start (scorm.md C 4). So our parent is ourselves, as a top window's is, and nobody opened us.
 */
export function shadowParents(): void {
  Object.defineProperty(window, 'parent', { value: window });
  Object.defineProperty(window, 'opener', { value: null });
}

/** A course that closes "its" window closes ours where we are the top one, with the last saves on their way: that means exit. */
export function shadowClose(exit: () => void): void {
  Object.defineProperty(window, 'close', { value: () => exit() });
}

/**
 * A course that sends the top window elsewhere (`top.location = 'goodbye.html'`) would throw the player away where we are the top
 * window. Not in every browser yet; without it the page goes, and what was not sent goes with pagehide.
 */
export function holdTheWindow(isOurs: () => boolean): void {
  const { navigation } = window as { navigation?: EventTarget };
  navigation?.addEventListener('navigate', (event) => {
    if (event.cancelable && !isOurs()) event.preventDefault();
  });
}
