// The sequencing of an activity as its manifest says it (CAM 5; SN 3). What is absent has its default.

/** imsss:controlMode (SN 3.2). */
export type Controls = {
  /** Default true. */
  choice?: boolean;
  /** Default true. */
  choiceExit?: boolean;
  /** Default false. */
  flow?: boolean;
  /** Default false. */
  forwardOnly?: boolean;
  /** Default true: the roll-up of a new attempt starts from nothing. */
  useCurrentAttemptObjectiveInfo?: boolean;
  /** Default true. */
  useCurrentAttemptProgressInfo?: boolean;
};

/** adlseq:constrainedChoiceConsiderations (SN 3.3). Both default to false. */
export type ConstrainedChoice = { preventActivation?: boolean; constrainChoice?: boolean };

export type ConditionName =
  | 'satisfied'
  | 'objectiveStatusKnown'
  | 'objectiveMeasureKnown'
  | 'objectiveMeasureGreaterThan'
  | 'objectiveMeasureLessThan'
  | 'completed'
  | 'activityProgressKnown'
  | 'attempted'
  | 'attemptLimitExceeded'
  | 'timeLimitExceeded'
  | 'outsideAvailableTimeRange'
  | 'always'
  | 'never';

/** imsss:ruleCondition, imsss:rollupCondition (SN 3.4.2, 3.7.3). `objective` names one of the activity's own; absent: the primary. */
export type Condition = { is: ConditionName; not?: boolean; objective?: string; than?: number };

export type PreAction = 'skip' | 'disabled' | 'hiddenFromChoice' | 'stopForwardTraversal';
export type PostAction = 'exitParent' | 'exitAll' | 'retry' | 'retryAll' | 'continue' | 'previous';

/** imsss:sequencingRules (SN 3.4). `any`: one condition is enough (all must be true where it is absent). */
export type Rule<Action> = { do: Action; any?: boolean; when: Condition[] };
export type Rules = { pre?: Rule<PreAction>[]; exit?: Rule<'exit'>[]; post?: Rule<PostAction>[] };

export type RollupAction = 'satisfied' | 'notSatisfied' | 'completed' | 'incomplete';
export type ChildSet = 'all' | 'any' | 'none' | 'atLeastCount' | 'atLeastPercent';
/** imsss:rollupRule (SN 3.7). Here `any` is the default of the schema, so `all` is what is said. */
export type RollupRule = {
  do: RollupAction;
  of: ChildSet;
  /** Children for atLeastCount; a share from 0 to 1 for atLeastPercent. */
  least?: number;
  all?: boolean;
  when: Condition[];
};

/** adlseq:rollupConsiderations (SN 3.8): when a child counts. Absent: always. */
export type Consideration = 'ifNotSuspended' | 'ifAttempted' | 'ifNotSkipped';

export type Rollup = {
  rules?: RollupRule[];
  /** Default true: contributes its satisfaction to its parent. */
  objective?: boolean;
  /** Default true: contributes its completion to its parent. */
  progress?: boolean;
  /** objectiveMeasureWeight, default 1. */
  weight?: number;
  /** adlcp:completionThreshold progressWeight, default 1. */
  progressWeight?: number;
  requiredFor?: Partial<Record<RollupAction, Consideration>>;
  /** Default true. */
  measureSatisfactionIfActive?: boolean;
};

/** What may be shared of an objective: satisfaction, measure; since the 4th edition raw, min, max, completion, progress. */
export type Shared = 'satisfied' | 'measure' | 'raw' | 'min' | 'max' | 'completion' | 'progress';

/** imsss:mapInfo and adlseq:mapInfo of one target together (SN 3.10.2). */
export type ObjectiveMap = { to: string; read: Shared[]; write: Shared[] };

export type ObjectiveDefinition = {
  id?: string;
  /** Contributes to roll-up. */
  primary?: boolean;
  byMeasure?: boolean;
  /** minNormalizedMeasure, default 1. */
  minMeasure?: number;
  maps?: ObjectiveMap[];
};

export type Timing = 'once' | 'onEachNewAttempt';
/** imsss:randomizationControls (SN 3.11, 3.12). What has the timing `never` is left out. */
export type Randomization = {
  select?: { timing: Timing; count: number };
  reorder?: Timing;
};

/** adlnav:hideLMSUI (SN 5.2): controls the activity does not want shown. */
export type HiddenControl =
  'continue' | 'previous' | 'exit' | 'exitAll' | 'abandon' | 'abandonAll' | 'suspendAll';

/** All of it; part of an ActivityDefinition. */
export type SequencingDefinition = {
  controls?: Controls;
  constrained?: ConstrainedChoice;
  rules?: Rules;
  /** imsss:limitConditions attemptLimit. */
  attemptLimit?: number;
  rollup?: Rollup;
  /** The primary first. */
  objectives?: ObjectiveDefinition[];
  randomization?: Randomization;
  /** imsss:deliveryControls, default true. */
  tracked?: boolean;
  /** imsss:deliveryControls: the course alone says when it is completed. Default false. */
  completionSetByContent?: boolean;
  /** imsss:deliveryControls: the course alone says whether it is passed. Default false. */
  objectiveSetByContent?: boolean;
  hides?: HiddenControl[];
};
