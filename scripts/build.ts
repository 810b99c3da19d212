import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Bundles what runs in browsers into public/. Silent when all is well. */
const root = join(import.meta.dirname, '..');
const bundles = [
  // A module: strict and without exports, so that a course in the next frame finds no way into its closures.
  { from: 'src/player/client/main.ts', to: 'public/player/player.js', format: 'esm', target: 'es2020' },
  // Lives in a page that the LMS wrote, however old: a plain script.
  { from: 'src/dispatch/client/shell.ts', to: 'public/dispatch/shell.js', format: 'iife', target: 'es2015' },
] as const;

await Promise.all(
  bundles
    .filter(({ from }) => existsSync(join(root, from)))
    .map(({ from, to, format, target }) =>
      build({
        absWorkingDir: root,
        entryPoints: [from],
        outfile: to,
        format,
        target,
        bundle: true,
        minify: true,
        legalComments: 'none',
        logLevel: 'warning',
      }),
    ),
);
