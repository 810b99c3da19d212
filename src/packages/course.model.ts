import { Schema } from 'mongoose';
import type { CourseDefinition, Standard } from '../scorm/course.ts';
import { modelOf } from '../store/mongo.ts';
import { playRulesSchema, type PlayRules } from './play-rules.ts';

/** What an author uploaded; plays its published version. */
export type CourseRecord = {
  _id: string;
  workspace: string;
  title: string;
  description: string;
  standard: Standard;
  /** The version that new attempts get. */
  published: string;
  /** How it is played; what is absent is as usual (play-rules.ts). */
  play?: Partial<PlayRules>;
  createdAt: Date;
  updatedAt: Date;
  /** Set: gone from lists and pickers; attempts and their versions stay. */
  removedAt?: Date;
};

/** One upload of a course; never changed once it is there. Its files are `files/<_id>`. */
export type VersionRecord = {
  _id: string;
  course: string;
  workspace: string;
  /** 1, 2, 3 … in a course. */
  number: number;
  title: string;
  standard: Standard;
  definition: CourseDefinition;
  /** The launch paths and everything else in the package. */
  fileCount: number;
  bytes: number;
  /** SHA-256 of the uploaded ZIP, hex. */
  sha256: string;
  /** What the author should know, in the author's words. */
  warnings: string[];
  createdAt: Date;
  /** The person or key that uploaded it. */
  createdBy: string;
};

const courseSchema = new Schema<CourseRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    title: { type: String, required: true },
    description: { type: String, default: '' },
    standard: { type: String, required: true },
    published: { type: String, required: true },
    play: { type: playRulesSchema, default: undefined },
    createdAt: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    removedAt: Date,
  },
  { versionKey: false },
);
courseSchema.index({ workspace: 1, createdAt: -1, _id: -1 });

const versionSchema = new Schema<VersionRecord>(
  {
    _id: { type: String, required: true },
    course: { type: String, required: true },
    workspace: { type: String, required: true },
    number: { type: Number, required: true },
    title: { type: String, required: true },
    standard: { type: String, required: true },
    definition: { type: Schema.Types.Mixed, required: true },
    fileCount: { type: Number, required: true },
    bytes: { type: Number, required: true },
    sha256: { type: String, required: true },
    warnings: { type: [String], default: [] },
    createdAt: { type: Date, required: true },
    createdBy: { type: String, required: true },
  },
  { versionKey: false, minimize: false },
);
versionSchema.index({ course: 1, number: 1 }, { unique: true });

export const courses = modelOf<CourseRecord>('courses', courseSchema);
export const versions = modelOf<VersionRecord>('versions', versionSchema);
