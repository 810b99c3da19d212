import type { Entry } from '../../scorm/engine.ts';
import type { Closed } from '../../scorm/player.ts';
import type { Action, Message } from './stage.ts';
import { closedWords, shorten, type Words } from './words.ts';

type Ways = {
  /** A part that is not done, to be opened next. */
  next?: Entry;
  open: (id: string) => void;
  /** The course itself says what comes next. */
  flow?: () => void;
  /** Why that is locked, and the way back into the part. */
  closed?: Closed;
  back?: () => void;
  exit: () => void;
};

/** One of several parts has ended by itself: what came of it, and what is next. */
export function betweenOf(
  t: Words,
  ended: Entry | undefined,
  { next, open, flow, closed, back, exit }: Ways,
): Message {
  const status = ended?.status ?? 'incomplete';
  const onwards: Action[] = flow
    ? [{ label: t('onwards'), act: flow }]
    : next
      ? [{ label: t('next', { title: shorten(next.title, 60) || t('untitled') }), act: () => open(next.id) }]
      : [];
  const title = shorten(ended?.title ?? '', 60) || t('untitled');
  const backwards: Action[] = closed && back ? [{ label: t('backTo', { title }), act: back }] : [];
  return {
    sign: status === 'failed' ? 'bad' : status === 'incomplete' ? 'part' : 'done',
    heading: t('itemOver', { title: shorten(ended?.title ?? '', 120), status: t(`status.${status}`) }),
    lines: [closed && closedWords(t, closed)],
    actions: [...backwards, ...onwards, { label: t('exit'), act: exit }],
  };
}
