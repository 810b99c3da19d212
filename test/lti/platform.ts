import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createSign, generateKeyPairSync, randomBytes, type KeyObject } from 'node:crypto';
import { exportJWK, SignJWT, type JWTHeaderParameters } from 'jose';

export const lti = (name: string) => `https://purl.imsglobal.org/spec/lti/claim/${name}`;
export const dlSettings = 'https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings';
export const dlClaim = (name: string) => `https://purl.imsglobal.org/spec/lti-dl/claim/${name}`;
export const agsEndpoint = 'https://purl.imsglobal.org/spec/lti-ags/claim/endpoint';
export const nrpsClaim = 'https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice';
export const membershipRole = (role: string) => `http://purl.imsglobal.org/vocab/lis/v2/membership#${role}`;
const toolConfiguration = 'https://purl.imsglobal.org/spec/lti-tool-configuration';

export type Received = {
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
};
export type Answer = { status?: number; headers?: Record<string, string>; body?: unknown; hang?: boolean };

/** An LMS in a test, on a server of its own: keys, JWKS, registration, tokens, scores. It keeps what it was sent. */
export type TestPlatform = {
  url: string;
  clientId: string;
  deploymentId: string;
  received: Received[];
  /** Answers to give instead of the usual ones, by path, used up one after the other. */
  answers: Record<string, Answer[]>;
  /** Pages and endpoints of a test's own, by path; they go before the usual ones. */
  pages: Record<string, (query: URLSearchParams) => Answer | Promise<Answer>>;
  /** The body of the registration response besides what was posted. */
  registered: Record<string, unknown>;
  sign(claims: object, header?: Partial<JWTHeaderParameters>, key?: KeyObject): Promise<string>;
  /** A signature of the platform's key over any text, base64url. */
  signBytes(text: string): string;
  /** A new key in place of the old one. */
  rotate(kid?: string): void;
  /** The key it signs with now. */
  readonly privateKey: KeyObject;
  /** A key that the platform does not publish. */
  strangeKey: KeyObject;
  asked(path: string): Received[];
  stop(): Promise<void>;
};

const strangeKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
/** Making keys is slow: platforms take turns with a few, so that two in one test differ. */
const pairs = [1, 2, 3, 4].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }));
let turn = 0;
const nextPair = () => pairs[(turn += 1) % pairs.length]!;

export async function startPlatform(): Promise<TestPlatform> {
  let pair = { kid: 'one', ...nextPair() };
  const received: Received[] = [];
  const answers: TestPlatform['answers'] = {};
  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  const platform: TestPlatform = {
    url,
    clientId: `client-${randomBytes(4).toString('hex')}`,
    deploymentId: '1',
    received,
    answers,
    pages: {},
    registered: {},
    get privateKey() {
      return pair.privateKey;
    },
    strangeKey,
    sign: (claims, header = {}, key = pair.privateKey) =>
      new SignJWT({ ...claims }).setProtectedHeader({ alg: 'RS256', kid: pair.kid, ...header }).sign(key),
    signBytes: (text) => createSign('RSA-SHA256').update(text).sign(pair.privateKey, 'base64url'),
    rotate: (kid = 'two') => {
      pair = { kid, ...nextPair() };
    },
    asked: (path) => received.filter((one) => one.path.split('?')[0] === path),
    stop: () => close(server),
  };

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    received.push({ method: req.method!, path: req.url!, headers: req.headers, body });
    const path = req.url!.split('?')[0]!;
    const special = answers[path]?.shift();
    if (special?.hang) return void setTimeout(() => res.destroy(), 30_000).unref();
    const own = platform.pages[path];
    const asked = req.method === 'POST' ? body : req.url!.split('?')[1];
    const answer = special ?? (await own?.(new URLSearchParams(asked))) ?? (await usual(path, body));
    res.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json', ...answer.headers });
    res.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  }

  async function usual(path: string, body: string): Promise<Answer> {
    switch (path) {
      case '/jwks': {
        const jwk = { ...(await exportJWK(pair.publicKey)), kid: pair.kid, alg: 'RS256', use: 'sig' };
        return { headers: { 'Cache-Control': 'max-age=600' }, body: { keys: [jwk] } };
      }
      case '/.well-known/openid-configuration':
        return {
          body: {
            issuer: url,
            authorization_endpoint: `${url}/authorize`,
            token_endpoint: `${url}/token`,
            jwks_uri: `${url}/jwks`,
            registration_endpoint: `${url}/register`,
            'https://purl.imsglobal.org/spec/lti-platform-configuration': {
              product_family_code: 'test-lms',
              version: '1',
            },
          },
        };
      case '/register': {
        const tool = JSON.parse(body) as Record<string, object>;
        const configuration = { ...tool[toolConfiguration], deployment_id: platform.deploymentId };
        return {
          body: {
            ...tool,
            client_id: platform.clientId,
            [toolConfiguration]: configuration,
            ...platform.registered,
          },
        };
      }
      case '/token':
        return {
          body: {
            access_token: `token-${received.length}`,
            token_type: 'bearer',
            expires_in: 3600,
            scope: '',
          },
        };
      case '/items/7/scores':
        return { status: 200, body: '' };
      default:
        return { status: 404, body: { error: 'not found' } };
    }
  }
  return platform;
}

