import type { SequencingDefinition } from './sequencing/definition.ts';

/**
 * A course as its manifest describes it: what the engine needs, immutable, stored with the version.
 * Made by packages/manifest; read by the engine in the browser and on the server.
 */
export type CourseDefinition = {
  standard: Standard;
  /** As the manifest says: `1.2`, `2004 2nd Edition`, `2004 3rd Edition`, `2004 4th Edition`. */
  edition: string;
  title: string;
  /** Seconds that its author thinks it takes. */
  typicalTime?: number;
  /** The default organization. */
  root: ActivityDefinition;
  /** SCORM 2004 adlseq:objectivesGlobalToSystem, default true: global objectives outlive an attempt on the course. */
  objectivesGlobalToSystem?: boolean;
  /** SCORM 2004 4th Edition adlcp:sharedDataGlobalToSystem, default true: so do the shared stores. */
  sharedDataGlobalToSystem?: boolean;
};

export type Standard = 'scorm12' | 'scorm2004';

/** An organization or item (CAM 3.4). A leaf has an `href`; a cluster has children. */
export type ActivityDefinition = SequencingDefinition & {
  /** The item's identifier in the manifest; unique in the tree. */
  id: string;
  title: string;
  /** `sco` talks to the run-time, `asset` does not, `cluster` has children and nothing to show. */
  kind: 'sco' | 'asset' | 'cluster';
  /** Launch path inside the package, `/`-separated, percent-encoded as a URL, with query and fragment (parameters merged, CAM 3.4.1.6). Absolute for remote content. */
  href?: string;
  visible: boolean;
  /** SCORM 1.2 adlcp:masteryscore, 0..100, as written. */
  masteryScore?: number;
  /** SCORM 1.2 adlcp:maxtimeallowed / 2004 attemptAbsoluteDurationLimit, as written. */
  maxTimeAllowed?: string;
  timeLimitAction?: string;
  dataFromLms?: string;
  /** SCORM 1.2 adlcp:prerequisites, as written. */
  prerequisites?: string;
  /** SCORM 2004 adlcp:completionThreshold (4th: minProgressMeasure, only if completedByMeasure), 0..1. */
  completionThreshold?: number;
  /** SCORM 2004 before the 4th edition: where the course reports no progress measure, its own word counts; roll-up knows no such measure. */
  thresholdYields?: true;
  /** SCORM 2004 primary objective's minNormalizedMeasure when satisfiedByMeasure (default 1), -1..1. */
  scaledPassingScore?: number;
  /** SCORM 2004 4th Edition adlcp:data: stores shared between activities; read and write default to true. */
  data?: { target: string; read?: boolean; write?: boolean }[];
  children: ActivityDefinition[];
};

/** All leaves in document order. */
export function leavesOf(activity: ActivityDefinition): ActivityDefinition[] {
  return activity.children.length === 0 ? [activity] : activity.children.flatMap(leavesOf);
}

/** The activity with this id, if the course has one. */
export function findActivity(activity: ActivityDefinition, id: string): ActivityDefinition | undefined {
  if (activity.id === id) return activity;
  for (const child of activity.children) {
    const found = findActivity(child, id);
    if (found) return found;
  }
  return undefined;
}

/** May this activity be opened at all? (A cluster has nothing to show.) */
export function isLaunchable(activity: ActivityDefinition): boolean {
  return activity.kind !== 'cluster' && activity.href !== undefined;
}
