// Request fields with which proxies tell applications who asks, from where, and for what: in families by what they claim. A client
// that could send one would be believed, so none goes from a client to an application. Pure data; header-plan.ts applies it.
import { foldHeaderName } from './header-name.ts';
import { rememberKinds } from './remember-kinds.ts';

/** What a field claims about the request. */
export type HeaderClaim = 'identity' | 'address' | 'scheme and host' | 'path' | 'method';

/** Fields of one origin: `*` at the end of a name stands for whatever follows. Every spelling counts (header-name.ts). */
export interface HeaderFamily {
  readonly claim: HeaderClaim;
  /** Whose fields they are. */
  readonly of: string;
  /** Where that is written; `null`: in many places. */
  readonly source: string | null;
  readonly names: readonly string[];
}

/** Every family. What comes first wins over a later `*`; a whole name wins over every `*`. */
export const headerFamilies: readonly HeaderFamily[] = [
  {
    claim: 'identity',
    of: 'bouncer',
    source: null,
    names: ['X-Bouncer*'],
  },
  {
    claim: 'identity',
    of: 'other access proxies',
    source: 'https://oauth2-proxy.github.io/oauth2-proxy/configuration/overview',
    names: [
      ...['X-Auth-Request-*', 'X-Pomerium-*', 'X-Authentik-*', 'X-Authelia-*', 'X-Vouch-*', 'X-Webauth-*'],
      ...['Cf-Access-*', 'Tailscale-*', 'Teleport-*', 'X-Forwarded-User*', 'X-Forwarded-Email'],
      ...['X-Forwarded-Groups', 'X-Forwarded-Preferred-Username', 'X-Forwarded-Access-Token'],
    ],
  },
  {
    claim: 'identity',
    of: 'web servers and single sign-on agents',
    source: 'https://shibboleth.atlassian.net/wiki/spaces/SP3/pages/2065335062/AttributeAccess',
    names: [
      ...[
        'Remote-*',
        'X-Remote-*',
        'Auth-User',
        'Auth-Type',
        'OIDC-*',
        'Shib-*',
        'IV-*',
        'SM-User*',
        'SMUser',
      ],
      ...['SM-Universalid*', 'X-SSO-*', 'X-Proxy-User*', 'X-Authenticated-*'],
      ...[
        'X-Auth-User',
        'X-Auth-Username',
        'X-Auth-Userid',
        'X-Auth-Groups',
        'X-Auth-Roles',
        'X-Auth-Subject',
      ],
      ...['X-User', 'X-User-Email', 'X-User-Groups'],
    ],
  },
  {
    claim: 'identity',
    of: 'API gateways',
    source: 'https://docs.konghq.com/hub/kong-inc/oauth2-introspection/',
    names: [
      ...['X-Consumer-*', 'X-Anonymous-Consumer', 'X-Credential-*', 'X-Userinfo', 'X-User-Info'],
      ...['X-Apigateway-Api-Userinfo', 'X-Endpoint-Api-Userinfo', 'X-JWT-Assertion', 'X-JWT-Payload'],
    ],
  },
  {
    claim: 'identity',
    of: 'clouds',
    source: 'https://learn.microsoft.com/en-us/azure/app-service/configure-authentication-user-identities',
    names: [
      ...['X-MS-Client-Principal*', 'X-MS-Token-*', 'X-Goog-IAP-*', 'X-Goog-Authenticated-*'],
      ...['X-Amzn-OIDC-*', 'X-Amzn-Mtls-*', 'X-Appengine-*'],
    ],
  },
  {
    claim: 'identity',
    of: 'TLS terminators, for a client certificate',
    source: 'https://www.rfc-editor.org/rfc/rfc9440',
    names: [
      ...['Client-Cert*', 'X-Client-Cert*', 'X-Forwarded-Client-Cert*', 'X-Forwarded-Tls-Client-Cert*'],
      ...['X-ARR-ClientCert', 'X-SSL-*', 'SSL-Client-*', 'X-Client-DN', 'X-Client-S-DN', 'X-Client-I-DN'],
      ...['X-Client-CN', 'X-Client-Verify*', 'X-Client-Subject*', 'X-Client-Issuer*', 'X-Client-Serial*'],
    ],
  },
  {
    claim: 'identity',
    of: 'the WebLogic plug-ins',
    source: 'https://docs.oracle.com/middleware/12211/webtier/develop-plugin/plugin_params.htm',
    names: ['WL-Proxy-*', 'Proxy-Remote-User'],
  },
  {
    claim: 'identity',
    of: 'the Kubernetes API',
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation',
    names: ['Impersonate-*'],
  },
  {
    claim: 'address',
    of: 'proxies of every kind',
    source: 'https://www.rfc-editor.org/rfc/rfc7239',
    names: [
      ...['Forwarded', 'Forwarded-*', 'X-Forwarded-For*', 'X-Original-Forwarded-For', 'X-Real-IP', 'Real-IP'],
      ...[
        'X-Client-IP',
        'Client-IP',
        'X-Cluster-Client-IP',
        'X-True-IP',
        'True-Client-IP',
        'X-True-Client-IP',
      ],
      ...['Proxy-Client-IP', 'WL-Proxy-Client-IP', 'X-Originating-IP', 'X-Custom-IP-Authorization'],
      ...['X-ProxyUser-IP', 'X-Remote-IP', 'X-Remote-Addr', 'Remote-Addr', 'X-Envoy-External-Address'],
    ],
  },
  {
    claim: 'address',
    of: 'content delivery networks and hosts',
    source: 'https://developers.cloudflare.com/fundamentals/reference/http-headers/',
    names: [
      ...['CF-Connecting-*', 'CF-Pseudo-IPv4', 'CF-IP*', 'CloudFront-*', 'Fastly-Client*', 'Fly-Client-IP'],
      ...['Incap-Client-IP', 'Ali-CDN-Real-IP', 'CDN-Src-IP', 'X-CDN-Src-IP', 'DO-Connecting-IP'],
      ...['X-NF-Client-Connection-IP', 'X-Vercel-Forwarded-For', 'X-Vercel-IP-*', 'X-Azure-ClientIP'],
      ...['X-Azure-SocketIP', 'X-Appengine-User-IP', 'X-Appengine-Country', 'X-MS-Client-IP*'],
      ...['X-MS-Forwarded-Client-IP', 'X-Gateway-Client-IP'],
    ],
  },
  {
    claim: 'scheme and host',
    of: 'proxies of every kind',
    source: 'https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/X-Forwarded-Host',
    names: [
      ...['X-Forwarded*', 'X-Host', 'X-HTTP-Host*', 'X-URL-Scheme', 'X-Scheme', 'X-Client-Scheme'],
      ...[
        'Front-End-Https',
        'X-ARR-SSL',
        'Fastly-SSL',
        'CF-Visitor',
        'CloudFront-Forwarded-Proto',
        'WL-Proxy-SSL',
      ],
      ...['Disguised-Host', 'Proxy', 'Proxy-Host'],
    ],
  },
  {
    claim: 'path',
    of: 'rewriting servers, and orders to a server behind',
    source:
      'https://learn.microsoft.com/en-us/iis/extensions/url-rewrite-module/url-rewrite-module-configuration-reference',
    names: [
      ...['X-Original-*', 'X-Rewrite-*', 'X-Replaced-Path*', 'X-Envoy-*', 'X-Accel-*', 'X-Sendfile*'],
      ...['X-Middleware-*', 'X-HTTP-Dest*', 'X-Override-URL', 'X-Proxy-URL', 'Proxy-URL', 'Request-URI'],
      ...[
        'X-Request-URI',
        'Base-URL',
        'HTTP-URL',
        'Original-URL',
        'X-URL',
        'X-Forwarded-URI',
        'X-Forwarded-Path',
      ],
      ...[
        'X-Forwarded-Prefix',
        'X-Forwarded-Method',
        'Script-Name',
        'X-Script-Name',
        'Path-Info',
        'X-Path-Info',
      ],
      ...['X-MS-Original-*', 'X-MS-Request-URL', 'X-MS-Request-Path', 'X-Waws-*'],
    ],
  },
  {
    claim: 'method',
    of: 'frameworks that let a POST be something else',
    source: 'https://www.django-rest-framework.org/topics/browser-enhancements/',
    names: ['X-HTTP-Method*', 'X-Method-Override', 'X-Override-Method'],
  },
];

