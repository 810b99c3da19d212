import type { Standard } from './settings.ts';

/** The object an LMS puts somewhere above or behind a course. */
export type Api = { [method: string]: (...args: string[]) => unknown };

/**
 * Looks where SCORM says (1.2 RTE 3.3, 2004 RTE 3.3): up to ten windows up, then the same from the window that opened
 * us. A window of another site throws at the first look; the search goes on behind it.
 */
export function findApi(from: Window, standard: Standard): Api | undefined {
  const name = standard === 'scorm12' ? 'API' : 'API_1484_11';
  return (
    above(from, name) ||
    (quietly(() => from.opener as Window | null) && above(from.opener as Window, name)) ||
    openerOfTop(from, name)
  );
}

function above(from: Window, name: string): Api | undefined {
  let at: Window = from;
  for (let i = 0; i <= 10; i++) {
    const found = quietly(() => (at as unknown as { [name: string]: Api | undefined })[name]);
    if (found) return found;
    const up: Window | undefined = quietly(() => at.parent);
    if (!up || up === at) return undefined;
    at = up;
  }
  return undefined;
}

/** Some LMSs open a window with a frame set of their own around us. */
function openerOfTop(from: Window, name: string): Api | undefined {
  const opener = quietly(() => from.top!.opener as Window | null);
  return opener ? above(opener, name) : undefined;
}

function quietly<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
