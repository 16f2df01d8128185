// A configuration file of oauth2-proxy (`oauth2-proxy.cfg`) → rules. What would let in more than it did is left out and told.
import { BouncerError } from '../../bouncer-error.ts';
import type { Imported, ImportedPolicy, ImportedSelector } from './imported.ts';

type Value = string | number | boolean | readonly string[];

/** Read where they stand beside the rules: they belong into `bouncer.yaml`. */
const ofSettings: Readonly<Record<string, string>> = {
  provider: '`identity_providers`: `bouncer init` writes one',
  oidc_issuer_url: '`issuer` of the identity provider',
  client_id: '`client_id` of the identity provider',
  client_secret: '`client_secret` of the identity provider, as `{ file: … }`',
  client_secret_file: '`client_secret: { file: … }` of the identity provider',
  scope: '`scopes` of the identity provider',
  oidc_groups_claim: '`groups_claim` of the identity provider',
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
  /^(?:cookie_|pass_|set_|skip_provider_button|redirect_url|upstreams|show_|request_logging|auth_logging|standard_logging|email_domains|allowed_groups?|skip_auth_|trusted_ips)/;

/** They let in fewer people than the e-mail domains say. */
const narrowing =
  /^(?:google_groups?|github_(?:org|team|repo|users?)|gitlab_(?:groups?|projects?)|keycloak_groups?|bitbucket_(?:team|repository)|allowed_roles?)$/;

export interface Oauth2ProxyOptions {
  /** Where `redirect_url` does not say it. */
  readonly host: string | null;
  /** The addresses of `authenticated_emails_file`. */
  readonly emails: readonly string[];
}

/** @throws BouncerError `usage` for a file that is none, or that names no host */
export function importOauth2Proxy(text: string, { host: given, emails }: Oauth2ProxyOptions): Imported {
  const config = parseConfig(text);
  const left: string[] = [];
  const host = given ?? hostOf(config.get('redirect_url'));
  if (host === null)
    throw new BouncerError('usage', 'the file names no host', { hint: 'give --host wiki.example.com' });
  const people = peopleOf(config, emails, left);
  const trusted = listOf(config.get('trusted_ips'));
  const always: readonly ImportedPolicy[] =
    trusted.length === 0 ? [] : [{ name: 'trusted addresses', action: 'bypass', include: [{ ip: trusted }] }];
  const policies = [...always, ...people];
  for (const [key, value] of config) {
    const where = Object.hasOwn(ofSettings, key) ? ofSettings[key] : undefined;
    if (where !== undefined) left.push(`${key}: belongs into bouncer.yaml as ${where}`);
    else if (!ignored.test(key) && !narrowing.test(key))
      left.push(`${key} = ${shown(value)}: no counterpart`);
  }
  const application = {
    name: host.split('.')[0] ?? host,
    host,
    upstream: upstreamOf(config, left),
    more: {
      assertion: { also: ['oauth2-proxy'] },
      ...(config.get('skip_auth_preflight') === true ? { preflight: 'pass' } : {}),
    },
    policies:
      policies.length === 0 ? [{ name: 'nobody', action: 'deny' as const, include: ['everyone'] }] : policies,
    paths: openPaths(config, policies, left),
  };
  return { applications: [application], left };
}

/** `email_domains` and the addresses are one way in each; with `allowed_groups` people must be in one besides. */
function peopleOf(
  config: ReadonlyMap<string, Value>,
  emails: readonly string[],
  left: string[],
): readonly ImportedPolicy[] {
  const domains = listOf(config.get('email_domains') ?? config.get('email_domain'));
  const groups = listOf(config.get('allowed_groups') ?? config.get('allowed_group'));
  const narrower = [...config.keys()].filter((key) => narrowing.test(key));
  for (const key of narrower)
    left.push(
      `${key}: without it the rules would let in more, so they let in nobody: write that as \`group\` yourself`,
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
  config: ReadonlyMap<string, Value>,
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

function upstreamOf(config: ReadonlyMap<string, Value>, left: string[]): string {
  const [first, ...others] = listOf(config.get('upstreams'));
  for (const other of others) left.push(`upstreams ${other}: make it an application of its own`);
  const url = first !== undefined && URL.canParse(first) ? new URL(first) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    left.push(
      `upstreams ${first ?? ''}: write \`upstream\` yourself; behind auth_request it is \`forward_auth\``,
    );
    return 'http://127.0.0.1:8090';
  }
  if (url.pathname !== '/') left.push(`upstreams ${first}: the path \`${url.pathname}\` is not mapped`);
  return url.origin;
}

function hostOf(value: Value | undefined): string | null {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value).hostname : null;
}

function listOf(value: Value | undefined): readonly string[] {
  if (value === undefined) return [];
  return (Array.isArray(value) ? value : String(value).split(','))
    .map((each: string) => each.trim())
    .filter(Boolean);
}

/** Nothing that may be a secret. */
function shown(value: Value): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** The part of TOML that its documents use: `key = value`, with texts, numbers, truth values and lists over several lines. */
function parseConfig(text: string): ReadonlyMap<string, Value> {
  const found = new Map<string, Value>();
  const lines = text.split(/\r?\n/).map((line) => line.replace(/^\s*#.*$/, '').trim());
  for (let at = 0; at < lines.length; at++) {
    let line = lines[at] ?? '';
    if (line === '') continue;
    while (/=\s*\[/.test(line) && !/\]\s*(?:#.*)?$/.test(line) && at + 1 < lines.length) {
      at += 1;
      line += ` ${lines[at] ?? ''}`;
    }
    const pair = /^([a-z0-9_]+)\s*=\s*(.+)$/.exec(line);
    if (pair === null)
      throw new BouncerError('usage', `line ${at + 1} is not \`key = value\`, as in a file of oauth2-proxy`, {
        hint: 'give the file that `--config` names; alpha configurations (YAML) are not read',
      });
    found.set((pair[1] ?? '').replace(/^skip_auth_route$/, 'skip_auth_routes'), parseValue(pair[2] ?? ''));
  }
  if (found.size === 0) throw new BouncerError('usage', 'the file is empty');
  return found;
}

function parseValue(text: string): Value {
  const texts = [...text.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'/g)].map(
    ([, quoted, plain]) => plain ?? (quoted ?? '').replace(/\\(.)/g, '$1'),
  );
  if (text.startsWith('[')) return texts;
  if (texts[0] !== undefined) return texts[0];
  const word = text.replace(/\s*#.*$/, '').trim();
  if (word === 'true' || word === 'false') return word === 'true';
  return Number.isFinite(Number(word)) ? Number(word) : word;
}
