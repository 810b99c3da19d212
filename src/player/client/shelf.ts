import { bare, getter, plain } from './natives.ts';
import type { Sealed } from './seal.ts';

/** Whose it is (the server's name for the attempt), which opening's, and the number of the commit. */
export type Place = [name: string, opening: number, seq: number];
export type Kept = { place: Place; sealed: Sealed };

/** Where this browser keeps things between two openings. Courses can see it, too, and empty it. */
export type Shelf = {
  /** Everything under a name, in its order. */
  all: (name: string) => Promise<Kept[]>;
  /** All of it, or nothing; done when it would survive a power cut. */
  change: (put: Kept[], remove: Place[]) => Promise<void>;
  /** Throws away what was put there before a time. */
  sweep: (before: number) => Promise<void>;
};

type Row = Sealed & { at: number };

const [database, shelf] = ['coursedock', 'kept'];
/** Milliseconds after which a browser that does not say whether there is something is taken to have nothing. */
const patience = 3_000;

/** The shelf, or undefined where the browser has none for us: blocked, private, or older than the idea. */
export function openShelf(): Shelf | undefined {
  try {
    // Some throw at the mere look at it.
    return window.indexedDB ? makeShelf(window.indexedDB) : undefined;
  } catch {
    return undefined;
  }
}

function makeShelf(idb: IDBFactory): Shelf {
  const [open, range] = [idb.open.bind(idb), IDBKeyRange.bound.bind(IDBKeyRange)];
  const upTo = IDBKeyRange.upperBound.bind(IDBKeyRange);
  const hear = plain<EventTarget, [string, () => void], void>(EventTarget.prototype.addEventListener);
  const resultOf = getter(IDBRequest.prototype, 'result');
  const errorOf = getter(IDBRequest.prototype, 'error');
  const upgradeOf = getter(IDBRequest.prototype, 'transaction');
  const faultOf = getter(IDBTransaction.prototype, 'error');
  const begin = plain(IDBDatabase.prototype.transaction);
  const abort = plain(IDBTransaction.prototype.abort);
  const close = plain(IDBDatabase.prototype.close);
  const rowsOf = plain(IDBTransaction.prototype.objectStore);
  const create = plain(IDBDatabase.prototype.createObjectStore);
  const index = plain(IDBObjectStore.prototype.createIndex);
  const byTime = plain(IDBObjectStore.prototype.index);
  const put = plain(IDBObjectStore.prototype.put);
  const remove = plain(IDBObjectStore.prototype.delete);
  const getAll = plain(IDBObjectStore.prototype.getAll);
  const getAllKeys = plain(IDBObjectStore.prototype.getAllKeys);
  const keysByTime = plain(IDBIndex.prototype.getAllKeys);
  const [clock, wait, Pledge] = [Date.now.bind(Date), window.setTimeout.bind(window), Promise];
  let opened: IDBDatabase | undefined;

  /** What a request gives. */
  const settle = <T>(request: IDBRequest<T>) =>
    new Pledge<T>((resolve, reject) => {
      hear(request, 'success', () => resolve(resultOf(request) as T));
      hear(request, 'error', () => reject(errorOf(request)!));
    });
  const finish = (transaction: IDBTransaction) =>
    new Pledge<void>((resolve, reject) => {
      hear(transaction, 'complete', () => resolve());
      hear(transaction, 'abort', () => reject(faultOf(transaction) ?? new Error('aborted')));
    });

  /** Undefined where nothing was ever kept and nothing is to be: while all goes well, nothing is left in a browser. */
  async function reach(toPut: boolean): Promise<IDBDatabase | undefined> {
    if (opened) return opened;
    const request = open(database, 1);
    let isNew = false;
    hear(request, 'upgradeneeded', () => {
      isNew = !toPut;
      if (isNew) return abort(upgradeOf(request)!);
      index(create(resultOf(request) as IDBDatabase, shelf), 'at', 'at');
    });
    const silence = new Pledge<undefined>((resolve) => void wait(() => resolve(undefined), patience));
    try {
      opened = await Pledge.race([settle<IDBDatabase>(request), silence]);
    } catch (error) {
      if (!isNew) throw error;
    }
    const db = opened;
    if (!db) return undefined;
    hear(db, 'close', () => (opened = undefined));
    hear(db, 'versionchange', () => {
      close(db);
      opened = undefined;
    });
    return db;
  }

  async function change(puts: Kept[], removes: Place[]): Promise<void> {
    const db = await reach(puts.length > 0);
    if (!db && puts.length > 0) throw new Error('The browser keeps nothing');
    if (!db) return;
    const transaction = begin(db, shelf, 'readwrite', bare({ durability: 'strict' as const }));
    const rows = rowsOf(transaction, shelf);
    const done = finish(transaction);
    for (const { place, sealed } of puts)
      put(rows, bare<Row>({ at: clock(), iv: sealed.iv, data: sealed.data }), place);
    for (const place of removes) remove(rows, place);
    await done;
  }

  return {
    change,
    async all(name) {
      const db = await reach(false);
      if (!db) return [];
      const rows = rowsOf(begin(db, shelf, 'readonly'), shelf);
      const under = range([name, 0, 0], [name, Infinity, Infinity]);
      const [places, sealed] = await Pledge.all([
        settle(getAllKeys(rows, under)),
        settle<Row[]>(getAll(rows, under)),
      ]);
      return sealed.map(({ iv, data }, i) => ({ place: places[i] as Place, sealed: { iv, data } }));
    },
    async sweep(before) {
      const db = await reach(false);
      if (!db) return;
      const old = byTime(rowsOf(begin(db, shelf, 'readonly'), shelf), 'at');
      await change([], (await settle(keysByTime(old, upTo(before)))) as Place[]);
    },
  };
}
