/** `npm run bench NAME [ARGUMENTS…]`: runs bench/NAME.ts, which prints its figures beside a peer's from the same run. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -3));
const name = process.argv[2] ?? '';
if (names.includes(name)) {
  process.argv.splice(2, 1);
  await import(pathToFileURL(join(import.meta.dirname, `${name}.ts`)).href);
} else {
  console.error(`Usage: npm run bench NAME, where NAME is one of: ${names.join(', ')}`);
  process.exitCode = 2;
}
