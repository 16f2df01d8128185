// Who is at the other end: the client's address, scheme and country. The peer of the connection is believed about itself;
// what it says of others counts only when it is in the list of trusted proxies.
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { headerClaim } from './header-families.ts';
import { foldHeaderName } from './header-name.ts';
import { isLoopbackHost } from './loopback-host.ts';
import { isInNetwork, type Network, parseAddressWords, parseCidr } from './network.ts';
import { ownCopy } from './own-copy.ts';

export interface TrustedProxies {
  /** Whether a canonical address lies in the list. */
  readonly isTrusted: (ip: string) => boolean;
  readonly isEmpty: boolean;
}

/** The most trusted proxies in a row, and how many addresses are remembered. */
const mostHops = 64;
/** The longest text of one hop, brackets, port and blanks around it included. */
const longestHop = 128;
const mostRemembered = 4096;

/**
 * Compile the list of trusted proxies.
 *
 * @param cidrs `192.0.2.0/24`, `2001:db8::/32`, or single addresses
 * @throws RangeError for text that is not a CIDR, and for a prefix of zero length, which would trust everybody
 */
export function compileTrustedProxies(cidrs: readonly string[]): TrustedProxies {
  const networks = cidrs.map(parseTrusted);
  const remembered = new Map<string, boolean>();
  return {
    isEmpty: networks.length === 0,
    isTrusted(ip) {
      const known = remembered.get(ip);
      if (known !== undefined) return known;
      const count = parseAddressWords(ip, words);
      const isMember = networks.some((network) => isInNetwork(network, words, count));
      if (remembered.size >= mostRemembered) remembered.clear();
      remembered.set(ownCopy(ip), isMember);
      return isMember;
    },
  };
}

function parseTrusted(cidr: string): Network {
  const network = parseCidr(cidr);
  if ('problem' in network) throw new RangeError(`\`${cidr}\` is not an address range`);
  if (network.prefix === 0) throw new RangeError(`\`${cidr}\` is not an address range that can be trusted`);
  return network;
}

const words = new Uint32Array(4);
const canonical = new Map<string, string | null>();

/**
 * The canonical text of an address, or `null` when it is not an address: four plain decimal octets, or IPv6 without a zone id.
 * IPv4-mapped IPv6 becomes IPv4, so that `::ffff:10.0.0.1` meets the rules for `10.0.0.1`.
 */
export function canonicalIp(text: string): string | null {
  const known = canonical.get(text);
  if (known !== undefined) return known;
  const made = makeCanonical(text);
  if (text.length <= 64) {
    if (canonical.size >= mostRemembered) canonical.clear();
    canonical.set(ownCopy(text), made);
  }
  return made;
}

function makeCanonical(text: string): string | null {
  const version = isIP(text);
  if (version === 4) return ownCopy(text);
  if (version !== 6 || text.includes('%')) return null;
  const address = ipaddr.IPv6.parse(text);
  if (address.isIPv4MappedAddress()) return address.toIPv4Address().toString();
  // The URL parser writes RFC 5952 form, also for addresses that end in an IPv4 address.
  return new URL(`http://[${text}]/`).hostname.slice(1, -1);
}

/**
 * The client's address in canonical form; `null` when unknown: a Unix socket, or a trusted proxy that talks nonsense.
 *
 * `X-Forwarded-For` is walked from the right: each hop was written by the one after it, so the first that is not a trusted
 * proxy is the client. Any other header holds one address. A trusted proxy that sends no such header asks for itself.
 *
 * @param peer the address of the connection, `null` for a Unix socket, which is never a trusted proxy
 * @param header the field that trusted proxies fill, in any case; `null`: `X-Forwarded-For`
 */
export function clientAddress(
  peer: string | null,
  rawHeaders: readonly string[],
  trust: TrustedProxies,
  header: string | null,
): string | null {
  const peerIp = peer === null ? null : canonicalIp(withoutZone(peer));
  if (peerIp === null || !isTrustedPeer(peerIp, trust)) return peerIp;
  const name = header === null ? 'x-forwarded-for' : header.toLowerCase();
  const said = fieldValues(rawHeaders, name);
  if (said.length === 0) return peerIp;
  return name === 'x-forwarded-for' ? walk(said, trust) : soleIp(said);
}

