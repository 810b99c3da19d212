import type { PlatformFamily } from '../lti/platform.model.ts';
import { t } from '../web/text.ts';

/** How one LMS is connected: in its own menu names, with what is always the same filled in. */
export type Guide = {
  family: PlatformFamily;
  name: string;
  /** Does it take the one-time address, or only values typed in on both sides? */
  byAddress: boolean;
  steps: string[];
  /** What is typed in over there, and then here. */
  byHandSteps: string[];
  /** The platform's own addresses where every customer has the same. */
  known: Partial<Record<'issuer' | 'authorizationEndpoint' | 'tokenEndpoint' | 'jwksUri', string>>;
};

const shapes: Pick<Guide, 'family' | 'byAddress' | 'known'>[] = [
  {
    family: 'canvas',
    byAddress: true,
    known: {
      issuer: 'https://canvas.instructure.com',
      authorizationEndpoint: 'https://sso.canvaslms.com/api/lti/authorize_redirect',
      tokenEndpoint: 'https://sso.canvaslms.com/login/oauth2/token',
      jwksUri: 'https://sso.canvaslms.com/api/lti/security/jwks',
    },
  },
  { family: 'moodle', byAddress: true, known: {} },
  { family: 'brightspace', byAddress: true, known: {} },
  {
    family: 'blackboard',
    byAddress: false,
    known: {
      issuer: 'https://blackboard.com',
      authorizationEndpoint: 'https://developer.blackboard.com/api/v1/gateway/oidcauth',
      tokenEndpoint: 'https://developer.blackboard.com/api/v1/gateway/oauth2/jwttoken',
    },
  },
  { family: 'other', byAddress: true, known: {} },
];

/** All guides, the most used LMSs first. Their steps are lines of the catalogue. */
export function guides(): Guide[] {
  return shapes.map((shape) => ({
    ...shape,
    name: t(`admin.connect.${shape.family}.name`),
    steps: t(`admin.connect.${shape.family}.steps`).split('\n').filter(Boolean),
    byHandSteps: t(`admin.connect.${shape.family}.byHand`).split('\n').filter(Boolean),
  }));
}

export function guideOf(family: unknown): Guide {
  const all = guides();
  return all.find((guide) => guide.family === family) ?? all[1]!;
}
