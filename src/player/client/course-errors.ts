/** Tells of errors in a course's own scripts, where we may listen: another origin's page tells nobody. */
export function hearErrors(page: Window | null, tell: (text: string) => void): void {
  try {
    page?.addEventListener('error', ({ message, filename, lineno }) => {
      // An error in the address is not one of a script: a picture that is missing, say. It has no message.
      if (message) tell(`${message} (${filename.split('/').at(-1) ?? ''}:${lineno})`);
    });
    for (let i = 0; i < (page?.frames.length ?? 0); i++) hearErrors(page!.frames[i]!, tell);
  } catch {
    // It has gone elsewhere.
  }
}
