import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** One line of an attempt's log: a call of the course, something that happened in the player, or our own word for it. */
export type LogLine = {
  /** Milliseconds since 1970, by our clock. */
  at: number;
  /** Milliseconds since the player's page was opened, by the browser's. */
  ms?: number;
  kind: 'call' | 'event' | 'server';
  /** `LMSSetValue`, `opened`, `refused` … */
  name: string;
  activity?: string;
  element?: string;
  value?: string;
  result?: string;
  /** The run-time's error code, or a word; absent: none. */
  error?: string;
  /** Characters of a value that was too long to be kept whole. */
  length?: number;
};

/** Lines that came together, kept together. */
export type LogBatch = {
  /** `<launch>:<number>` of a browser's: one that is sent again is not kept twice. */
  _id: string;
  attempt: string;
  launch?: string;
  /** When the first of them was. */
  from: number;
  count: number;
  failed: number;
  bytes: number;
  /** As JSON text: read and written whole. */
  lines: string;
  keptAt: Date;
};

/** How much there is of an attempt's log. */
export type LogTotals = {
  /** The attempt's. */
  _id: string;
  lines: number;
  bytes: number;
  /** Lines that had to go for newer ones. */
  dropped: number;
  keptAt: Date;
};

const month = 30 * 24 * 3600;

const batchSchema = new Schema<LogBatch>(
  {
    _id: { type: String, required: true },
    attempt: { type: String, required: true },
    launch: String,
    from: { type: Number, required: true },
    count: { type: Number, required: true },
    failed: { type: Number, required: true },
    bytes: { type: Number, required: true },
    lines: { type: String, required: true },
    keptAt: { type: Date, required: true },
  },
  { versionKey: false },
);
batchSchema.index({ attempt: 1, from: -1, _id: -1 });
batchSchema.index({ keptAt: 1 }, { expireAfterSeconds: month });

const totalsSchema = new Schema<LogTotals>(
  {
    _id: { type: String, required: true },
    lines: { type: Number, required: true },
    bytes: { type: Number, required: true },
    dropped: { type: Number, required: true },
    keptAt: { type: Date, required: true },
  },
  { versionKey: false },
);
totalsSchema.index({ keptAt: 1 }, { expireAfterSeconds: month });

export const logBatches = modelOf<LogBatch>('logBatches', batchSchema);
export const logTotals = modelOf<LogTotals>('logTotals', totalsSchema);
