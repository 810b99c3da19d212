import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mongoose from 'mongoose';
import { write } from '../../src/store/embedded/values/raw.ts';
import { startEmbeddedStore, type EmbeddedStore } from '../../src/store/embedded/start.ts';
import { openStore, type Store } from '../../src/store/embedded/data/store.ts';

const { Decimal128, Double, Int32, Long, ObjectId, Binary, BSONRegExp, Timestamp, MinKey } = mongoose.mongo;

/** A DATA_DIR with a store, a secret and the files of a course in it, removed with `dirs`. */
export class DataDir {
  readonly path: string;
  readonly base: string;

  constructor() {
    this.base = mkdtempSync(join(tmpdir(), 'coursedock-operate-'));
    this.path = join(this.base, 'data');
    mkdirSync(this.path);
  }

  get settings(): { dataDir: string } {
    return { dataDir: this.path };
  }

  in(...parts: string[]): string {
    return join(this.path, ...parts);
  }

  beside(name: string): string {
    return join(this.base, name);
  }

  remove(): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  start(): Promise<EmbeddedStore> {
    return startEmbeddedStore({ dir: this.in('store') });
  }

  /** Works on the files without a server, which takes a moment to start. */
  open<T>(work: (store: Store) => T): T {
    const store = openStore(this.in('store'));
    try {
      return work(store);
    } finally {
      store.sqlite.close();
    }
  }

  count(name = 'attempts'): number {
    return this.open(({ catalog, documents }) => documents.count(catalog.find('coursedock', name)!));
  }

  add(...docs: Record<string, unknown>[]): void {
    this.open(({ catalog, documents }) => {
      const attempts = catalog.find('coursedock', 'attempts')!;
      for (const doc of docs) documents.insert(attempts, write(doc));
    });
  }

  /** Everything of another in its place. */
  become(other: DataDir): void {
    rmSync(this.path, { recursive: true });
    cpSync(other.path, this.path, { recursive: true, preserveTimestamps: true });
  }

  /** A course with two files, and documents of every kind. */
  stock(docs = everyKind(), indexes = everyIndex): void {
    const files = { 'index.html': '<h1>Golf</h1>', 'media/ball one.svg': '<svg/>'.repeat(1000) };
    mkdirSync(this.in('files/versions/ver_1/media'), { recursive: true });
    for (const [name, text] of Object.entries(files))
      writeFileSync(this.in('files/versions/ver_1', name), text);
    mkdirSync(this.in('files/versions/ver_orphan'));
    writeFileSync(this.in('files/versions/ver_orphan/x.txt'), 'of a version that nobody recorded');
    writeFileSync(this.in('secret'), 's'.repeat(43), { mode: 0o600 });
    writeFileSync(this.in('sandbox.json'), '{}');
    this.open(({ catalog, documents }) => {
      const bytes = Object.values(files).join('').length;
      documents.insert(
        catalog.create('coursedock', 'versions', {}),
        write({ _id: 'ver_1', fileCount: 2, bytes }),
      );
      const attempts = catalog.create('coursedock', 'attempts', {});
      for (const spec of indexes) catalog.createIndex(attempts, { v: 2, ...spec });
      for (const doc of docs) documents.insert(attempts, write(doc));
    });
  }
}

export const everyIndex = [
  { key: { learner: 1, at: -1 }, name: 'learner_1_at_-1' },
  { key: { code: 1 }, name: 'code_1', unique: true, sparse: true },
  { key: { at: 1 }, name: 'gone', expireAfterSeconds: 3600 },
  { key: { tags: 1 }, name: 'tags_1', partialFilterExpression: { open: true } },
];

/** Documents with values of every type that a driver writes, among them pairs that JavaScript cannot tell apart. */
export function everyKind(): Record<string, unknown>[] {
  const at = new Date('2020-01-01T00:00:00Z'); // long over: what a TTL index would remove at once
  return [
    {
      _id: new ObjectId('0123456789abcdef01234567'),
      learner: 'ada',
      at,
      code: 'A',
      tags: ['x', 'y'],
      open: true,
    },
    { _id: 'text', int: new Int32(1), double: new Double(1), long: Long.fromNumber(1), zero: new Double(-0) },
    { _id: new Int32(7), decimal: Decimal128.fromString('1.10'), huge: Long.fromString('9007199254740993') },
    { _id: { b: 1, a: 2 }, binary: new Binary(Buffer.from('ü\0ü'), 4), regex: new BSONRegExp('^a', 'im') },
    {
      _id: null,
      nothing: null,
      min: new MinKey(),
      stamp: new Timestamp({ t: 1, i: 2 }),
      '': 'no name',
      'a.b': 1,
    },
    ...Array.from({ length: 300 }, (_, i) => ({
      _id: `n${i}`,
      learner: `l${i % 7}`,
      code: `c${i}`,
      text: 'é'.repeat(i),
    })),
  ];
}
