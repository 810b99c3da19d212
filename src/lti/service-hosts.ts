import { isIP } from 'node:net';
import { isPublic } from '../web/public-address.ts';

/** The most that one platform may be given: an LMS has a few. */
export const mostServiceHosts = 20;

/**
 * A host that somebody names, as addresses have it: small, without port, in ASCII. Undefined: it is none, or not one of the
 * internet. Where a name leads is seen when it is called (web/guarded-fetch.ts).
 */
export function readServiceHost(text: string): string | undefined {
  const address = /^https?:\/\//i.test(text) ? text : `https://${text}`;
  if (!URL.canParse(address)) return undefined;
  const { hostname, username, password } = new URL(address);
  if (username || password || isInside(hostname)) return undefined;
  return /^(?=.{1,253}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(hostname) || isAddress(hostname)
    ? hostname
    : undefined;
}

/** May services be there because an administrator said so? Never at an address of this machine or its network. */
export function isServiceHost(hosts: string[] | undefined, hostname: string): boolean {
  return hosts?.includes(hostname) === true && !isInside(hostname);
}

function isInside(hostname: string): boolean {
  if (isAddress(hostname)) return !isPublic(hostname.replace(/^\[|\]$/g, ''));
  return !hostname.includes('.') || hostname.endsWith('.localhost');
}

function isAddress(hostname: string): boolean {
  return hostname.startsWith('[') || isIP(hostname) > 0;
}
