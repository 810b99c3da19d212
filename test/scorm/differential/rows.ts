import type { Difference } from './compare.ts';

/** A class of differences, whose answer is right, and by which sentence. */
export type Row = {
  what: string;
  right: 'ours' | 'either';
  because: string;
  is: (difference: Difference) => boolean;
};

/** Is it this call of an element, while the session runs, with these errors (and these values)? `*`: any error. */
export function on(
  method: 'GetValue' | 'SetValue' | 'any',
  names: RegExp,
  [ours, theirs]: [ours: string, theirs: string],
  values = /^/,
): Row['is'] {
  const fits = (wanted: string, error: string) => wanted === '*' || wanted.split('|').includes(error);
  return (difference) =>
    difference.turn === 'during' &&
    (method === 'any' || difference.call.method === method) &&
    names.test(difference.call.a) &&
    fits(ours, difference.ours.error) &&
    fits(theirs, difference.theirs.error) &&
    values.test(difference.call.b ?? '');
}

/** Is it what one counts more than the other? */
export const countsMore: Row['is'] = ({ call, ours, theirs }) =>
  call.a.endsWith('._count') && ours.error === '0' && Number(theirs.value) === Number(ours.value) + 1;
