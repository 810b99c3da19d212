import type { Request, RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { z } from 'zod';
import { hashToken } from '../store/token.ts';
import { AppError, Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';

const activity = z.string().min(1).max(4096);
/** Milliseconds the page was looked at, by the browser's clock. */
const ms = z.number().min(0).max(Number.MAX_SAFE_INTEGER);

const requests = [
  'begin',
  'start',
  'resumeAll',
  'continue',
  'previous',
  'choice',
  'jump',
  'exit',
  'exitAll',
  'abandon',
  'abandonAll',
  'suspendAll',
] as const;

/** What a course's browser may send of an {@link import('../scorm/engine.ts').Act}; the engine says whether it could be. */
const act = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('open'), activity }),
  z.strictObject({ do: z.literal('initialize'), activity }),
  z.strictObject({ do: z.literal('set'), activity, element: z.string().max(4096), value: z.string() }),
  z.strictObject({ do: z.literal('commit'), activity, ms: ms.optional() }),
  z.strictObject({
    do: z.literal('terminate'),
    activity,
    ms: ms.optional(),
    overruled: z.literal(true).optional(),
  }),
  z.strictObject({ do: z.literal('close'), activity, ms: ms.optional() }),
  z.strictObject({ do: z.literal('stay'), activity, ms }),
  z.strictObject({ do: z.literal('exit') }),
  z.strictObject({ do: z.literal('navigate'), go: z.enum(requests), activity: activity.optional() }),
]);

const numbered = {
  seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  patch: z.array(act).max(5_000),
};

/**
 * `{launch, seq, patch}`, or what a closing page sends in its one last request: `{launch, commits: [{seq, patch}, …]}`,
 * in order.
 */
export const commitBody = z.union([
  z
    .strictObject({ launch: z.string().max(100), ...numbered })
    .transform(({ launch, seq, patch }) => ({ launch, commits: [{ seq, patch }] })),
  z.strictObject({ launch: z.string().max(100), commits: z.array(z.strictObject(numbered)).min(1).max(100) }),
]);

/** What a browser kept of an earlier launch (attempts/recover.ts). */
export const leftoverBody = z.strictObject({
  launch: z.string().max(100),
  commits: z.array(z.strictObject(numbered)).min(1).max(100),
});

/** The most a commit may weigh, in bytes: the longest value the engine takes has a million characters, each up to six bytes here. */
export const commitLimit = 8 * 1024 * 1024;

/** A value as the log keeps it; the browser has shortened it. */
const kept = z.string().max(8_000).optional();
const moment = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

/** What a player has to tell of an attempt whose log is wanted: its batches are numbered, so that one sent again is kept once. */
export const logBody = z.strictObject({
  launch: z.string().max(100),
  batch: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  /** When it was sent, by the clock of its lines. */
  sent: moment,
  lines: z
    .array(
      z.strictObject({
        ms: moment,
        kind: z.enum(['call', 'event']),
        name: z.string().min(1).max(100),
        activity: z.string().max(500).optional(),
        element: z.string().max(500).optional(),
        value: kept,
        result: kept,
        error: z.string().max(20).optional(),
        length: z.number().int().min(0).max(1e9).optional(),
      }),
    )
    .min(1)
    .max(500),
});

export const logLimit = 512 * 1024;

/** A player sends what it has every few seconds; more of one is no player. */
export function logRate(): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: 120,
    keyGenerator: (req) => hashToken(bearer(req)),
    standardHeaders: false,
    legacyHeaders: false,
    validate: false,
    handler: (_req, _res, next) =>
      next(new AppError(429, 'too-many-requests', t('player.tooMany'), { retryAfter: 60 })),
  });
}

/** The token of `Authorization: Bearer …`. */
export function bearer(req: Request): string {
  const token = /^Bearer ([\w-]{16,200})$/i.exec(req.get('authorization') ?? '')?.[1];
  if (!token)
    throw new Unauthorized('launch-unknown', t('player.noToken'), { detail: t('player.noToken.detail') });
  return token;
}
