/** The part of a file that was asked for; both ends are in it. */
export type Range = { start: number; end: number };

/**
 * Reads a Range header (RFC 9110 14.1.2) against a file of `size` bytes. Undefined: send it all, which is also the
 * right answer to several ranges at once and to units we do not know. 'unsatisfiable': nothing of it exists (416).
 */
export function readRange(header: string | undefined, size: number): Range | 'unsatisfiable' | undefined {
  const match = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header ?? '');
  if (!match) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < start) return undefined;
  return start >= size ? 'unsatisfiable' : { start, end };
}
