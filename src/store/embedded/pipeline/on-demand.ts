import { createRequire } from 'node:module';

const load = createRequire(import.meta.url);

/** mingo.ts, read when the first pipeline comes (see query/on-demand.ts). */
export function pipelines(): typeof import('./mingo.ts') {
  return load('./mingo.ts');
}
