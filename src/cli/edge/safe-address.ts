// Where a token may be sent at all: by https, or to this very computer.

/** Names of this machine, whatever the resolver says of them (RFC 6761 section 6.3). */
export function isLocalName(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost');
}

export function isSafeAddress({ protocol, hostname }: URL): boolean {
  const isHere = isLocalName(hostname) || hostname === '[::1]' || /^127(?:\.\d{1,3}){3}$/.test(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isHere);
}
