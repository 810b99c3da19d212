import { createRemoteJWKSet, jwtVerify, errors, type JWTPayload } from 'jose';
import { AppError } from '../web/errors.ts';
import type { Lms } from './lms.ts';
import type { Tool } from './state.ts';

/**
 * Checks a message that the tool signed: its signature by the tool's published keys, `iss` = client id, `aud`, `exp`,
 * `iat` no older than ten minutes. Throws `refusal` with the claim that is wrong.
 */
export async function verifyToolJwt(
  lms: Lms,
  tool: Tool,
  jwt: string,
  audience: string[],
  refusal: string,
  status: number,
): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(jwt, keysOf(lms, tool), {
      algorithms: ['RS256'],
      issuer: tool.clientId,
      audience,
      requiredClaims: ['exp', 'iat'],
      maxTokenAge: 600,
      currentDate: lms.now(),
    });
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JOSEError)
      throw new AppError(status, refusal, `The tool's message is not valid: ${cause.message}.`, { cause });
    throw new AppError(
      status,
      refusal,
      `The tool's keys at ${tool.jwksUri} could not be read: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** Cached as any LMS does; a key that is not known is asked for at once, because the tool may have just made it. */
function keysOf(lms: Lms, tool: Tool) {
  const known = lms.toolKeys.get(tool.jwksUri);
  if (known) return known;
  const made = createRemoteJWKSet(new URL(tool.jwksUri), { cooldownDuration: 0, timeoutDuration: 10_000 });
  lms.toolKeys.set(tool.jwksUri, made);
  return made;
}
