import type { Commands } from './command.ts';

/** What only `coursedock` itself asks for, as the signed-in user: nobody else knows the password. */
export const operateCommands: Commands = {
  /** Begins to write a copy of the database to a path on this machine. */
  coursedockSnapshot: {
    run: (store, { args }) => {
      store.snapshots.start(args['coursedockSnapshot']);
      return { ok: 1 };
    },
  },
  coursedockSnapshotState: { run: (store) => ({ ...store.snapshots.state(), ok: 1 }) },
};
