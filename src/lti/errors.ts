import { AppError } from '../web/errors.ts';
import { t } from '../web/text.ts';

type More = {
  status?: number;
  faults?: string[];
  values?: Record<string, string | number>;
  cause?: unknown;
  retryAfter?: number;
  members?: Record<string, number | string>;
};

/**
 * Somebody came from an LMS and cannot go on. `code` names the texts: `lti.<code>.title` says what is wrong,
 * `lti.<code>.detail` who can mend it and how.
 */
export class LaunchRefused extends AppError {
  constructor(code: string, more: More = {}) {
    super(more.status ?? 400, `lti-${code}`, t(`lti.${code}.title`, more.values), {
      detail: t(`lti.${code}.detail`, more.values),
      faults: more.faults,
      retryAfter: more.retryAfter,
      members: more.members,
      cause: more.cause,
    });
  }
}

/** The same for somebody who connects an LMS. */
export class RegistrationRefused extends LaunchRefused {}
