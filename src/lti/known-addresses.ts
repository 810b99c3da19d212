import type { PlatformFamily, PlatformRecord } from './platform.model.ts';

/** What a platform is reached by. */
export type Addresses = Pick<
  PlatformRecord,
  'issuer' | 'authorizationEndpoint' | 'tokenEndpoint' | 'jwksUri'
>;

/** What its administrator has to say of an LMS besides its client id: nothing, or where it is. */
export function isKnownBy(family: PlatformFamily): 'itself' | 'address' | undefined {
  if (family === 'canvas' || family === 'blackboard') return 'itself';
  return family === 'moodle' || family === 'brightspace' ? 'address' : undefined;
}

/**
 * The addresses of an LMS, where they follow from which one it is: all schools share Canvas' (canvas-lms, doc/api/file.lti_launch_overview.md)
 * and Blackboard's (docs.blackboard.com, LTI 1.3), and those of Moodle (mod/lti/locallib.php) and Brightspace are below its own.
 */
export function knownAddresses(
  family: PlatformFamily,
  { address = '', clientId = '' }: { address?: string; clientId?: string } = {},
): Addresses | undefined {
  switch (family) {
    case 'canvas':
      return {
        issuer: 'https://canvas.instructure.com',
        authorizationEndpoint: 'https://sso.canvaslms.com/api/lti/authorize_redirect',
        tokenEndpoint: 'https://sso.canvaslms.com/login/oauth2/token',
        jwksUri: 'https://sso.canvaslms.com/api/lti/security/jwks',
      };
    case 'blackboard': {
      const portal = 'https://developer.blackboard.com/api/v1';
      return {
        issuer: 'https://blackboard.com',
        authorizationEndpoint: `${portal}/gateway/oidcauth`,
        tokenEndpoint: `${portal}/gateway/oauth2/jwttoken`,
        jwksUri: `${portal}/management/applications/${encodeURIComponent(clientId)}/jwks.json`,
      };
    }
    case 'moodle': {
      // It may live in a folder: wwwroot, without a slash at its end.
      const { origin, pathname } = new URL(address);
      const root = `${origin}${pathname.replace(/\/+$/, '')}`;
      return {
        issuer: root,
        authorizationEndpoint: `${root}/mod/lti/auth.php`,
        tokenEndpoint: `${root}/mod/lti/token.php`,
        jwksUri: `${root}/mod/lti/certs.php`,
      };
    }
    case 'brightspace': {
      const { origin } = new URL(address);
      return {
        issuer: origin,
        authorizationEndpoint: `${origin}/d2l/lti/authenticate`,
        tokenEndpoint: 'https://auth.brightspace.com/core/connect/token',
        jwksUri: `${origin}/d2l/.well-known/jwks`,
      };
    }
    default:
      return undefined;
  }
}
