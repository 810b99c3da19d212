import type { Progress } from '../scorm/progress.ts';
import { t } from '../web/text.ts';

export type Status = 'not attempted' | 'incomplete' | 'completed' | 'passed' | 'failed';

/** One word for what an attempt has come to: success where it is known, else completion. */
export function statusOf({ completion, success }: Pick<Progress, 'completion' | 'success'>): Status {
  return success === 'unknown' ? completion : success;
}

/** How a status looks. */
export function statusChip(status: Status) {
  return {
    tone: toneOf[status],
    text: t(`display.status.${status}`),
    sign: status === 'incomplete' ? 'waiting' : undefined,
  };
}

const toneOf = {
  'not attempted': 'plain',
  incomplete: 'info',
  completed: 'good',
  passed: 'good',
  failed: 'bad',
} as const;
