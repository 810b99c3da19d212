import { randomBytes } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
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
  res.type('html');
  const all = { ...pageTools(req, res), ...data, _locals: res.locals };
  // Not Express's send: it would hash every page for an ETag, and no two are alike.
  req.app.render(view, all, (error, html) => (error ? req.next!(error) : res.end(html)));
}

/** A page that is the same for everybody but for its nonce: rendered once. */
export function fixedPage(view: string, data: Record<string, unknown> = {}): RequestHandler {
  const mark = randomBytes(16).toString('base64url');
  let parts: string[] | undefined;
  return (req, res, next) => {
    res.type('html');
    const answer = (of: string[]) => res.end(of.join(String(res.locals.nonce)));
    if (parts) return void answer(parts);
    req.app.render(view, { ...pageTools(req, res), ...data, nonce: mark }, (error, html) => {
      if (error) return next(error);
      parts = html.split(mark);
      answer(parts);
    });
  };
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

const locales = new Map<string, string>();

/** Remembered by what a browser asks for: to find one takes longer than most pages. */
function localeOf(req: Request): string {
  const asked = req.get('accept-language') ?? '';
  let locale = locales.get(asked);
  if (!locale) {
    if (locales.size > 200) locales.clear(); // a header may say anything
    locale = supported(req.acceptsLanguages()[0] ?? 'en');
    locales.set(asked, locale);
  }
  return locale;
}

function supported(locale: string): string {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(locale)[0] ?? 'en';
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
