import { learners } from './people.ts';
import type { LineItem, Score, State } from './state.ts';

/** One cell of the gradebook. */
export type Grade = {
  user: string;
  userName: string;
  lineItem: string;
  /** The activity it belongs to; undefined for a column that the tool made for itself. */
  activity?: string;
  label: string;
  /** In points of the column, or null while there is no grade. */
  points: number | null;
  maximum: number;
  activityProgress?: string;
  gradingProgress?: string;
  comment?: string;
  /** When the tool says that it happened. */
  timestamp?: string;
};

/** Every learner on every column, whether or not a score has come. */
export function gradesOf(state: State): Grade[] {
  return learners.flatMap((learner) =>
    state.lineItems.map((item) => {
      const score = state.scores.find((one) => one.lineItem === item.id && one.userId === learner.id);
      return {
        user: learner.id,
        userName: learner.name,
        lineItem: item.id,
        activity: item.resourceLinkId,
        label: item.label,
        points: score ? gradeOf(item, score) : null,
        maximum: item.scoreMaximum,
        activityProgress: score?.activityProgress,
        gradingProgress: score?.gradingProgress,
        comment: score?.comment,
        timestamp: score?.timestamp,
      };
    }),
  );
}

/**
 * The points a score is worth in its column: scaled to the column's maximum, no more than it, and only when fully
 * graded – any other score empties the cell, as in Moodle.
 */
export function gradeOf(item: LineItem, score: Score): number | null {
  if (score.gradingProgress !== 'FullyGraded' || score.scoreGiven === undefined) return null;
  const points = (score.scoreGiven / (score.scoreMaximum ?? item.scoreMaximum)) * item.scoreMaximum;
  return Math.min(Math.round(points * 1e5) / 1e5, item.scoreMaximum);
}

/** What a cell says in words: where the learner is. */
export function statusOf(grade: Grade): 'none' | 'started' | 'waiting' | 'failed' | 'finished' | 'graded' {
  if (!grade.activityProgress) return 'none';
  if (grade.gradingProgress === 'Failed') return 'failed';
  if (grade.points !== null) return grade.activityProgress === 'Completed' ? 'finished' : 'graded';
  if (grade.activityProgress === 'Completed' || grade.activityProgress === 'Submitted') return 'waiting';
  return 'started';
}
