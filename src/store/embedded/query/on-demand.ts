import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** expressions.ts, read when the first expression comes: it brings all of mingo, a third of what the store's thread takes to start. */
export function expressions(): typeof import('./expressions.ts') {
  return load('./expressions.ts');
}
