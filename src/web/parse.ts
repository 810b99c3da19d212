import type { z } from 'zod';
import { AppError } from './errors.ts';

/** Parses what came from outside, or throws with every fault and where it stands. */
export function parse<T extends z.ZodType>(
  schema: T,
  value: unknown,
  what = 'The request',
  status: 400 | 422 = 400,
): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) =>
    [issue.path.join('.'), issue.message].filter(Boolean).join(': '),
  );
  throw new AppError(status, 'invalid', `${what} is not as it should be.`, {
    detail: faults.join('; '),
    faults,
  });
}
