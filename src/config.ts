import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';

/** What an operator may set. Everything is parsed once, here; nothing else reads the environment. */
export type Config = {
  port: number;
  /** The address to listen on: loopback only while nobody has set PUBLIC_URL. */
  host: string;
  /** Origin of pages, LTI and API, without a trailing slash. */
  publicUrl: string;
  /** Origin of the player and of course files. `*` in its host becomes one label for each course version. */
  contentUrl: string;
  dataDir: string;
  /** Absent: the embedded store, in `dataDir`. */
  mongodbUrl?: string;
  /** The embedded store acknowledges nothing that a power cut could take. Without, it flushes now and then; `kill -9` still takes nothing. */
  storeFlush: boolean;
  /** Signs content paths and encrypts keys at rest; absent: kept in `dataDir/secret`. */
  secret?: string;
  /** Present while PUBLIC_URL is not set: the sandbox LMS runs, on this origin. */
  sandboxUrl?: string;
  /** A course that is open and not heard of for so long counts as left. */
  sessionMinutes: number;
  maxUploadBytes: number;
  /** May platforms live on private or loopback addresses? (They may when we do.) */
  allowPrivateNetworks: boolean;
  logLevel: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent';
  trustProxy: boolean;
  lti: LtiSettings;
};

export type LtiSettings = z.infer<typeof ltiSettings>;

/** A setting that stops the start; the message is the whole sentence an operator reads. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

const origin = z.string().transform((value, issue) => {
  const starred = value.includes('://*.');
  if (!URL.canParse(value.replace('://*.', '://x.'))) {
    issue.addIssue(`must be an address like https://courses.example.org, but is "${value}"`);
    return z.NEVER;
  }
  const url = new URL(value.replace('://*.', '://x.'));
  if (!/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash) {
    issue.addIssue(`must be http(s)://host[:port] without a path, but is "${value}"`);
    return z.NEVER;
  }
  return starred ? url.origin.replace('://x.', '://*.') : url.origin;
});

const flag = z
  .enum(['true', 'false', '1', '0', 'yes', 'no'])
  .transform((v) => ['true', '1', 'yes'].includes(v));

const environment = z.object({
  PORT: z.coerce.number().int().min(1).max(65535).default(3000),
  HOST: z.string().optional(),
  PUBLIC_URL: origin.optional(),
  CONTENT_URL: origin.optional(),
  DATA_DIR: z.string().default('./data'),
  MONGODB_URL: z
    .string()
    .regex(/^mongodb(\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
    .optional(),
  STORE_FLUSH: flag.default(true),
  SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  SANDBOX_PORT: z.coerce.number().int().min(1).max(65535).optional(),
  SESSION_MINUTES: z.coerce
    .number()
    .min(1)
    .max(24 * 60)
    .default(60),
  MAX_UPLOAD_MB: z.coerce.number().positive().default(2048),
  ALLOW_PRIVATE_NETWORKS: flag.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'silent']).default('info'),
  TRUST_PROXY: flag.default(false),
});

const ltiSettings = z.strictObject({
  title: z.string().min(1).max(100).default('Coursedock'),
  description: z.string().max(500).default('Courses from Coursedock, with grades'),
  icon: z.string().default('/icon.svg'),
  scopes: z.array(z.url()).default([]),
  placements: z.array(z.record(z.string(), z.unknown())).default([]),
  custom_fields: z.record(z.string(), z.string()).default({}),
  privacy_level: z.enum(['anonymous', 'name_only', 'email_only', 'public']).default('public'),
  platforms: z
    .array(
      z.strictObject({
        name: z.string(),
        issuer: z.string(),
        client_id: z.string(),
        deployment_ids: z.array(z.string()).default([]),
        authorization_endpoint: z.url(),
        token_endpoint: z.url(),
        jwks_uri: z.url(),
        authorization_server: z.string().optional(),
        service_hosts: z
          .array(z.hostname('must be the name of a host, such as services.example.org'))
          .max(20)
          .default([]),
      }),
    )
    .default([]),
});

/** Turns an environment and the text of lti-config.json into a configuration, or throws a {@link ConfigError}. */
export function readConfig(env: Record<string, string | undefined>, ltiJson: unknown = {}): Config {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const e = explain(environment.safeParse(set), '');
  const lti = explain(ltiSettings.safeParse(ltiJson), 'lti-config.json: ');
  if (e.PUBLIC_URL?.includes('*'))
    throw new ConfigError('PUBLIC_URL must name one host; only CONTENT_URL may have a "*".');
  const publicUrl = e.PUBLIC_URL ?? `http://localhost:${e.PORT}`;
  const contentUrl = e.CONTENT_URL ?? otherLoopback(publicUrl);
  if (!contentUrl || contentUrl === publicUrl) {
    throw new ConfigError(
      "CONTENT_URL must be set to another origin than PUBLIC_URL, because courses are other people's code and must " +
        'not run where your users are signed in. Point a second host name at this server, such as ' +
        'https://content.example.org, and set CONTENT_URL to it.',
    );
  }
  return {
    port: e.PORT,
    host: e.HOST ?? (e.PUBLIC_URL ? '::' : '127.0.0.1'),
    publicUrl,
    contentUrl,
    dataDir: resolve(e.DATA_DIR),
    mongodbUrl: e.MONGODB_URL,
    storeFlush: e.STORE_FLUSH,
    secret: e.SECRET,
    sandboxUrl: e.PUBLIC_URL ? undefined : `http://127.0.0.1:${e.SANDBOX_PORT ?? e.PORT + 1}`,
    sessionMinutes: e.SESSION_MINUTES,
    maxUploadBytes: e.MAX_UPLOAD_MB * 1024 * 1024,
    allowPrivateNetworks: e.ALLOW_PRIVATE_NETWORKS ?? isLoopback(publicUrl),
    logLevel: e.LOG_LEVEL,
    trustProxy: e.TRUST_PROXY,
    lti,
  };
}

/** Reads the real environment and `lti-config.json` beside package.json (or in the working directory). */
export function loadConfig(): Config {
  return readConfig(process.env, readLtiFile());
}

function readLtiFile(): unknown {
  const path = [resolve('lti-config.json'), resolve(import.meta.dirname, '../lti-config.json')].find(
    existsSync,
  );
  if (!path) return {};
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} is not valid JSON: ${(cause as Error).message}`);
  }
}

function explain<T>(result: z.ZodSafeParseResult<T>, where: string): T {
  if (result.success) return result.data;
  const sentences = result.error.issues.map((issue) => `${where}${issue.path.join('.')} ${issue.message}.`);
  throw new ConfigError(sentences.join('\n'));
}

/** The same server by the other name that every machine has for itself, where `url` is one of the two. */
function otherLoopback(url: string): string | undefined {
  const { protocol, hostname, port } = new URL(url);
  const other = { localhost: '127.0.0.1', '127.0.0.1': 'localhost' }[hostname];
  return other && `${protocol}//${other}${port && `:${port}`}`;
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === 'localhost' || hostname.endsWith('.localhost') || /^127\.|^\[::1\]$/.test(hostname);
}
