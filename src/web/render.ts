import type { Request, Response } from 'express';
import { t } from './text.ts';

/** What every view gets besides its own data. Dates and numbers are written as the reader's locale writes them. */
export type PageTools = {
  t: typeof t;
  nonce: string;
  locale: string;
  date: (value: Date | string | undefined) => string;
  isoDate: (value: Date | string | undefined) => string;
  number: (value: number) => string;
  percent: (value: number) => string;
  bytes: (value: number) => string;
};

/** Renders `views/<view>.ejs` with plain data. A view makes no queries and gets no models. */
export function page(req: Request, res: Response, view: string, data: Record<string, unknown> = {}): void {
  res.type('html').render(view, { ...pageTools(req, res), ...data });
}

export function pageTools(req: Request, res: Response): PageTools {
  const locale = localeOf(req);
  return {
    t,
    nonce: String(res.locals.nonce ?? ''),
    locale,
    date: (value) => (value ? `${datesOf(locale).format(new Date(value))} UTC` : ''),
    isoDate: (value) => (value ? new Date(value).toISOString() : ''),
    number: (value) => new Intl.NumberFormat(locale).format(value),
    percent: (value) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(value),
    bytes: (value) => bytes(value, locale),
  };
}

const dates = new Map<string, Intl.DateTimeFormat>();

/** Made once for a locale: making one takes longer than most pages. */
function datesOf(locale: string): Intl.DateTimeFormat {
  let format = dates.get(locale);
  if (!format) {
    if (dates.size > 200) dates.clear(); // readers name their locale, and may name any
    format = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
    dates.set(locale, format);
  }
  return format;
}

function localeOf(req: Request): string {
  const asked = req.acceptsLanguages()[0] ?? 'en';
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(asked)[0] ?? 'en';
  } catch {
    return 'en';
  }
}

function bytes(value: number, locale: string): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const step = Math.min(Math.floor(Math.log10(Math.max(value, 1)) / 3), units.length - 1);
  const format = new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: units[step],
    maximumFractionDigits: step ? 1 : 0,
  });
  return format.format(value / 1000 ** step);
}
