import type { createRemoteJWKSet } from 'jose';
import type { Logger } from 'pino';
import type { Store } from './store.ts';
import type { Trouble } from './trouble.ts';

/** The sandbox's own world, handed to its routes. */
export type Lms = {
  /** Its origin and LTI issuer, without a trailing slash. */
  url: string;
  /** The origin of the tool that it is made for. */
  toolUrl: string;
  store: Store;
  now: () => Date;
  log: Logger;
  /** What is wrong with this LMS today; tests set it. */
  trouble: Trouble;
  /** What the tool's server asked, newest last; kept in memory for tests. */
  heard: Heard[];
  /** The tool's public keys, by the address they were read from. */
  toolKeys: Map<string, ReturnType<typeof createRemoteJWKSet>>;
};

export type Heard = { method: string; path: string; status: number; body?: unknown };
