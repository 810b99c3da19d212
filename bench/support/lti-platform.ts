import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import type { Connection, Tool } from './lti-tools.ts';

const claim = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;

/** The LMS: it signs, and its JWKS answers after `delayMs`. */
export type Platform = {
  connection: Connection;
  delayMs: number;
  sign: (tool: Tool, user: string, nonce: string) => Promise<string>;
  stop: () => void;
};

export async function startPlatform(): Promise<Platform> {
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'RS256', use: 'sig' };
  const server = createServer((_req, res) => {
    setTimeout(() => {
      res.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=600' });
      res.end(JSON.stringify({ keys: [jwk] }));
    }, platform.delayMs);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const platform: Platform = {
    connection: {
      name: 'Bench',
      issuer,
      client_id: 'bench',
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    },
    delayMs: 0,
    sign: (tool, user, nonce) =>
      new SignJWT(claimsOf(tool, user, nonce))
        .setProtectedHeader({ alg: 'RS256', kid: 'one' })
        .setIssuer(issuer)
        .setAudience('bench')
        .setSubject(user)
        .setJti(randomUUID())
        .setIssuedAt()
        .setExpirationTime('10m')
        .sign(pair.privateKey),
    stop: () => void server.close(),
  };
  return platform;
}

function claimsOf(tool: Tool, user: string, nonce: string) {
  return {
    nonce,
    name: `Learner ${user}`,
    email: `${user}@example.org`,
    [claim('version')]: '1.3.0',
    [claim('message_type')]: 'LtiResourceLinkRequest',
    [claim('deployment_id')]: '1',
    [claim('target_link_uri')]: tool.launch,
    [claim('resource_link')]: { id: 'link-1', title: 'Bench' },
    [claim('context')]: { id: 'context-1', title: 'Bench' },
    [claim('roles')]: ['http://purl.imsglobal.org/vocab/lis/v2/membership#Learner'],
    [claim('custom')]: { course: tool.course ?? '' },
  };
}
