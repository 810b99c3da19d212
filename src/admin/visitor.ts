import { createHmac } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import type { PersonRecord } from '../access/person.model.ts';
import { endSession, findSession, startSession } from '../access/sessions.ts';
import type { Context } from '../context.ts';
import { deriveKey } from '../store/token.ts';
import { Unauthorized } from '../web/errors.ts';
import { t } from '../web/text.ts';
import { clearCookie, readCookie, writeCookie } from './cookies.ts';

/** Who is signed in, and the token that their forms carry. */
export type Visitor = { person: PersonRecord; workspace: string; csrf: string };

export type World = Pick<Context, 'db' | 'now' | 'config' | 'secret'>;

const cookie = 'coursedock';
const visitors = new WeakMap<Request, Visitor>();

export function visitorOf(req: Request): Visitor {
  const visitor = visitors.get(req);
  if (!visitor) throw new Error('A work page stands outside signedIn');
  return visitor;
}

/** Who this browser is signed in as, if anybody. */
export async function findVisitor(ctx: World, req: Request): Promise<Visitor | undefined> {
  const known = visitors.get(req);
  if (known) return known;
  const token = readCookie(ctx.config, req, cookie);
  const found = token ? await findSession(ctx, token) : undefined;
  if (!found) return undefined;
  const { person, session } = found;
  const visitor = { person, workspace: person.workspace, csrf: csrfOf(ctx, session._id) };
  visitors.set(req, visitor);
  return visitor;
}

/** Lets nobody past who is not signed in: pages lead to the sign-in page and back, everything else is refused. */
export function signedIn(ctx: World): RequestHandler {
  return async (req, res, next) => {
    if (await findVisitor(ctx, req)) return next();
    if (req.method === 'GET' && req.accepts(['html', 'json']) === 'html') {
      return res.redirect(303, `/sign-in?next=${encodeURIComponent(req.originalUrl)}`);
    }
    throw new Unauthorized('signed-out', t('admin.signedOut.title'), { detail: t('admin.signedOut.detail') });
  };
}

/** A new session: never the one that the browser brought. */
export async function signInBrowser(
  ctx: World,
  req: Request,
  res: Response,
  person: PersonRecord,
): Promise<void> {
  const before = readCookie(ctx.config, req, cookie);
  if (before) await endSession(ctx, before);
  const { token } = await startSession(ctx, person);
  writeCookie(ctx.config, res, cookie, token);
}

export async function signOutBrowser(ctx: World, req: Request, res: Response): Promise<void> {
  const token = readCookie(ctx.config, req, cookie);
  if (token) await endSession(ctx, token);
  clearCookie(ctx.config, res, cookie);
}

/** The session's own: it ends with it, and nothing of the cookie can be read from it. */
function csrfOf(ctx: Pick<Context, 'secret'>, session: string): string {
  return createHmac('sha256', deriveKey(ctx.secret, 'csrf')).update(session).digest('base64url');
}
