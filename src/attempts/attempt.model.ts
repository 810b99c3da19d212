import { Schema } from 'mongoose';
import type { CompletionRule } from '../scorm/completion.ts';
import type { Progress } from '../scorm/progress.ts';
import { modelOf } from '../store/mongo.ts';

/** One learner's record on one link: which version, how far, what it came to. */
export type AttemptRecord = {
  _id: string;
  workspace: string;
  link: string;
  learner: string;
  course: string;
  version: string;
  /** 1, 2, 3 … of this learner on this link. */
  number: number;
  /** False for previews: recorded nowhere else, never graded. */
  graded: boolean;
  /** The engine's state as JSON text: its keys have dots, which a document's must not. */
  state: string;
  /** Grows with every stored change. */
  revision: number;
  /** The live launch and the last commit taken from it (an older launch is refused; a commit sent again changes nothing). */
  launch?: string;
  seq: number;
  /** Launches before the live one, of which a browser may still have something (recover.ts). The latest last. */
  earlier?: EarlierLaunch[];
  /** While a session of the course is open: when it was last heard of, to the minute. Closed when it is silent (time-out.ts). */
  live?: Date;
  /** What completes it where the course does not say (completion-rule.ts); absent: as the course reports. */
  completion?: CompletionRule;
  /** So many attempts more a teacher allows after this one, whatever the rules say (another.ts). */
  another?: number;
  /** Seconds spent in it, by our clock, before the live launch. */
  spentBefore?: number;
  /** Who wanted its log kept, from when and until when (log.ts). */
  log?: { by: string; at: Date; until: Date };
  progress: Progress;
  /** What the outside has been told. */
  announced?: Progress;
  /** Set in the same write as a new `progress`, unset when it has been announced: what a restart looks for. */
  unannounced?: boolean;
  startedAt: Date;
  savedAt: Date;
  /** When completion was first `completed`, or success first known. */
  finishedAt?: Date;
};

/** A launch that a newer one took over. */
export type EarlierLaunch = {
  launch: string;
  /** The last commit taken from it. */
  seq: number;
  /** Another launch has recorded something since: what this one did after `seq` is too late. */
  over?: boolean;
};

const earlierSchema = new Schema<EarlierLaunch>(
  { launch: { type: String, required: true }, seq: { type: Number, required: true }, over: Boolean },
  { _id: false },
);

const progressSchema = new Schema<Progress>(
  { completion: String, success: String, score: Number, measure: Number, seconds: Number },
  { _id: false },
);

const attemptSchema = new Schema<AttemptRecord>(
  {
    _id: { type: String, required: true },
    workspace: { type: String, required: true },
    link: { type: String, required: true },
    learner: { type: String, required: true },
    course: { type: String, required: true },
    version: { type: String, required: true },
    number: { type: Number, required: true },
    graded: { type: Boolean, required: true },
    state: { type: String, required: true },
    revision: { type: Number, required: true },
    launch: String,
    seq: { type: Number, required: true },
    earlier: { type: [earlierSchema], default: undefined },
    live: Date,
    completion: { type: Object, default: undefined },
    another: Number,
    spentBefore: Number,
    log: { type: new Schema({ by: String, at: Date, until: Date }, { _id: false }), default: undefined },
    progress: { type: progressSchema, required: true },
    announced: { type: progressSchema, default: undefined },
    unannounced: Boolean,
    startedAt: { type: Date, required: true },
    savedAt: { type: Date, required: true },
    finishedAt: Date,
  },
  { versionKey: false },
);
attemptSchema.index({ link: 1, learner: 1, number: 1 }, { unique: true });
attemptSchema.index({ unannounced: 1 }, { sparse: true });
attemptSchema.index({ live: 1 }, { sparse: true });
attemptSchema.index({ course: 1, startedAt: -1, _id: -1 });
attemptSchema.index({ learner: 1, startedAt: -1, _id: -1 });
attemptSchema.index({ workspace: 1, startedAt: -1, _id: -1 });

export const attempts = modelOf<AttemptRecord>('attempts', attemptSchema);
