import { valuesFor, type Values } from './elements.ts';
import type { Lms } from './lms.ts';
import { readMark, writeMark } from './mark.ts';
import type { Standard } from './settings.ts';
import { isFinished, type Snapshot } from './snapshot.ts';

/** Milliseconds between two commits that say nothing but the time. */
const calm = 10_000;

/** What is known of the learner before anything happens. */
export type Learner = { id: string; name: string; hint: string; mode: 'normal' | 'browse' | 'review' };

/** The LMS's record of this learner, which we keep equal to ours. */
export type LmsRecord = {
  learner: Learner;
  /** Our server's word at launch: repairs what an earlier session could not tell the LMS any more. */
  reconcile: (snapshot: Snapshot, hint: string) => void;
  /** Something changed. Status and score go to the LMS at once, the rest within ten seconds. */
  tell: (snapshot: Snapshot) => void;
  /** Everything now. True: the LMS has taken it. */
  flush: () => boolean;
  /** The last word; nothing can be told after it. `leaving`: the learner wants out of the course, not only this page. */
  finish: (leaving?: boolean) => boolean;
};

type Options = {
  lms: Lms;
  standard: Standard;
  now: () => number;
  later: (work: () => void, ms: number) => void;
  /** A snapshot was told, or the LMS would not take it. */
  told: (revision: number, ok: boolean) => void;
};

export function openRecord({ lms, standard, now, later, told }: Options): LmsRecord {
  const old = standard === 'scorm12';
  const mark = readMark(lms.get('cmi.suspend_data'));
  const modeElement = old ? 'cmi.core.lesson_mode' : 'cmi.mode';
  const statusElement = old ? 'cmi.core.lesson_status' : 'cmi.completion_status';
  const learner: Learner = {
    id: lms.get(old ? 'cmi.core.student_id' : 'cmi.learner_id'),
    name: lms.get(old ? 'cmi.core.student_name' : 'cmi.learner_name'),
    hint: mark ? mark.hint : '',
    mode: modeOf(lms.get(modeElement)),
  };
  /** What the LMS holds, as far as it said so or took it from us. */
  const held: { [element: string]: string } = {};
  held[statusElement] = lms.get(statusElement);
  let hint = learner.hint;
  /** Seconds of the attempt that belong to earlier sessions. */
  let before = 0;
  let latest: Snapshot | undefined;
  let committedAt = -Infinity;
  let uncommitted = false;
  let waiting = false;
  let over = false;

  // An LMS makes "completed" of a 1.2 course that is left "not attempted" (1.2 RTE 3.4.4), even if it never came up.
  if (
    learner.mode === 'normal' &&
    old &&
    !/^(passed|failed|completed|incomplete|browsed)$/.test(held[statusElement])
  ) {
    put([[statusElement, 'incomplete']]);
  }

  /** True: the LMS took all that it must know. */
  function put(values: Values): boolean {
    let ok = true;
    for (let i = 0; i < values.length; i++) {
      const [element, value] = values[i]!;
      if (held[element] === value || isStepBack(element, value)) continue;
      const taken = lms.set(element, value);
      if (taken) uncommitted = true;
      // An LMS need not know the optional ones: they are not offered twice.
      if (taken || !/status|score\.(raw|scaled)/.test(element)) held[element] = value;
      else ok = false;
    }
    return ok;
  }

  /** What the LMS holds as finished stays so, and as passed or failed: a second attempt with us is none there. */
  function isStepBack(element: string, value: string): boolean {
    if (element !== statusElement) return false;
    const known = held[element] || '';
    return (
      (value === 'incomplete' && known === 'completed') ||
      (/^(passed|failed)$/.test(known) && !/^(passed|failed)$/.test(value))
    );
  }

  function flush(): boolean {
    if (!latest || over || learner.mode !== 'normal') return true;
    const { revision } = latest;
    // In whole seconds, as the mark has them: what is rounded away in one session is told in the next.
    const seconds = Math.round(latest.seconds);
    const values = valuesFor(standard, latest, Math.max(seconds - before, 0));
    values.push(['cmi.suspend_data', writeMark({ hint, seconds })]);
    const taken = put(values);
    if (uncommitted) {
      committedAt = now();
      uncommitted = !lms.commit();
    }
    const ok = taken && !uncommitted;
    told(revision, ok);
    if (!ok) soon();
    return ok;
  }

  function soon(): void {
    if (waiting) return;
    waiting = true;
    later(
      () => {
        waiting = false;
        flush();
      },
      Math.max(committedAt + calm - now(), 0),
    );
  }

  return {
    learner,
    reconcile(snapshot, newHint) {
      hint = newHint;
      latest = snapshot;
      // Without our mark the LMS knows nothing of the earlier sessions, unless this is only a look back at what is done.
      const seconds = Math.round(snapshot.seconds);
      before = mark ? Math.min(mark.seconds, seconds) : isFinished(snapshot) ? seconds : 0;
      flush();
    },
    tell(snapshot) {
      const urgent = !latest || outcome(snapshot) !== outcome(latest);
      latest = snapshot;
      if (urgent || now() - committedAt >= calm) flush();
      else soon();
    },
    flush,
    finish(leaving = false) {
      if (over) return true;
      const taken = flush();
      // Else a 2004 LMS stays where it is, or plays on (2004 SN 5.6.1).
      if (leaving && !old)
        lms.set('adl.nav.request', latest && isFinished(latest) ? 'exitAll' : 'suspendAll');
      over = true;
      return lms.finish() && taken;
    },
  };
}

function outcome({ completion, success, score }: Snapshot): string {
  return [completion, success, score].join();
}

function modeOf(value: string): Learner['mode'] {
  return value === 'browse' || value === 'review' ? value : 'normal';
}
