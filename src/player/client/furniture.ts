import { controlsOf, entriesAhead, progressOf, whyClosed, type WayRequest } from '../../scorm/player.ts';
import type { Entry } from '../../scorm/engine.ts';
import type { Progress } from '../../scorm/progress.ts';
import type { Page } from './page.ts';
import type { Round } from './round.ts';
import { hereOf, isPart } from './way.ts';
import { closedWords, statusOf } from './words.ts';

/** Brings bar and contents up to date with the course, once a frame of the screen however often it calls. */
export function makeFurniture(round: Round, go: (request: WayRequest) => void): () => void {
  let isWaiting = false;
  return () => {
    if (isWaiting) return;
    isWaiting = true;
    requestAnimationFrame(() => {
      isWaiting = false;
      draw(round, go);
    });
  };
}

function draw(round: Round, go: (request: WayRequest) => void): void {
  const { page, opened, session, hasParts, playing, isOver } = round;
  const { definition, settings } = opened;
  const { bar, contents, t } = page;
  const entries = entriesAhead(definition, session.state, settings);
  const { previous, continue: next, suspendAll, exitAll } = controlsOf(definition, session.state);
  const isSequenced = round.isSequenced && !isOver;
  const leadsOn = isSequenced && next && hasParts;
  const closed = leadsOn ? whyClosed(definition, session.state, settings) : undefined;
  bar.steps(
    isSequenced && previous ? () => go({ go: 'previous' }) : undefined,
    // Between two parts, what stands in their place says why.
    leadsOn && (playing || !closed) ? () => go({ go: 'continue' }) : undefined,
    closed && closedWords(t, closed),
  );
  // A course may wish our Exit away, and have its own.
  if (playing) bar.exit(!isSequenced || suspendAll || exitAll);
  const here = hereOf(entries, definition.root, playing);
  contents.show(isOver ? [] : entries.map((entry) => ({ ...entry, current: entry.id === here })));
  const progress = progressOf(definition, session.state, settings.completion);
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