/** By their place in {@link headerFamilies}. */
const wholeNames = new Map<string, number>();
const prefixes: (readonly [prefix: string, family: number])[] = [];
for (const [family, { names }] of headerFamilies.entries()) {
  for (const name of names) {
    if (name.endsWith('*')) prefixes.push([foldHeaderName(name.slice(0, -1)), family]);
    else wholeNames.set(foldHeaderName(name), family);
  }
}

const familyOf = rememberKinds(
  (folded) => wholeNames.get(folded) ?? prefixes.find(([prefix]) => folded.startsWith(prefix))?.[1] ?? -1,
);

/**
 * What a request field claims, or `null` when it claims nothing that a client could lie about.
 *
 * @param folded the name in folded form
 */
export function headerClaim(folded: string): HeaderClaim | null {
  return headerFamilies[familyOf(folded)]?.claim ?? null;
}

/** Headers in which servers in front are known to write a client's address, as they are usually spelt. */
export const addressHeaders: readonly string[] = [
  'X-Forwarded-For',
  ...headerFamilies
    .filter(({ claim }) => claim === 'address')
    .flatMap(({ names }) => names)
    .filter((name) => !name.endsWith('*') && name !== 'Forwarded'),
  ...['CF-Connecting-IP', 'CF-Connecting-IPv6', 'Fastly-Client-IP'],
];
