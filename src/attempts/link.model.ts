import { Schema } from 'mongoose';
import { playRulesSchema, type PlayRules } from '../packages/play-rules.ts';
import { modelOf } from '../store/mongo.ts';

/** How a link turns attempts into a grade. */
export type LinkRules = {
  /** `score`: the score, or full marks for completion where the course has none; `completion`: full marks when completed; `pass`: full marks when passed. */
  counts: 'score' | 'completion' | 'pass';
  keep: 'best' | 'last' | 'first' | 'average';
  /** Points of the column in the platform's gradebook. */
  points: number;
  /** A grade that a teacher gave in the platform: it stays (the usual), or ours takes its place. */
  override?: 'keep' | 'replace';
};

/** Where a course is placed: an LTI resource link, a dispatch, a preview. */
export type LinkRecord = {
  _id: string;
  workspace: string;
  kind: 'lti' | 'dispatch' | 'preview';
  /** Unique: `lti:<deployment id>:<context>:<resource link id>`, `dispatch:<dispatch id>`, `preview:<course>:<person>`. */
  key: string;
  course: string;
  title: string;
  rules: LinkRules;
  /** Where it is played otherwise than the course says (packages/play-rules.ts). */
  play?: Partial<PlayRules>;
  /** LTI: our deployment's id, and where its services are (AGS line item URL, with its query; see lti/ags.ts). */
  deployment?: string;
  resourceLink?: string;
  context?: { id: string; title: string };
  lineItem?: string;
  lineItems?: string;
  /** It was picked with points: where the platform made no column of it, we make one (grades/column.ts). */
  wantsColumn?: boolean;
  /** Where the platform says who is in the course (lti/nrps.ts). */
  memberships?: string;
  /** The AGS scopes this link was granted. */
  scopes?: string[];
  createdAt: Date;
};

const linkSchema = new Schema<LinkRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    kind: { type: String, required: true },
    key: { type: String, required: true },
    course: { type: String, required: true },
    title: { type: String, default: '' },
    rules: {
      type: new Schema({ counts: String, keep: String, points: Number, override: String }, { _id: false }),
      default: () => ({ counts: 'score', keep: 'best', points: 100 }),
    },
    play: { type: playRulesSchema, default: undefined },
    deployment: String,
    resourceLink: String,
    context: { type: new Schema({ id: String, title: String }, { _id: false }), default: undefined },
    lineItem: String,
    lineItems: String,
    wantsColumn: Boolean,
    memberships: String,
    scopes: { type: [String], default: undefined },
    createdAt: { type: Date, required: true },
  },
  { versionKey: false },
);
linkSchema.index({ key: 1 }, { unique: true });
linkSchema.index({ course: 1 });
linkSchema.index({ deployment: 1, createdAt: -1 });
linkSchema.index({ deployment: 1, resourceLink: 1 }, { sparse: true });
linkSchema.index({ lineItem: 1 }, { sparse: true });

export const links = modelOf<LinkRecord>('links', linkSchema);
