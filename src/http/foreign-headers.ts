// Request fields that a client must not bring: those with which proxies tell applications who asks, from where and for what.
// Names are in folded form (header-name.ts), so every spelling counts. Pure data; request-headers.ts applies it.

/** Hop-by-hop fields and framing (RFC 9110 section 7.6.1); the forwarder makes its own. */
export const hopByHop: ReadonlySet<string> = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authenticate', 'proxy-authorization', 'http2-settings', 'expect'],
]);

/** Families: every name that begins so. */
export const foreignPrefixes: readonly string[] = [
  // Ours, and what every proxy in front says.
  ...['x-bouncer', 'x-forwarded', 'forwarded-', 'x-original-', 'x-rewrite-', 'x-replaced-path', 'x-envoy-'],
  // Orders to a server behind: another path, another file, another method, an internal call.
  ...[
    'x-accel-',
    'x-sendfile',
    'x-middleware-',
    'x-http-method',
    'x-method-override',
    'x-http-host',
    'x-http-dest',
  ],
  // Identity, as other proxies and their users' applications spell it.
  ...[
    'x-auth-request-',
    'x-pomerium-',
    'x-authentik-',
    'x-authelia-',
    'x-vouch-',
    'x-webauth-',
    'x-goog-iap-',
  ],
  ...[
    'x-goog-authenticated-',
    'x-amzn-oidc-',
    'x-ms-client-principal',
    'x-ms-token-',
    'cf-access-',
    'remote-',
  ],
  ...[
    'x-remote-',
    'x-authenticated-',
    'x-consumer-',
    'x-credential-',
    'tailscale-',
    'teleport-',
    'oidc-',
    'shib-',
  ],
  ...['iv-', 'sm-user', 'sm-universalid', 'x-sso-', 'x-proxy-user', 'x-ssl-', 'ssl-client-', 'x-client-cert'],
];

/** Single names. */
export const foreignNames: ReadonlySet<string> = new Set([
  // The client's address.
  ...['forwarded', 'x-real-ip', 'real-ip', 'x-client-ip', 'client-ip', 'x-cluster-client-ip', 'x-true-ip'],
  ...[
    'true-client-ip',
    'cf-connecting-ip',
    'cf-connecting-ipv6',
    'cf-pseudo-ipv4',
    'cf-ipcountry',
    'cf-visitor',
  ],
  ...['fastly-client-ip', 'fly-client-ip', 'x-azure-clientip', 'x-azure-socketip', 'x-originating-ip'],
  ...['x-custom-ip-authorization', 'x-proxyuser-ip', 'x-appengine-user-ip'],
  // The address of the request.
  ...['x-host', 'x-url-scheme', 'x-scheme', 'front-end-https', 'x-arr-ssl', 'x-override-url', 'x-proxy-url'],
  ...['proxy', 'proxy-host', 'proxy-url', 'request-uri', 'base-url', 'http-url', 'x-override-method'],
  // Identity.
  ...['x-auth-user', 'x-auth-username', 'x-auth-userid', 'x-auth-groups', 'x-auth-roles', 'x-auth-subject'],
  ...['auth-user', 'auth-type', 'x-anonymous-consumer', 'smuser', 'x-user', 'x-user-email', 'x-user-groups'],
]);

/** Whether a field of this folded name never goes from the client to an application. */
export function isForeignHeader(folded: string): boolean {
  return foreignNames.has(folded) || foreignPrefixes.some((prefix) => folded.startsWith(prefix));
}
