import { lookup as resolve, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, fetch as undiciFetch } from 'undici';

/**
 * `fetch` for addresses that somebody else gave us: a platform's, a subscriber's. The address a name resolves to is
 * checked where the connection is made, so that a name that changes its mind (DNS rebinding) gains nothing.
 * Redirects are not followed, answers end after 10 s or 5 MB.
 */
export function guardedFetch(options: { allowPrivateNetworks: boolean }): typeof globalThis.fetch {
  const agent = new Agent({
    connect: { lookup: options.allowPrivateNetworks ? undefined : publicOnly, timeout: 5_000 },
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    maxResponseSize: 5 * 1024 * 1024,
  });
  const guarded = (input: string | URL, init: RequestInit = {}) => {
    const url = new URL(String(input));
    if (!/^https?:$/.test(url.protocol)) throw new BlockedAddress(url.href);
    const host = url.hostname.replace(/^\[|\]$/g, '');
    if (!options.allowPrivateNetworks && isIP(host) && !isPublic(host))
      throw new BlockedAddress(url.hostname);
    return undiciFetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
      ...(init as object),
      dispatcher: agent,
    });
  };
  return guarded as unknown as typeof globalThis.fetch;
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

const publicOnly: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, found) => {
    const addresses = found as LookupAddress[];
    if (error) return callback(error, '', 0);
    const allowed = addresses.filter(({ address }) => isPublic(address));
    const first = allowed[0];
    if (!first) return callback(new BlockedAddress(hostname), '', 0);
    if (options.all) (callback as unknown as (e: null, a: LookupAddress[]) => void)(null, allowed);
    else callback(null, first.address, first.family);
  });
};

function isPublic(address: string): boolean {
  return ipaddr.process(address).range() === 'unicast';
}
