import { hostname } from 'node:os';
import { Long } from 'bson';
import { release } from './connection.ts';
import { StoreError } from '../faults/errors.ts';
import { collectionName, numberArgument, type Command, type Commands } from './command.ts';
import { sizesOf } from './pipeline.ts';
import { resolve } from './views.ts';

const startedAt = performance.now();

const serverStatus: Command = {
  run: (store) => {
    const uptimeMillis = Math.round(performance.now() - startedAt);
    return {
      host: hostname(),
      version: release.join('.'),
      process: 'mongod',
      pid: Long.fromNumber(process.pid),
      uptime: uptimeMillis / 1000,
      uptimeMillis: Long.fromNumber(uptimeMillis),
      localTime: store.now(),
      mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 1048576), supported: true },
      storageEngine: { name: 'sqlite', supportsCommittedReads: false, persistent: true, readOnly: false },
      ok: 1,
    };
  },
};

const collStats: Command = {
  run: (store, message) => {
    const name = collectionName(message);
    const scale = numberArgument(message.args, 'scale') || 1;
    const { collection } = resolve(store, message.db, name);
    if (!collection)
      return {
        ns: `${message.db}.${name}`,
        size: 0,
        count: 0,
        storageSize: 0,
        nindexes: 0,
        capped: false,
        scaleFactor: scale,
        ok: 1,
      };
    if (store.catalog.find(message.db, name)?.view)
      throw new StoreError(166, `Namespace ${message.db}.${name} is a view, not a collection`);
    const { size, storageSize, ...sizes } = sizesOf(store, collection);
    return {
      ns: collection.ns,
      size: Math.floor(Number(size) / scale),
      storageSize: Math.floor(Number(storageSize) / scale),
      ...sizes,
      scaleFactor: scale,
      ok: 1,
    };
  },
};

const dbStats: Command = {
  run: (store, { args, db }) => {
    const scale = numberArgument(args, 'scale') || 1;
    const all = store.catalog.all(db);
    const collections = all.filter(({ view }) => !view);
    const sizes = collections.map((collection) => sizesOf(store, collection));
    const sum = (field: string) => sizes.reduce((total, one) => total + Number(one[field]), 0);
    return {
      db,
      collections: collections.length,
      views: all.length - collections.length,
      objects: sum('count'),
      avgObjSize: sum('count') ? sum('size') / sum('count') : 0,
      dataSize: sum('size') / scale,
      storageSize: sum('storageSize') / scale,
      indexes: sum('nindexes'),
      scaleFactor: scale,
      ok: 1,
    };
  },
};

export const statisticsCommands: Commands = { serverStatus, collStats, dbStats, dbstats: dbStats };
