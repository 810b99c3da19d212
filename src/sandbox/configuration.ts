import { Router } from 'express';
import { t } from '../web/text.ts';
import { publicKeys } from './keys.ts';
import type { Lms } from './lms.ts';
import { platformConfiguration, scope } from './protocol.ts';
import { troubled } from './trouble.ts';

/** Variables that launches fill in where the tool's custom fields name them. */
export const variables = [
  'User.id',
  'Person.name.full',
  'Person.name.given',
  'Person.name.family',
  'Person.email.primary',
  'Context.id',
  'Context.title',
  'Context.label',
  'ResourceLink.id',
  'ResourceLink.title',
  'Message.locale',
];

/** Who this platform is and where its services are: LTI Dynamic Registration 1.0 §3.4. */
export function configurationRoutes(lms: Lms): Router {
  const router = Router();
  router.get('/.well-known/openid-configuration', (_req, res) => void res.json(openidConfiguration(lms)));
  router.get(
    '/jwks',
    troubled(lms, 'jwks'),
    (_req, res) => void res.set('Cache-Control', 'max-age=600').json(publicKeys(lms)),
  );
  return router;
}

function openidConfiguration(lms: Lms) {
  return {
    issuer: lms.url,
    authorization_endpoint: `${lms.url}/auth`,
    token_endpoint: `${lms.url}/token`,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS256'],
    jwks_uri: `${lms.url}/jwks`,
    registration_endpoint: `${lms.url}/register`,
    scopes_supported: ['openid', ...Object.values(scope)],
    response_types_supported: ['id_token'],
    response_modes_supported: ['form_post'],
    grant_types_supported: ['client_credentials', 'implicit'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    claims_supported: ['sub', 'iss', 'name', 'given_name', 'family_name', 'email', 'locale'],
    [platformConfiguration]: {
      name: t('sandbox.name'),
      product_family_code: 'coursedock-sandbox',
      version: '1',
      messages_supported: [
        { type: 'LtiResourceLinkRequest' },
        { type: 'LtiDeepLinkingRequest', placements: ['ContentArea'] },
        { type: 'LtiSubmissionReviewRequest' },
      ],
      variables,
    },
  };
}
