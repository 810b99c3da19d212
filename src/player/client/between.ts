import type { Entry } from '../../scorm/engine.ts';
import type { Action, Message } from './stage.ts';
import { shorten, type Words } from './words.ts';

type Ways = {
  /** A part that is not done, to be opened next. */
  next?: Entry;
  open: (id: string) => void;
  /** The course itself says what comes next. */
  flow?: () => void;
  exit: () => void;
};

/** One of several parts has ended by itself: what came of it, and what is next. */
export function betweenOf(t: Words, ended: Entry | undefined, { next, open, flow, exit }: Ways): Message {
  const status = ended?.status ?? 'incomplete';
  const onwards: Action[] = flow
    ? [{ label: t('onwards'), act: flow }]
    : next
      ? [{ label: t('next', { title: shorten(next.title, 60) || t('untitled') }), act: () => open(next.id) }]
      : [];
  return {
    sign: status === 'failed' ? 'bad' : status === 'incomplete' ? 'part' : 'done',
    heading: t('itemOver', { title: shorten(ended?.title ?? '', 120), status: t(`status.${status}`) }),
    lines: [],
    actions: [...onwards, { label: t('exit'), act: exit }],
  };
}
