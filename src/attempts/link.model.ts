import { Schema } from 'mongoose';
import type { Rules } from '../grades/score.ts';
import { playRulesSchema, type PlayRules } from '../packages/play-rules.ts';
import { modelOf } from '../store/mongo.ts';

/** How a link turns attempts into a grade. */
export type LinkRules = Rules;

/** Every learner's grade is being reckoned anew, because the rules have changed (reckoning.ts). */
export type Reckoning = {
  /** A newer change begins another. */
  id: string;
  /** The learner up to whom it has come. */
  after: string;
  /** It goes through them twice: a commit that was under way in the moment of the change went by the old rules. */
  round: 1 | 2;
  dueAt: Date;
  /** The rule for completion has changed, too, and is to be given to the attempts under way. */
  completion?: boolean;
  /** The points of its column have changed, and are to be told to the platform. */
  points?: boolean;
  /** Grades are sent though they are the same: the column's points have changed. */
  again?: boolean;
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
  reckoning?: Reckoning;
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
      type: new Schema<LinkRules>(
        {
          counts: String,
          keep: String,
          points: Number,
          override: String,
          passMark: Number,
          passBy: String,
        },
        { _id: false },
      ),
      default: () => ({ counts: 'score', keep: 'best', points: 100 }),
    },
    play: { type: playRulesSchema, default: undefined },
    reckoning: {
      type: new Schema<Reckoning>(
        {
          id: String,
          after: String,
          round: Number,
          dueAt: Date,
          completion: Boolean,
          points: Boolean,
          again: Boolean,
        },
        { _id: false },
      ),
      default: undefined,
    },
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
linkSchema.index({ 'reckoning.dueAt': 1 }, { sparse: true });
linkSchema.index({ deployment: 1, createdAt: -1 });
linkSchema.index({ deployment: 1, resourceLink: 1 }, { sparse: true });
linkSchema.index({ lineItem: 1 }, { sparse: true });

export const links = modelOf<LinkRecord>('links', linkSchema);
