// Whose share an address counts to: itself, or for IPv6 the /64 that one household or machine commonly has to itself.
import { canonicalIp } from './client-address.ts';

/**
 * The network of an address as a key: an IPv4 address as it is, of an IPv6 address the first 64 bits.
 *
 * @param address as the kernel writes it, with or without a zone; anything else is a key of its own
 */
export function clientNetwork(address: string): string {
  const zone = address.indexOf('%');
  const ip = canonicalIp(zone === -1 ? address : address.slice(0, zone));
  if (ip === null || !ip.includes(':')) return ip ?? address;
  const gap = ip.indexOf('::');
  const before = (gap === -1 ? ip : ip.slice(0, gap)).split(':').filter((group) => group !== '');
  const after =
    gap === -1
      ? []
      : ip
          .slice(gap + 2)
          .split(':')
          .filter((group) => group !== '');
  const groups = [
    ...before,
    ...Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0'),
    ...after,
  ];
  return `${groups.slice(0, 4).join(':')}::/64`;
}
