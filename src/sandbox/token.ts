import express, { Router, type Request } from 'express';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';
import { AppError } from '../web/errors.ts';
import { publicKeys, signAs } from './keys.ts';
import type { Lms } from './lms.ts';
import { firstUse } from './one-time.ts';
import { verifyToolJwt } from './tool-jwt.ts';
import { troubled } from './trouble.ts';

const lifetime = 3600;

const tokenRequest = z.object({
  grant_type: z.string(),
  client_assertion_type: z.literal('urn:ietf:params:oauth:client-assertion-type:jwt-bearer'),
  client_assertion: z.string(),
  scope: z.string(),
});

/** `POST /token`: client credentials by a signed assertion (LTI Security Framework 1.0 §4.1, RFC 7523). */
export function tokenRoutes(lms: Lms): Router {
  const router = Router();
  router.post('/token', troubled(lms, 'token'), express.urlencoded({ extended: false }), async (req, res) => {
    const { tool } = lms.store.state;
    const parsed = tokenRequest.safeParse(req.body);
    if (!parsed.success)
      throw new AppError(
        400,
        'invalid_request',
        `Missing or wrong: ${parsed.error.issues.map((issue) => issue.path.join('.')).join(', ')}.`,
      );
    const { grant_type, client_assertion, scope } = parsed.data;
    if (grant_type !== 'client_credentials')
      throw new AppError(400, 'unsupported_grant_type', 'The grant_type must be client_credentials.');
    if (!tool) throw new AppError(401, 'invalid_client', 'No tool is registered here.');

    const claims = await verifyToolJwt(
      lms,
      tool,
      client_assertion,
      [`${lms.url}/token`, lms.url],
      'invalid_client',
      401,
    );
    if (claims.sub !== tool.clientId)
      throw new AppError(401, 'invalid_client', 'The sub of the assertion must be the client id.');
    const { jti } = claims;
    if (!jti) throw new AppError(401, 'invalid_client', 'The assertion has no jti.');
    const granted = scope.split(' ').filter((wanted) => tool.scopes.includes(wanted));
    if (!granted.length)
      throw new AppError(400, 'invalid_scope', 'None of these scopes was granted to the tool.');

    const fresh = await lms.store.change((draft) =>
      firstUse(draft, 'assertion', jti, claims.exp! * 1000, lms.now()),
    );
    if (!fresh) throw new AppError(401, 'invalid_client', 'The jti of the assertion was used before.');
    const token = await signAs(
      lms,
      { sub: tool.clientId, aud: `${lms.url}/api`, scope: granted.join(' ') },
      lifetime,
      'at+jwt',
    );
    res
      .set('Cache-Control', 'no-store')
      .json({ access_token: token, token_type: 'Bearer', expires_in: lifetime, scope: granted.join(' ') });
  });
  return router;
}

/** Lets a request pass when its bearer token carries one of these scopes. */
export async function requireScope(lms: Lms, req: Request, ...scopes: string[]): Promise<void> {
  const token = /^Bearer ([\w.-]+)$/i.exec(req.get('authorization') ?? '')?.[1];
  if (!token) throw new AppError(401, 'invalid_token', 'This needs a bearer token.');
  const granted = await readToken(lms, token);
  if (!scopes.some((one) => granted.includes(one)))
    throw new AppError(403, 'insufficient_scope', `This needs the scope ${scopes.join(' or ')}.`);
}

async function readToken(lms: Lms, token: string): Promise<string[]> {
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(publicKeys(lms)), {
      issuer: lms.url,
      audience: `${lms.url}/api`,
      typ: 'at+jwt',
      subject: lms.store.state.tool?.clientId,
      currentDate: lms.now(),
    });
    return String(payload.scope).split(' ');
  } catch (cause) {
    throw new AppError(401, 'invalid_token', 'The bearer token is not valid, or no longer.', { cause });
  }
}
