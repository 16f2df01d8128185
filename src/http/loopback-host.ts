// Whether a host is this machine by its name alone. Nothing is looked up.
import { isIPv4 } from 'node:net';

/**
 * `localhost` and names below it (RFC 6761 section 6.3), 127.0.0.0/8 and ::1.
 *
 * @param host in any case; an IPv6 address with or without brackets
 */
export function isLoopbackHost(host: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || name.endsWith('.localhost')) return true;
  return isIPv4(name) ? name.startsWith('127.') : ['::1', '[::1]', '0:0:0:0:0:0:0:1'].includes(name);
}
