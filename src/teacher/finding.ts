import { statusOf, type Status } from '../display/status.ts';
import type { Classmate } from './class.ts';

/** Whom a teacher wants to see. */
export const filters = ['all', 'waiting', 'begun', 'done', 'failed', 'undelivered'] as const;
export type Filter = (typeof filters)[number];

const groups: Record<Exclude<Filter, 'all' | 'undelivered'>, Status[]> = {
  waiting: ['not attempted'],
  begun: ['incomplete'],
  done: ['completed', 'passed'],
  failed: ['failed'],
};

export function isIn(filter: Filter, { did }: Pick<Classmate, 'did'>): boolean {
  if (filter === 'all') return true;
  if (filter === 'undelivered') return did?.grade === 'failed';
  return groups[filter].includes(did ? statusOf(did.progress) : 'not attempted');
}

/** Those whose name or address has all the words, in any case and without accents. */
export function named<T extends Pick<Classmate, 'name' | 'email'>>(all: T[], search: string): T[] {
  const words = plain(search).split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  return all.filter(({ name, email }) => {
    const text = plain(`${name} ${email ?? ''}`);
    return words.every((word) => text.includes(word));
  });
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

export type Part<T> = { rows: T[]; page: number; pages: number; from: number; total: number };

/** One page of a list, the nearest there is to the wanted one. */
export function pageOf<T>(all: T[], wanted: number, size: number): Part<T> {
  const pages = Math.max(1, Math.ceil(all.length / size));
  const page = Math.min(Math.max(1, wanted), pages);
  const from = (page - 1) * size;
  return { rows: all.slice(from, from + size), page, pages, from, total: all.length };
}
