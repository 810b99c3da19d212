import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** One thing to tell somebody else, once, however often it takes. */
export type DeliveryRecord = {
  _id: string;
  workspace: string;
  /** Which room delivers it: `grade`, later `webhook`, `statement`. The outbox knows none of them. */
  kind: string;
  /** Unique per kind: a newer body under the same key replaces one not yet delivered. */
  key: string;
  /** Deliveries of one lane are sent one after the other, so that a slow platform holds up only itself. */
  lane: string;
  body: Record<string, unknown>;
  /** Grows when the body is replaced: an answer to an older body does not settle a newer one. */
  revision: number;
  status: 'waiting' | 'delivered' | 'given up';
  /** Times this body was begun to be sent. */
  tries: number;
  nextAt: Date;
  /** Milliseconds that must lie after the first, second, third … sending under this key within a minute, whatever the bodies. */
  spacing: number[];
  /** What `spacing` comes to since the last sending: not even a newer body goes earlier. */
  notBefore?: Date;
  /** While a worker has it. */
  leasedUntil?: Date;
  lease?: string;
  /** The last answers, newest last, at most 20. */
  answers: { at: Date; ok: boolean; status?: number; text: string }[];
  /** For lists: who and what. */
  about: { attempt?: string; link?: string; learner?: string; course?: string; platform?: string };
  createdAt: Date;
  updatedAt: Date;
  /** Since when this body waits: what waits too long is given up. */
  since?: Date;
  /** A word of the deliverer's own on how it ended, for lists; `held`: nobody may be asked (outcome.ts). */
  mark?: string;
  /** When something under this key last arrived; stays while a newer body waits. */
  deliveredAt?: Date;
};

const deliverySchema = new Schema<DeliveryRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    kind: { type: String, required: true },
    key: { type: String, required: true },
    lane: { type: String, required: true },
    body: { type: Schema.Types.Mixed, required: true },
    revision: { type: Number, required: true },
    status: { type: String, required: true },
    tries: { type: Number, required: true },
    nextAt: { type: Date, required: true },
    spacing: { type: [Number], default: [] },
    notBefore: Date,
    leasedUntil: Date,
    lease: String,
    answers: {
      type: [new Schema({ at: Date, ok: Boolean, status: Number, text: String }, { _id: false })],
      default: [],
    },
    about: {
      type: new Schema(
        { attempt: String, link: String, learner: String, course: String, platform: String },
        { _id: false },
      ),
      default: () => ({}),
    },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    since: Date,
    mark: String,
    deliveredAt: Date,
  },
  { versionKey: false },
);
deliverySchema.index({ kind: 1, key: 1 }, { unique: true });
deliverySchema.index({ status: 1, lane: 1, nextAt: 1 });
deliverySchema.index({ workspace: 1, createdAt: -1, _id: -1 });
deliverySchema.index({ workspace: 1, status: 1, createdAt: -1, _id: -1 });
deliverySchema.index({ 'about.attempt': 1 });

export const deliveries = modelOf<DeliveryRecord>('deliveries', deliverySchema);
