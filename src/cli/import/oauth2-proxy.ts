// The configuration of oauth2-proxy → rules. What would let in more than it did is left out and told. No value of an option that is not
// read is ever printed: it may be a secret.
import { BouncerError } from '../../bouncer-error.ts';
import { type Imported, type ImportedPolicy, type ImportedSelector, nobody } from './imported.ts';
import {
  type Oauth2ProxyConfig,
  type Oauth2ProxyValue,
  parseAlphaFile,
  parseOauth2ProxyFile,
} from './oauth2-proxy-file.ts';

/** Read where they stand beside the rules: they belong into `bouncer.yaml`. */
const ofSettings: Readonly<Record<string, string>> = {
  provider: '`identity_providers`: `bouncer init` writes one',
  oidc_issuer_url: '`issuer` of the identity provider',
  client_id: '`client_id` of the identity provider',
  client_secret: '`client_secret` of the identity provider, as `{ file: … }`',
  client_secret_file: '`client_secret: { file: … }` of the identity provider',
  scope: '`scopes` of the identity provider',
  oidc_groups_claim: '`groups_claim` of the identity provider',
  azure_tenant: '`issuer` of the identity provider',
  insecure_oidc_allow_unverified_email: '`email_verified` and `email_domains` of the identity provider',
  oidc_email_claim: 'nothing: the address of a person is the claim `email`',
  skip_jwt_bearer_tokens: '`trusted_issuers`',
  extra_jwt_issuers: '`trusted_issuers`',
  real_client_ip_header: '`client_ip_header`',
  http_address: '`listen`',
  https_address: '`listen` and `tls`',
  tls_cert_file: '`tls`',
  tls_key_file: '`tls`',
  reverse_proxy: '`trusted_proxies`: name the addresses',
  trusted_proxy_ips: '`trusted_proxies`',
  cookie_expire: '`session.duration`',
  cookie_refresh: '`session.recheck`',
  htpasswd_file: 'nothing: people log in with an identity provider, programs with service tokens',
  authenticated_emails_file: 'read by `--emails FILE`',
};

/** Said by bouncer in any case, or of no meaning here. */
const ignored =
  /^(?:cookie_|pass_|set_|skip_provider_button|redirect_url|upstreams|show_|request_logging|auth_logging|standard_logging|email_domains|allowed_groups|skip_auth_|trusted_ips|whitelist_domains|provider_display_name|inject)/;

/** They let in fewer people than the e-mail domains say. */
const narrowing =
  /^(?:google_groups?|github_(?:org|team|repo|users?)|gitlab_(?:groups?|projects?)|keycloak_groups?|bitbucket_(?:team|repository)|allowed_roles?|entra_id_allowed_tenants?|narrowing:.*)$/;

/** Named by the dialect of that name. */
const ofDialect = /^X-(?:Forwarded|Auth-Request)-(?:User|Email|Groups|Preferred-Username)$/i;

export interface Oauth2ProxyOptions {
  /** Where `redirect_url` does not say it. */
  readonly host: string | null;
  /** The addresses of `authenticated_emails_file`. */
  readonly emails: readonly string[];
  /** The file that `--alpha-config` names; `null`: there is none. */
  readonly alpha?: string | null;
}

/** @throws BouncerError `usage` for a file that is none, or that names no host */
export function importOauth2Proxy(
  text: string,
  { host: given, emails, alpha = null }: Oauth2ProxyOptions,
): Imported {
  const config: Oauth2ProxyConfig = new Map([
    ...parseOauth2ProxyFile(text),
    ...(alpha === null ? [] : parseAlphaFile(alpha)),
  ]);
  const left: string[] = [];
  const host = given ?? hostOf(config.get('redirect_url'));
  if (host === null)
    throw new BouncerError('usage', 'the file names no host', { hint: 'give --host wiki.example.com' });
  const people = peopleOf(config, emails, left);
  const trusted = listOf(config.get('trusted_ips'));
  const always: readonly ImportedPolicy[] =
    trusted.length === 0 ? [] : [{ name: 'trusted addresses', action: 'bypass', include: [{ ip: trusted }] }];
  const policies = [...always, ...people];
  for (const key of config.keys()) {
    const where = Object.hasOwn(ofSettings, key) ? ofSettings[key] : undefined;
    if (where !== undefined) left.push(`${key}: belongs into bouncer.yaml as ${where}`);
    else if (!ignored.test(key) && !narrowing.test(key)) left.push(`${key}: no counterpart`);
  }
  for (const name of [
    ...listOf(config.get('injectRequestHeaders')),
    ...listOf(config.get('injectResponseHeaders')),
  ])
    if (!ofDialect.test(name))
      left.push(`header ${name}: write it under \`identity_headers\` or \`request_headers\``);
  const application = {
    name: host.split('.')[0] ?? host,
    host,
    upstream: upstreamOf(config, left),
    more: {
      assertion: { also: ['oauth2-proxy'] },
      ...(String(config.get('skip_auth_preflight')) === 'true' ? { preflight: 'pass' } : {}),
    },
    policies: policies.length === 0 ? [nobody] : policies,
    paths: openPaths(config, policies, left),
  };
  return { applications: [application], left };
}