/** What a browser does with our two doors: it keeps cookies and posts the platform's form. */
export type Browser = {
  cookies: Map<string, string>;
  get(url: string, headers?: object): Promise<Response>;
  post(url: string, form: Form, headers?: object): Promise<Response>;
};
export type Form = Record<string, string> | [string, string][];

export function makeBrowser(): Browser {
  const cookies = new Map<string, string>();
  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { accept: 'text/html', ...(init.headers as object), ...(cookie ? { cookie } : {}) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=');
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
    // Read at once: a body left unread keeps its connection, and a server that stops waits for it.
    const text = await response.text();
    return Object.assign(response, { text: async () => text });
  };
  return {
    cookies,
    get: (url, headers = {}) => send(url, { headers: headers as Record<string, string> }),
    post: (url, form, headers = {}) =>
      send(url, {
        method: 'POST',
        body: new URLSearchParams(form as Record<string, string>).toString(),
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      }),
  };
}

/** The platform's claims for a learner's launch of a link. */
export function learnerClaims(
  platform: TestPlatform,
  app: { url: string; ctx: { now: () => Date } },
  more: object = {},
): Record<string, unknown> {
  const now = Math.floor(app.ctx.now().getTime() / 1000);
  return {
    iss: platform.url,
    aud: platform.clientId,
    sub: '42',
    exp: now + 60,
    iat: now,
    name: 'Sam Student',
    email: 'sam@example.org',
    [lti('message_type')]: 'LtiResourceLinkRequest',
    [lti('version')]: '1.3.0',
    [lti('deployment_id')]: platform.deploymentId,
    [lti('target_link_uri')]: `${app.url}/lti/launch`,
    [lti('resource_link')]: { id: 'link-1', title: 'Golf' },
    [lti('context')]: { id: 'course-9', title: 'Sports', type: ['CourseSection'] },
    [lti('roles')]: [membershipRole('Learner')],
    [lti('custom')]: {},
    [lti('launch_presentation')]: {
      locale: 'en',
      document_target: 'iframe',
      return_url: `${platform.url}/return`,
    },
    [agsEndpoint]: {
      scope: ['https://purl.imsglobal.org/spec/lti-ags/scope/score'],
      lineitem: `${platform.url}/items/7?type_id=1`,
      lineitems: `${platform.url}/items?type_id=1`,
    },
    ...more,
  };
}

/** An instructor's request to pick something. */
export function deepLinkingClaims(
  platform: TestPlatform,
  app: { url: string; ctx: { now: () => Date } },
  settings: object = {},
  more: object = {},
): Record<string, unknown> {
  const claims = learnerClaims(platform, app, {
    sub: '7',
    name: 'Ina Instructor',
    [lti('message_type')]: 'LtiDeepLinkingRequest',
    [lti('roles')]: [membershipRole('Instructor')],
    [dlSettings]: {
      deep_link_return_url: `${platform.url}/return?sesskey=abc`,
      accept_types: ['ltiResourceLink'],
      accept_presentation_document_targets: ['iframe', 'window'],
      accept_multiple: true,
      ...settings,
    },
    ...more,
  });
  delete claims[lti('resource_link')];
  return claims;
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => void server.close(resolve));
}
