/** A process that holds the store in the folder it is given and nothing else, until its parent goes. */
import { startEmbeddedStore } from '../../src/store/embedded/start.ts';

const { url, close } = await startEmbeddedStore({ dir: process.argv[2]! });
process.send!(url);
process.once('disconnect', () => void close());
