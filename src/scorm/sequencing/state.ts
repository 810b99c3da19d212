/** What is known of an objective (SN 4.2.1). What is absent is unknown. Keys are short: there is one of these per objective. */
export type ObjectiveInfo = {
  /** Satisfied. */
  s?: boolean;
  /** Normalized measure, -1..1. */
  m?: number;
  /** Completion status: `completed` or `incomplete`. */
  c?: string;
  /** Progress measure, 0..1. */
  p?: number;
  /** Scores as the course wrote them: raw, min, max. */
  raw?: string;
  min?: string;
  max?: string;
};

/** The tracking of one activity (SN 4.2). */
export type Track = {
  /** Activity Attempt Count. */
  n?: number;
  /** Activity is Active. */
  on?: 1;
  /** Activity is Suspended. */
  susp?: 1;
  /** Its objectives in the present attempt, by id; `` is a primary one without. */
  o?: Record<string, ObjectiveInfo>;
  /** From an attempt before the parent's present one: 1 objectives, 2 progress, 3 both. Roll-up passes over it. */
  old?: 1 | 2 | 3;
  /** What the course itself has said, be it "unknown": 1 success, 2 completion. Nothing is concluded then. */
  said?: 1 | 2 | 3;
  /** What was concluded from silence when its attempt ended (UP.4): 1 success, 2 completion. */
  mute?: 1 | 2 | 3;
  /** Available Children, as positions among all; absent: all of them in their order. */
  kids?: number[];
};

/** The Activity Tree's state (SN 4.2): JSON. */
export type SequencingState = {
  /** The Current Activity: a sequencing session is under way. */
  at?: string;
  /** The Suspended Activity. */
  suspended?: string;
  /** By activity; only those of which something is known. */
  tracks: Record<string, Track>;
  /** Shared global objectives. */
  globals: Record<string, ObjectiveInfo>;
  /** The best an ended attempt on the course has come to: a new attempt begins from nothing, what was reached stays. */
  best?: ObjectiveInfo;
  /** The same without what was concluded from silence; absent where that is no different. */
  spoken?: ObjectiveInfo;
  /** State of the random numbers. */
  seed: number;
  /** Children have been selected and reordered for the first time. */
  prepared?: 1;
};

export function newSequencingState(
  seed: number,
  globals: Record<string, ObjectiveInfo> = {},
): SequencingState {
  return {
    tracks: Object.create(null) as Record<string, Track>,
    globals: Object.assign(
      Object.create(null) as Record<string, ObjectiveInfo>,
      structuredClone({ ...globals }),
    ),
    seed: seed >>> 0,
  };
}
