import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Since when, and when last, a server was here to hear of the sessions that are open. There is one of these. */
export type ListeningRecord = { _id: 'server'; since: Date; last: Date };

const listeningSchema = new Schema<ListeningRecord>(
  {
    _id: { type: String, required: true },
    since: { type: Date, required: true },
    last: { type: Date, required: true },
  },
  { versionKey: false },
);

export const listening = modelOf<ListeningRecord>('listening', listeningSchema);