/** `email_domains` and the addresses are one way in each; with `allowed_groups` people must be in one besides. */
function peopleOf(
  config: Oauth2ProxyConfig,
  emails: readonly string[],
  left: string[],
): readonly ImportedPolicy[] {
  const domains = listOf(config.get('email_domains'));
  const groups = listOf(config.get('allowed_groups'));
  const narrower = [...config.keys()].filter((key) => narrowing.test(key));
  for (const key of narrower)
    left.push(
      `${key.replace(/^narrowing:/, '')}: without it the rules would let in more, so they let in nobody: write that as \`group\` yourself`,
    );
  if (narrower.length > 0) return [];
  const exact = domains.filter((domain) => domain !== '*' && !domain.startsWith('.'));
  for (const domain of domains.filter((each) => each.startsWith('.')))
    left.push(`email_domains ${domain}: domains below another one must be listed each`);
  const include: ImportedSelector[] = domains.includes('*')
    ? ['authenticated']
    : [
        ...(exact.length === 0 ? [] : [{ email_domain: exact }]),
        ...(emails.length === 0 ? [] : [{ email: [...emails] }]),
      ];
  if (include.length === 0) {
    left.push('nobody is let in: the file names no e-mail domain and no address');
    return [];
  }
  return [
    {
      ...{ name: 'people', action: 'allow', include },
      ...(groups.length === 0 ? {} : { require: [{ group: groups }] }),
    },
  ];
}

/** `METHOD=regex`, of which plain paths are taken. A path of bouncer's ends at a segment, where the expression may not. */
function openPaths(
  config: Oauth2ProxyConfig,
  policies: readonly ImportedPolicy[],
  left: string[],
): Imported['applications'][number]['paths'] {
  const routes = [...listOf(config.get('skip_auth_routes')), ...listOf(config.get('skip_auth_regex'))];
  const open = new Map<string, Set<string>>();
  for (const route of routes) {
    const found =
      /^(?:([A-Z]+)=)?\^?(\/[A-Za-z0-9._~/-]*?)\/?(?:\$|\/?\.\*\$?|\(\/\.\*\)\?\$?|\/\.\*)?$/.exec(route);
    const [, method = '', path = ''] = found ?? [];
    if (found === null || path === '' || path === '/' || !/\^/.test(route)) {
      left.push(`skip_auth_routes ${route}: not a plain path; write it under \`paths\``);
      continue;
    }
    if (route.endsWith('$') && !route.includes('.*'))
      left.push(
        `skip_auth_routes ${route}: opened \`${path}\` alone, and the rules open what lies below it too: it is left out`,
      );
    else open.set(path, (open.get(path) ?? new Set()).add(method));
  }
  return [...open].map(([path, methods]) => ({
    path,
    policies: [
      {
        ...{ name: `open ${path}`, action: 'bypass' as const },
        include: methods.has('') ? ['everyone'] : [{ method: [...methods] }],
      },
      ...policies,
    ],
  }));
}

function upstreamOf(config: Oauth2ProxyConfig, left: string[]): string {
  const all = listOf(config.get('upstreams')).map(toUpstream);
  const first = all.find(({ path }) => path === '/') ?? all[0];
  for (const { shown, path } of all.filter((each) => each !== first))
    left.push(`upstreams ${shown}, ${path}: make it an application of its own`);
  if (first?.origin === undefined) {
    left.push(
      `upstreams ${first?.shown ?? ''}: write \`upstream\` yourself; behind auth_request it is \`forward_auth\``,
    );
    return 'http://127.0.0.1:8090';
  }
  if (first.path !== '/') left.push(`upstreams ${first.shown}: the path \`${first.path}\` is not mapped`);
  return first.origin;
}

interface Upstream {
  /** Without a password that may stand in it. */
  readonly shown: string;
  readonly origin?: string;
  /** Requests for which it is. */
  readonly path: string;
}

/** The path is that of the address, or stands behind `#`. */
function toUpstream(text: string): Upstream {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol))
    return { shown: url === null ? '' : `${url.protocol}//…`, path: '/' };
  const path = url.hash === '' ? url.pathname : url.hash.slice(1);
  return { shown: url.origin, origin: url.origin, path };
}

function hostOf(value: Oauth2ProxyValue | undefined): string | null {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value).hostname : null;
}

function listOf(value: Oauth2ProxyValue | undefined): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : String(value).split(','))
    .map((each: string) => each.trim())
    .filter(Boolean);
}
