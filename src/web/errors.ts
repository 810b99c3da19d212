/**
 * What a person, or a program, is told when something cannot be done: what happened (`message`), what it means for
 * them and what to do (`detail`), and a stable `code`. web/error-page.ts alone turns it into a page or RFC 9457 JSON.
 */
export class AppError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  /** All faults at once, where the input had several. */
  readonly faults?: string[];
  /** For headers such as Retry-After, in seconds. */
  readonly retryAfter?: number;
  /** More for a program to go by: extension members of the problem (RFC 9457 3.2). */
  readonly members?: Record<string, number | string>;

  constructor(
    status: number,
    code: string,
    message: string,
    more: {
      detail?: string;
      faults?: string[];
      retryAfter?: number;
      members?: Record<string, number | string>;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = new.target.name;
    this.status = status;
    this.code = code;
    this.detail = more.detail;
    this.faults = more.faults;
    this.retryAfter = more.retryAfter;
    this.members = more.members;
  }
}

type More = ConstructorParameters<typeof AppError>[3];

export class Invalid extends AppError {
  constructor(code: string, message: string, more?: More) {
    super(400, code, message, more);
  }
}

export class Unauthorized extends AppError {
  constructor(code: string, message: string, more?: More) {
    super(401, code, message, more);
  }
}

export class Forbidden extends AppError {
  constructor(code: string, message: string, more?: More) {
    super(403, code, message, more);
  }
}

export class NotFound extends AppError {
  constructor(what: string, more?: More) {
    super(404, 'not-found', `There is no ${what} here.`, more);
  }
}

export class Conflict extends AppError {
  constructor(code: string, message: string, more?: More) {
    super(409, code, message, more);
  }
}

export function assertNever(value: never): never {
  throw new Error(`Unexpected: ${JSON.stringify(value)}`);
}
