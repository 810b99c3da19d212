import { Schema } from 'mongoose';
import { modelOf } from '../store/mongo.ts';

/** Owns courses, deployments, dispatches, keys and people. */
export type WorkspaceRecord = { _id: string; name: string; createdAt: Date };

const workspaceSchema = new Schema<WorkspaceRecord>(
  {
    _id: { type: String, required: true },
    name: { type: String, required: true },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);

export const workspaces = modelOf<WorkspaceRecord>('workspaces', workspaceSchema);
