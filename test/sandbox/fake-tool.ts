import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import express from 'express';
import { createRemoteJWKSet, exportJWK, generateKeyPair, jwtVerify, SignJWT, type JWTPayload } from 'jose';
import { claim, media, scope, toolConfiguration } from '../../src/sandbox/protocol.ts';
import type { Login } from '../../src/sandbox/initiate.ts';
import type { Clock } from '../support/clock.ts';

type Registered = { client_id: string; deployment_id: string; scope: string };

/** Made once: it is what a world takes longest for. */
const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });

/** A tool as small as one can be: it registers, signs in, asks for tokens and sends scores, as well or as badly as told. */
export async function startFakeTool(port: number, clock: Clock) {
  const url = `http://127.0.0.1:${port}`;
  const kid = randomUUID();
  const registrations: Registered[] = [];
  /** Tests change it before the registration. */
  const metadata: Record<string, unknown> = {
    application_type: 'web',
    response_types: ['id_token'],
    grant_types: ['implicit', 'client_credentials'],
    initiate_login_uri: `${url}/login`,
    redirect_uris: [`${url}/launch`],
    client_name: 'A small tool',
    jwks_uri: `${url}/jwks`,
    token_endpoint_auth_method: 'private_key_jwt',
    scope: Object.values(scope).join(' '),
    [toolConfiguration]: {
      domain: `127.0.0.1:${port}`,
      target_link_uri: `${url}/launch`,
      claims: ['sub', 'name', 'given_name', 'family_name', 'email'],
      custom_parameters: { who: '$Person.name.family', what: '$Nobody.knows' },
      messages: [
        { type: 'LtiDeepLinkingRequest', target_link_uri: `${url}/launch` },
        { type: 'LtiResourceLinkRequest' },
      ],
    },
  };
  const app = express();
  app.get(
    '/jwks',
    async (_req, res) =>
      void res.json({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' }] }),
  );
  app.get('/register', async (req, res) => {
    const { registration_endpoint } = await getJson(String(req.query.openid_configuration));
    const answer = await fetch(String(registration_endpoint), {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        authorization: `Bearer ${String(req.query.registration_token)}`,
      },
      body: JSON.stringify(metadata),
    });
    const said = await answer.text();
    if (!answer.ok) return void res.status(502).send(`<h1>No: ${said}</h1>`);
    const { client_id, scope: granted, [toolConfiguration]: configuration } = JSON.parse(said);
    registrations.push({ client_id, deployment_id: configuration.deployment_id, scope: granted });
    res.send('<h1>Registered</h1>');
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));

  const me = () => registrations.at(-1)!;
  const sign = (claims: JWTPayload, key: { kid?: string; alg?: string } = {}) => {
    const iat = Math.floor(clock.now().getTime() / 1000);
    return new SignJWT({ iss: me().client_id, iat, exp: iat + 60, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, ...key })
      .sign(privateKey);
  };

  return {
    url,
    /** For what a test lets the tool show. */
    app,
    kid,
    metadata,
    registrations,
    get me() {
      return me();
    },
    sign,
    stop: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
    invitation: `${url}/register?invited=yes`,

    /** What the browser is sent to the platform with, after the login. */
    authRequest: (login: Login, more: Record<string, string | undefined> = {}) =>
      tidy({
        client_id: login.fields.client_id,
        redirect_uri: `${url}/launch`,
        scope: 'openid',
        response_type: 'id_token',
        response_mode: 'form_post',
        prompt: 'none',
        nonce: randomUUID(),
        state: randomUUID(),
        login_hint: login.fields.login_hint,
        lti_message_hint: login.fields.lti_message_hint,
        ...more,
      }),

    /** Verifies an id_token by the platform's published keys. */
    verify: async (idToken: string, platform: string) =>
      jwtVerify(idToken, createRemoteJWKSet(new URL(`${platform}/jwks`)), {
        issuer: platform,
        audience: me().client_id,
        currentDate: clock.now(),
      }),

    tokenRequest: async (
      platform: string,
      more: { claims?: JWTPayload; fields?: Record<string, string | undefined>; key?: { kid?: string } } = {},
    ) =>
      tidy({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await sign(
          { sub: me().client_id, aud: `${platform}/token`, jti: randomUUID(), ...more.claims },
          more.key,
        ),
        scope: Object.values(scope).join(' '),
        ...more.fields,
      }),

    deepLinkingResponse: (request: JWTPayload, items: unknown, more: JWTPayload = {}) =>
      sign({
        aud: request.iss!,
        nonce: randomUUID(),
        [claim.messageType]: 'LtiDeepLinkingResponse',
        [claim.version]: '1.3.0',
        [claim.deploymentId]: me().deployment_id,
        [claim.data]: (request[claim.deepLinking] as { data: string }).data,
        [claim.contentItems]: items,
        ...more,
      }),
  };
}

export type FakeTool = Awaited<ReturnType<typeof startFakeTool>>;

/** Reads the one form of a page as a browser would before it sends it. */
export function readForm(html: string): { action: string; fields: Record<string, string> } {
  const form = /<form[^>]*\saction="([^"]*)"[^>]*>(.*?)<\/form>/s.exec(html);
  if (!form) throw new Error(`There is no form in: ${html.slice(0, 2_000)}`);
  const fields: Record<string, string> = {};
  for (const [tag] of form[2]!.matchAll(/<input[^>]*>/g)) {
    const name = /\sname="([^"]*)"/.exec(tag)?.[1];
    if (name) fields[unescape(name)] = unescape(/\svalue="([^"]*)"/.exec(tag)?.[1] ?? '');
  }
  return { action: unescape(form[1]!), fields };
}

export const scoreType = media.score;

async function getJson(url: string): Promise<Record<string, unknown>> {
  return (await (await fetch(url)).json()) as Record<string, unknown>;
}

function tidy(fields: Record<string, string | undefined>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const entities: Record<string, string> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&#34;': '"',
  '&#39;': "'",
  '&quot;': '"',
};
function unescape(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#34|#39);/g, (entity) => entities[entity]!);
}
