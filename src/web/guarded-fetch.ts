import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { Agent, fetch as undiciFetch } from 'undici';
import { isPublic } from './public-address.ts';

/** Asks for the addresses of a name, as node:dns does. */
type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, found: LookupAddress[]) => void,
) => void;

type Options = {
  allowPrivateNetworks: boolean;
  /** The longest an answer may take, whole, in milliseconds. */
  longestMs?: number;
  /** The most an answer may hold, unpacked. */
  mostBytes?: number;
  resolve?: Resolve;
  /** Which resolved addresses are good. A test has no public one. */
  isGood?: (address: string) => boolean;
};

/**
 * `fetch` for addresses that somebody else gave us: a platform's, a subscriber's. The address a name resolves to is
 * checked where the connection is made, so that a name that changes its mind (DNS rebinding) gains nothing.
 * Redirects are never followed, answers end after 10 s or 5 MB, whatever their caller asks for.
 */
export function guardedFetch({
  allowPrivateNetworks,
  longestMs = 10_000,
  mostBytes = 5 * 1024 * 1024,
  resolve = systemLookup,
  isGood = isPublic,
}: Options): typeof globalThis.fetch {
  const agent = new Agent({
    connect: { lookup: allowPrivateNetworks ? undefined : publicOnly(resolve, isGood), timeout: 5_000 },
    headersTimeout: longestMs,
    bodyTimeout: longestMs,
    maxResponseSize: mostBytes,
  });
  const guarded = async (input: string | URL, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input));
    if (!/^https?:$/.test(url.protocol)) throw new BlockedAddress(url.href);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!allowPrivateNetworks && isIP(host) && !isPublic(host)) throw new BlockedAddress(url.hostname);
    const limits = [AbortSignal.timeout(longestMs), ...(init.signal ? [init.signal] : [])];
    const answer = await undiciFetch(url, {
      ...(init as object),
      redirect: 'manual',
      signal: AbortSignal.any(limits),
      dispatcher: agent,
    });
    return bounded(answer as unknown as Response, mostBytes);
  };
  return guarded as typeof globalThis.fetch;
}

/** Counts what comes out of a body: a few packed kilobytes may be gigabytes. */
function bounded(answer: Response, mostBytes: number): Response {
  if (!answer.body) return answer;
  let bytes = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      bytes += chunk.byteLength;
      if (bytes > mostBytes) controller.error(new Error(`The answer is larger than ${mostBytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
  const { status, statusText, headers } = answer;
  return new Response(answer.body.pipeThrough(count), { status, statusText, headers });
}

/** The address is private, loopback, link-local or otherwise nobody else's business. */
export class BlockedAddress extends Error {
  override name = 'BlockedAddress';
  constructor(host: string) {
    super(
      `${host} is not a public address; set ALLOW_PRIVATE_NETWORKS=true if your platforms live on a private network`,
    );
  }
}

function publicOnly(resolve: Resolve, isGood: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, '', 0);
      const allowed = found.filter(({ address }) => isGood(address));
      const first = allowed[0];
      if (!first) return callback(new BlockedAddress(hostname), '', 0);
      if (options.all)
        (callback as unknown as (error: null, addresses: LookupAddress[]) => void)(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}
