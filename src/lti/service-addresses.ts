import { isIP } from 'node:net';
import type { Message } from './claims.ts';
import { LaunchRefused } from './errors.ts';
import type { PlatformRecord } from './platform.model.ts';
import { hasVanityHosts } from './quirks.ts';
import { isServiceHost } from './service-hosts.ts';

type Platform = Pick<
  PlatformRecord,
  'family' | 'issuer' | 'authorizationEndpoint' | 'tokenEndpoint' | 'jwksUri' | 'serviceHosts'
>;

/**
 * Where we send grades and bearer tokens, ask for members, and where a browser posts what was picked: as safe as where the platform
 * takes our token requests, and the services on a host of the platform. A token that says otherwise would have us call on anybody.
 */
export function checkServices({ services, deepLinking }: Message, platform: Platform): void {
  const called = {
    lineitem: services.lineItem,
    lineitems: services.lineItems,
    context_memberships_url: services.memberships,
  };
  const opened = { deep_link_return_url: deepLinking?.returnUrl };
  const unsafe = faultsOf({ ...called, ...opened }, 'must be an https address', (url) =>
    isSafe(platform, url),
  );
  const elsewhere = faultsOf(called, 'is not on a host of the platform', (url) =>
    isOfPlatform(platform, url),
  );
  if (unsafe.length > 0) throw new LaunchRefused('claims', { faults: [...unsafe, ...elsewhere] });
  if (elsewhere.length === 0) return;
  const hosts = [...new Set(elsewhereOf(called, platform))].join(', ');
  throw new LaunchRefused('service-hosts', { faults: elsewhere, values: { hosts }, members: { hosts } });
}

function elsewhereOf(addresses: Record<string, string | undefined>, platform: Platform): string[] {
  return Object.values(addresses)
    .flatMap((address) => (address === undefined ? [] : new URL(address)))
    .filter((url) => !isOfPlatform(platform, url))
    .map(({ hostname }) => hostname.slice(0, 253));
}

function faultsOf(
  addresses: Record<string, string | undefined>,
  rule: string,
  keeps: (url: URL) => boolean,
): string[] {
  return Object.entries(addresses)
    .filter(([, address]) => address !== undefined && !keeps(new URL(address)))
    .map(([claim, address]) => `${claim}: ${rule} (${new URL(address!).host.slice(0, 100)})`);
}

function isSafe(platform: Platform, url: URL): boolean {
  return url.protocol === 'https:' || platform.tokenEndpoint.startsWith('http:');
}

/**
 * The host of one of the addresses it is known by, one above or below it, or one beside it: lms.example.org and api.example.org.
 * Or one that an administrator has named.
 */
export function isOfPlatform(platform: Platform, url: URL): boolean {
  if (hasVanityHosts(platform.family)) return true;
  if (isServiceHost(platform.serviceHosts, url.hostname)) return true;
  const { issuer, authorizationEndpoint, tokenEndpoint, jwksUri } = platform;
  return [issuer, authorizationEndpoint, tokenEndpoint, jwksUri].some(
    (known) => URL.canParse(known) && areRelated(new URL(known).hostname, url.hostname),
  );
}

/** The host of an address that was the platform's when we were told it, and is not now; undefined: it still is. */
export function elsewhere(platform: Platform, address: string): string | undefined {
  if (!URL.canParse(address) || isOfPlatform(platform, new URL(address))) return undefined;
  return new URL(address).hostname.slice(0, 253);
}

function areRelated(a: string, b: string): boolean {
  if (a === b) return true;
  if (isAddress(a) || isAddress(b)) return false;
  return isBelow(a, b) || isBelow(b, a) || isBelow(a, parentOf(b)) || isBelow(b, parentOf(a));
}

function isBelow(host: string, domain: string): boolean {
  return domain.includes('.') && host.endsWith(`.${domain}`);
}

function parentOf(host: string): string {
  return host.slice(host.indexOf('.') + 1);
}

function isAddress(host: string): boolean {
  return host.startsWith('[') || isIP(host) > 0;
}
