import { AppError } from '../web/errors.ts';
import { t } from '../web/text.ts';

/** The upload is not a package that can be played; `faults` says everything that is wrong with it, in the author's words. */
export class InvalidPackage extends AppError {
  constructor(faults: string[], cause?: unknown) {
    super(422, 'invalid-package', t('packages.invalid'), {
      detail: t('packages.invalid.detail'),
      faults,
      cause,
    });
  }
}

/** What reading a package brings up: faults stop it, warnings go with the version. */
export class Findings {
  readonly faults: string[] = [];
  readonly warnings: string[] = [];

  fault(key: string, values?: Record<string, string | number>): void {
    add(this.faults, t(`packages.${key}`, values));
  }

  warn(key: string, values?: Record<string, string | number>): void {
    add(this.warnings, t(`packages.${key}`, values));
  }

  /** Throws everything found so far if any of it is a fault. */
  check(): void {
    if (this.faults.length) this.fail();
  }

  fail(): never {
    throw new InvalidPackage(this.faults);
  }
}

/** An evil or broken package may have a fault in every line: nobody reads more than this many. */
const most = 100;

function add(list: string[], text: string): void {
  if (list.length < most && !list.includes(text)) list.push(text);
}

/** The first few of a list, and how many more there are. */
export function some(names: string[], count = 5): string {
  const shown = names.slice(0, count).map(short).join(', ');
  return names.length > count ? t('packages.andMore', { shown, more: names.length - count }) : shown;
}

/** A name from the package for a message: no control characters, not endless. */
export function short(name: string): string {
  const clean = name.replace(/[\p{Cc}\p{Cf}]+/gu, '�');
  return clean.length > 120 ? `${clean.slice(0, 80)}…${clean.slice(-30)}` : clean;
}
