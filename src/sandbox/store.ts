import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { emptyState, type State } from './state.ts';

export type Store = {
  /** The present state; read it, never write to it. */
  readonly state: State;
  /**
   * Applies `act` to a copy and resolves when the result is safely on disk. When `act` throws, or the disk refuses,
   * nothing has changed. Acts see each other's results in the order they were asked for.
   */
  change: <T>(act: (draft: State) => T) => Promise<T>;
  /** Resolves when everything asked for so far is on disk. */
  settled: () => Promise<void>;
};

/**
 * The state in one JSON file. Each write goes to a second file, is flushed, and takes the first one's place, so that a
 * process killed at any moment leaves either the old or the new state. Changes that come while one is being written
 * share the next write.
 */
export async function openStore(file: string): Promise<Store> {
  await mkdir(dirname(file), { recursive: true });
  let saved = await load(file);
  let state = saved;
  // Counts failed writes: a change that was built on one that failed has failed with it.
  let failures = 0;
  let next: Promise<void> | undefined;
  let writing: Promise<void> = Promise.resolve();

  const write = async () => {
    next = undefined;
    const going = state;
    try {
      await replace(file, JSON.stringify(going, null, 1));
      saved = going;
    } catch (error) {
      failures++;
      state = saved;
      throw error;
    }
  };
  const save = () => {
    next ??= writing = writing.then(write, write);
    return next;
  };

  return {
    get state() {
      return state;
    },
    change: async (act) => {
      const draft = structuredClone(state);
      const result = act(draft);
      state = draft;
      const before = failures;
      await save();
      if (failures !== before)
        throw new Error('An earlier write of the sandbox data failed, and this change with it.');
      return result;
    },
    settled: () => writing.catch(() => undefined),
  };
}

async function load(file: string): Promise<State> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return emptyState();
    throw error;
  }
  try {
    const state = JSON.parse(text) as State;
    if (state.version === 1) return { ...emptyState(), ...state };
  } catch {
    // Said below, with what to do.
  }
  throw new Error(
    `The sandbox LMS cannot read its data in ${file}. Remove that file to start the sandbox afresh.`,
  );
}

async function replace(file: string, text: string): Promise<void> {
  const beside = `${file}.new`;
  const handle = await open(beside, 'w', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(beside, file);
  // The rename itself is durable only when the folder is.
  const folder = await open(dirname(file), 'r').catch(() => undefined); // Windows opens no folders, and needs none.
  await folder?.sync().finally(() => folder.close());
}
