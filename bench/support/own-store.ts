/** A process that holds the store in the folder it is given and nothing else, until its parent goes. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/coursedock')); // as src/cli.ts does
const { startEmbeddedStore } = await import('../../src/store/embedded/start.ts');

const { url, close } = await startEmbeddedStore({ dir: process.argv[2]! });
process.send!(url);
process.once('disconnect', () => void close());
