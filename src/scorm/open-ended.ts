import type { EngineState } from './engine.ts';

/** Was the course left where it means to be taken up again: suspended, or by a window that just went away? */
export function isLeftOpen({ activities }: EngineState): boolean {
  return Object.values(activities).some(({ suspended, running }) => suspended || running === 'initialized');
}