/** The country that a trusted proxy names, ISO 3166-1 alpha-2 in upper case; `null` when none does. */
export function clientCountry(
  peer: string | null,
  rawHeaders: readonly string[],
  trust: TrustedProxies,
  header: string | null,
): string | null {
  if (header === null || peer === null || !isTrustedPeer(canonicalIp(withoutZone(peer)), trust)) return null;
  const values = fieldValues(rawHeaders, header.toLowerCase());
  const [value = ''] = values;
  const country = values.length === 1 && value.length <= longestHop ? trimBlanks(value).toUpperCase() : '';
  // `XX` is what CDNs say when they do not know.
  return /^[A-Z]{2}$/.test(country) && country !== 'XX' ? country : null;
}

/**
 * Whether any field says that the request came from another machine, be the sender trusted or not: what is refused for it can be
 * refused on anybody's word. What cannot be read says so too.
 */
export function isSaidToBeFar(rawHeaders: readonly string[]): boolean {
  return rawHeaders.some(
    (name, index) =>
      index % 2 === 0 &&
      headerClaim(foldHeaderName(name)) === 'address' &&
      !(rawHeaders[index + 1] ?? '').split(',').every((hop) => isLoopbackHost(hopIp(hop) ?? '')),
  );
}

/**
 * The address of a peer, for the log and for lists: where one listener takes IPv4 and IPv6, the kernel writes `::ffff:192.0.2.1`.
 *
 * @param peer as the kernel writes it @returns as it came where it is not an address
 */
export function peerAddress(peer: string | undefined): string | null {
  return peer === undefined ? null : (canonicalIp(withoutZone(peer)) ?? peer);
}

/** Whether a peer, as the kernel writes its address, is in the list. */
export function isTrustedProxy(peer: string, trust: TrustedProxies): boolean {
  return isTrustedPeer(canonicalIp(withoutZone(peer)), trust);
}

function isTrustedPeer(peerIp: string | null, trust: TrustedProxies): boolean {
  return !trust.isEmpty && peerIp !== null && trust.isTrusted(peerIp);
}

/** The kernel names the zone of a link-local peer; it is not a part of the address that a rule can name. */
function withoutZone(peer: string): string {
  const at = peer.indexOf('%');
  return at === -1 ? peer : peer.slice(0, at);
}

function fieldValues(rawHeaders: readonly string[], lowerName: string): string[] {
  const values: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === lowerName.length && name.toLowerCase() === lowerName)
      values.push(rawHeaders[i + 1] ?? '');
  }
  return values;
}

/** What stands before the client's own hop is the client's writing: its length and its sense change nothing. */
function walk(values: readonly string[], trust: TrustedProxies): string | null {
  const list = values.join(',');
  let end = list.length;
  for (let hops = 1; hops <= mostHops; hops++) {
    const comma = list.lastIndexOf(',', end - 1);
    const ip = hopIp(list.slice(comma + 1, end));
    // Trusted proxies all the way: the farthest one asks for itself.
    if (ip === null || !trust.isTrusted(ip) || comma === -1) return ip;
    end = comma;
  }
  return null;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`. */
function hopIp(hop: string): string | null {
  if (hop.length > longestHop) return null;
  const text = trimBlanks(hop);
  const bracketed = /^\[([0-9a-f:.]{2,45})\](?::[0-9]{1,5})?$/i.exec(text);
  if (bracketed !== null) return canonicalIp(bracketed[1] ?? '');
  const withPort = /^([0-9.]{7,15}):[0-9]{1,5}$/.exec(text);
  return canonicalIp(withPort?.[1] ?? text);
}

/**
 * Blanks of HTTP alone: what else JavaScript would trim is not a part of an address.
 *
 * @param text of at most {@link longestHop} characters
 */
function trimBlanks(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '');
}

function soleIp(values: readonly string[]): string | null {
  return values.length === 1 ? hopIp(values[0] ?? '') : null;
}
