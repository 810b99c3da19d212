import ipaddr from 'ipaddr.js';

/** What every machine of a cloud reaches although it looks public: Azure's own server for its virtual machines. */
const inside = new Set(['168.63.129.16']);

/** Is it an address of the internet: not this machine, not its network, nothing reserved, and nothing that stands for one of those? */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const read = ipaddr.process(address);
  if (read.range() !== 'unicast' || inside.has(read.toString())) return false;
  // Addresses are given out of 2000::/3; ::a.b.c.d (RFC 4291 §2.5.5.1) and whatever else is left mean no public host.
  return read.kind() === 'ipv4' || read.match(ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]);
}
