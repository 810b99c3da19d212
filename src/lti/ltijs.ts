import { randomUUID } from 'node:crypto';
import { createRequire, Module } from 'node:module';
import type { Context } from '../context.ts';
import { deriveKey } from '../store/token.ts';
import { claimKey, signJwt } from './keys.ts';
import { ltijsStore, type LtijsStore } from './ltijs-store.ts';
import { askPlatform } from './platform-http.ts';

/*
 * ltijs 5.9.9 is our registry of platforms, the reader of our keys and the keeper of access tokens. It is pinned
 * exactly, and this file is the only one that knows it:
 *
 * - It exports one Provider for the whole process, which can be set up once. A world (Context) needs its own, and tests
 *   run several: its modules are loaded anew for each, and leave no trace in the module cache.
 * - It is never deployed and its Express app never mounted: one unauthenticated request ends the process, nonces are
 *   not bound to logins, deployments not checked. In the place of its server and of its own mongoose connection
 *   stand two empty classes, so that nothing of either can be reached, and a second mongoose, a second Express and
 *   helmet are not loaded (50 MB and half a second).
 * - Its HTTP client follows redirects to anywhere and waits for ever: ours takes its place.
 * - Its key pairs are made synchronously, and its token requests have a predictable `jti`: both functions are ours.
 */

/** A registered platform, as ltijs presents it. `kid` is its id there. */
export type LtijsPlatform = {
  platformKid(): Promise<string>;
  platformUrl(): Promise<string>;
  platformClientId(): Promise<string>;
  platformActive(active?: boolean): Promise<boolean>;
  platformAuthorizationServer(): Promise<string>;
  platformAccessTokenEndpoint(): Promise<string>;
  /** A token from the store or, if none is valid, from the platform. */
  platformAccessToken(scopes: string): Promise<{ access_token: string; token_type: string }>;
};

export type Ltijs = {
  setup(key: string, database: { plugin: LtijsStore }, options: { cors: false }): void;
  registerPlatform(platform: {
    url: string;
    clientId: string;
    name: string;
    authenticationEndpoint: string;
    accesstokenEndpoint: string;
    authorizationServer?: string;
    authConfig: { method: 'JWK_SET'; key: string };
  }): Promise<LtijsPlatform>;
  getPlatform(url: string, clientId: string): Promise<LtijsPlatform | false>;
};

export type LtijsWorld = Pick<Context, 'db' | 'secret' | 'now' | 'fetch'>;

const instances = new WeakMap<Context['db'], Ltijs>();

/** The ltijs of this world, loaded at its first use. */
export function ltijsOf(ctx: LtijsWorld): Ltijs {
  const known = instances.get(ctx.db);
  if (known) return known;
  const provider = loadLtijs(ctx);
  provider.setup(
    deriveKey(ctx.secret, 'ltijs').toString('hex'),
    { plugin: ltijsStore(ctx) },
    { cors: false },
  );
  instances.set(ctx.db, provider);
  return provider;
}

type Auth = {
  generatePlatformKeyPair(key: string, store: LtijsStore, issuer: string, clientId: string): Promise<string>;
  getAccessToken(scopes: string, platform: LtijsPlatform, key: string, store: LtijsStore): Promise<object>;
};

function loadLtijs(ctx: LtijsWorld): Ltijs {
  const require = createRequire(import.meta.url);
  const { version } = require('ltijs/package.json') as { version: string };
  if (version !== '5.9.9')
    throw new Error(`ltijs must be 5.9.9, which src/lti/ltijs.ts was written against, but is ${version}`);
  const own = /[\\/]node_modules[\\/]ltijs[\\/](dist[\\/]|index\.js$)/;
  const forget = () => {
    for (const path of Object.keys(require.cache)) if (own.test(path)) delete require.cache[path];
  };
  const replace = (name: string, exports: unknown) => {
    const path = require.resolve(`ltijs/dist/Utils/${name}.js`);
    require.cache[path] = Object.assign(new Module(path), { exports, filename: path, loaded: true });
  };
  forget();
  replace('Http', httpFor(ctx));
  replace('Server', NoServer);
  replace('Database', noDatabase);
  const auth = require('ltijs/dist/Utils/Auth.js') as Auth;
  if (!auth.generatePlatformKeyPair || !auth.getAccessToken)
    throw new Error('ltijs has not the functions that we replace');
  auth.generatePlatformKeyPair = (_key, _store, issuer, clientId) => claimKey(ctx, { issuer, clientId });
  auth.getAccessToken = requestToken(ctx);
  const provider = require('ltijs/dist/Provider/Provider.js') as Ltijs;
  forget();
  return provider;
}

/** The client-credentials grant with a signed assertion (1EdTech Security Framework 1.0 §4.1.1). */
function requestToken(ctx: LtijsWorld): Auth['getAccessToken'] {
  return async (scopes, platform, key, store) => {
    const [platformUrl, clientId] = [await platform.platformUrl(), await platform.platformClientId()];
    const assertion = await signJwt(
      ctx,
      { kid: await platform.platformKid() },
      { iss: clientId, sub: clientId, aud: await platform.platformAuthorizationServer(), jti: randomUUID() },
      240,
    );
    const answer = await askPlatform(ctx, await platform.platformAccessTokenEndpoint(), {
      method: 'POST',
      headers: { Accept: 'application/json', 'Content-Type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
        scope: scopes,
      }).toString(),
    });
    const body = answer.json() as { access_token?: unknown; token_type?: unknown } | undefined;
    if (!answer.ok || typeof body?.access_token !== 'string') throw answer.failure();
    // Some platforms leave token_type out, on which ltijs stumbles.
    const token = {
      ...body,
      token_type: typeof body.token_type === 'string' && body.token_type ? body.token_type : 'Bearer',
    };
    await store.Replace(
      key,
      'accesstoken',
      { platformUrl, clientId, scopes },
      { token },
      { platformUrl, clientId, scopes },
    );
    return token;
  };
}

/** The part of `got` that ltijs uses. */
function httpFor(ctx: LtijsWorld) {
  type Options = {
    headers?: Record<string, string>;
    json?: unknown;
    form?: Record<string, string>;
    searchParams?: string | URLSearchParams;
  };
  const ask =
    (method: string) =>
    (address: string, options: Options = {}) => {
      const url = new URL(address);
      if (options.searchParams)
        for (const [k, v] of new URLSearchParams(options.searchParams)) url.searchParams.append(k, v);
      const answering = askPlatform(ctx, url.href, {
        method,
        headers: options.headers,
        body: options.form
          ? new URLSearchParams(options.form).toString()
          : options.json === undefined
            ? undefined
            : JSON.stringify(options.json),
      }).then((answer) => {
        if (!answer.ok) throw answer.failure();
        return { statusCode: answer.status, headers: answer.headers, body: answer.text, json: answer.json };
      });
      return Object.assign(answering, { json: async () => (await answering).json() });
    };
  return { get: ask('GET'), post: ask('POST'), put: ask('PUT'), delete: ask('DELETE') };
}

/** Stands where ltijs would build its Express app: takes routes and keeps none. */
class NoServer {
  app = { use: () => undefined, all: () => undefined, get: () => undefined };
}

/** ltijs makes its own mongoose connection only where it was given no plugin; here it always is. */
function noDatabase(): never {
  throw new Error('ltijs must be given its store');
}
