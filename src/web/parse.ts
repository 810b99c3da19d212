import type { z } from 'zod';
import { Invalid } from './errors.ts';

/** Parses what came from outside, or throws {@link Invalid} with every fault and where it stands. */
export function parse<T extends z.ZodType>(schema: T, value: unknown, what = 'The request'): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
  );
  throw new Invalid('invalid', `${what} is not as it should be.`, { detail: faults.join('; '), faults });
}
