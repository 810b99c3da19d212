import type { CompletionRule } from '../../scorm/completion.ts';
import type { CourseDefinition } from '../../scorm/course.ts';
import { controlsOf, entriesOf, progressOf, type Session, type WayRequest } from '../../scorm/player.ts';
import type { Entry } from '../../scorm/engine.ts';
import type { Progress } from '../../scorm/progress.ts';
import type { Page } from './page.ts';
import { hereOf, isPart } from './way.ts';
import { statusOf } from './words.ts';

type Course = {
  definition: CourseDefinition;
  session: Session;
  rule: CompletionRule | undefined;
  hasParts: boolean;
  /** The activity that is shown, if one is. */
  playing: () => string | undefined;
  isOver: () => boolean;
  go: (request: WayRequest) => void;
};

/** Brings bar and contents up to date with the course, once a frame of the screen however often it calls. */
export function makeFurniture(page: Page, course: Course): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw(page, course);
    });
  };
}

function draw(page: Page, { definition, session, rule, hasParts, playing, isOver, go }: Course): void {
  const { bar, contents } = page;
  const entries = entriesOf(definition, session.state);
  const { previous, continue: next, suspendAll, exitAll } = controlsOf(definition, session.state);
  const isSequenced = definition.standard === 'scorm2004' && !isOver();
  bar.steps(
    isSequenced && previous ? () => go({ go: 'previous' }) : undefined,
    isSequenced && next && hasParts ? () => go({ go: 'continue' }) : undefined,
  );
  // A course may wish our Exit away, and have its own.
  if (playing()) bar.exit(!isSequenced || suspendAll || exitAll);
  const here = hereOf(entries, definition.root, playing());
  contents.show(isOver() ? [] : entries.map((entry) => ({ ...entry, current: entry.id === here })));
  const progress = progressOf(definition, session.state, rule);
  if (hasParts) showShare(page, entries, progress);
  else showProgress(page, progress);
}

function showShare({ bar, t }: Page, entries: Entry[], { completion }: Progress): void {
  const parts = entries.filter((_, i) => isPart(entries, i));
  const done = parts.filter(({ status }) => status !== 'not attempted' && status !== 'incomplete').length;
  const words = t('share', { done: String(done), all: String(parts.length) });
  // A course may be complete before all of it is done: by its own word, or by its rule.
  const isComplete = completion === 'completed' && done < parts.length;
  bar.progress(
    isComplete ? `${t('status.completed')} · ${words}` : words,
    parts.length ? done / parts.length : 0,
  );
}

function showProgress({ bar, t }: Page, progress: Progress): void {
  const { measure, completion } = progress;
  if (measure !== undefined && completion === 'incomplete') bar.progress(t.percent(measure), measure);
  else bar.progress(completion === 'not attempted' ? undefined : t(`status.${statusOf(progress, false)}`));
}
