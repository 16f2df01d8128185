// What oauth2-proxy is configured with, from its file (`--config`: the plain part of TOML) and its structured one (`--alpha-config`: YAML),
// by the names of the first. It knows what an option is called, and nothing of what it means.
import { BouncerError } from '../../bouncer-error.ts';
import { isRecord } from '../../source/is-record.ts';
import { parseYaml } from '../../source/yaml-document.ts';

export type Oauth2ProxyValue = string | number | boolean | readonly string[];
export type Oauth2ProxyConfig = ReadonlyMap<string, Oauth2ProxyValue>;

/** Names that its documents have in two numbers. */
const plurals = /^(skip_auth_route|email_domain|upstream|allowed_group|allowed_role|trusted_ip)$/;

const hint =
  'give the file that `--config` names, and with `--alpha-config` the structured one; flags and variables belong into the file';

function wrong(line: number, what: string): BouncerError {
  return new BouncerError('usage', `line ${line}: ${what}, as in a file of oauth2-proxy`, { hint });
}

/** @throws BouncerError `usage` for what is not `key = value`, and for a key that is there twice */
export function parseOauth2ProxyFile(text: string): Oauth2ProxyConfig {
  const found = new Map<string, Oauth2ProxyValue>();
  const reader = new TomlReader(text);
  while (reader.goToKey()) {
    const line = reader.line;
    const key = reader.readKey().toLowerCase().replace(plurals, '$1s');
    const value = reader.readValue();
    if (found.has(key)) throw wrong(line, `\`${key}\` is there already`);
    found.set(key, value);
  }
  if (found.size === 0) throw new BouncerError('usage', 'the file is empty', { hint });
  return found;
}

/** The part of TOML 1.0 that its documents use: keys with texts, numbers, truth values, and lists of them. */
class TomlReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.replace(/^\ufeff/, '');
  }

  get line(): number {
    return this.#text.slice(0, this.#at).split('\n').length;
  }

  /** @returns whether there is another one */
  goToKey(): boolean {
    this.#skip(/(?:\s|#[^\n]*)*/y);
    return this.#at < this.#text.length;
  }

  readKey(): string {
    const key = this.#skip(/[A-Za-z0-9_-]+/y);
    this.#skip(/[ \t]*/y);
    if (key === '' || this.#skip(/=/y) === '') throw wrong(this.line, 'this is not `key = value`');
    this.#skip(/[ \t]*/y);
    return key;
  }

  /** With what stands on the line behind it, which can only be a comment. */
  readValue(): Oauth2ProxyValue {
    const value = this.#skip(/\[/y) === '' ? this.#readSingle() : this.#readList();
    this.#skip(/[ \t]*(?:#[^\n]*)?/y);
    if (this.#at < this.#text.length && this.#skip(/\r?\n/y) === '')
      throw wrong(this.line, 'something stands behind a value');
    return value;
  }

  #readList(): readonly string[] {
    const blank = /(?:\s|#[^\n]*)*/y;
    const list: string[] = [];
    for (;;) {
      this.#skip(blank);
      if (this.#skip(/\]/y) !== '') return list;
      list.push(String(this.#readSingle()));
      this.#skip(blank);
      if (this.#skip(/,/y) !== '') continue;
      if (this.#skip(/\]/y) === '') throw wrong(this.line, 'a list has no end');
      return list;
    }
  }

  #readSingle(): string | number | boolean {
    if (/"""|'''/y.test(this.#text.slice(this.#at, this.#at + 3)))
      throw wrong(this.line, 'a text over several lines is not read');
    const quoted = this.#skip(/"(?:[^"\\\n]|\\.)*"/y);
    if (quoted !== '') return this.#unescape(quoted);
    const plain = this.#skip(/'[^'\n]*'/y);
    if (plain !== '') return plain.slice(1, -1);
    const word = this.#skip(/[A-Za-z0-9_.:+-]+/y);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === '' || !Number.isFinite(Number(word)))
      throw wrong(this.line, 'a value is no text in quotes, number, truth value or list');
    return Number(word);
  }

  /** The escapes of TOML that JSON has too: others do not stand in these files. */
  #unescape(quoted: string): string {
    try {
      return String(JSON.parse(quoted));
    } catch {
      throw wrong(this.line, 'a text has an escape that is not known');
    }
  }

  /** @param pattern sticky */
  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found = ''] = pattern.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }
}

type Json = Readonly<Record<string, unknown>>;

/** By which names of the file the options go that let in fewer people; of each group of options in `providers`. */
const narrowingOptions: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  googleConfig: { group: 'google_group', groups: 'google_group' },
  githubConfig: { org: 'github_org', team: 'github_team', repo: 'github_repo', users: 'github_users' },
  gitlabConfig: { group: 'gitlab_group', projects: 'gitlab_projects' },
  keycloakConfig: { groups: 'keycloak_groups', roles: 'allowed_roles' },
  bitbucketConfig: { team: 'bitbucket_team', repository: 'bitbucket_repository' },
  microsoftEntraIDConfig: { allowedTenants: 'entra_id_allowed_tenants' },
};

/** Options that only say how a provider is asked. */
const plainOptions =
  /^(?:adminEmail|serviceAccountJson|useApplicationDefaultCredentials|targetPrincipal|useOrganizationID|adminAPIUserScope|token|tenant|graphGroupField|federatedTokenAuth|skipScope)$/;
const plainGroups = /^(?:oidcConfig|loginGovConfig|ADFSConfig|azureConfig)$/;

/** @throws BouncerError `usage` for what is not such a file */
export function parseAlphaFile(text: string): Oauth2ProxyConfig {
  const document = parseYaml('the alpha configuration', text);
  if (!document.ok) {
    const [problem] = document.problems;
    throw wrong(problem?.line ?? 1, problem?.reason ?? 'this is not YAML');
  }
  const root = isRecord(document.value.value) ? document.value.value : {};
  const found = new Map<string, Oauth2ProxyValue>();
  const { upstreamConfig } = root;
  const upstreams = recordsIn((isRecord(upstreamConfig) ? upstreamConfig : root)['upstreams']);
  if (upstreams.length > 0) found.set('upstreams', upstreams.map(upstreamText));
  for (const provider of recordsIn(root['providers'])) addProvider(provider, found);
  for (const key of ['injectRequestHeaders', 'injectResponseHeaders'] as const) {
    const names = recordsIn(root[key]).map(({ name }) => String(name));
    if (names.length > 0) found.set(key, names);
  }
  if (isRecord(root['server'])) found.set('http_address', '');
  if (found.size === 0)
    throw new BouncerError('usage', 'the alpha configuration has no `providers` and no upstreams', { hint });
  return found;
}

/** As `upstreams` of the file has it; the path that it is for stands behind `#`. */
function upstreamText({ uri, path, static: isStatic }: Json): string {
  const address = isStatic === true ? 'static://200' : String(uri ?? '');
  return typeof path === 'string' && path !== '/' && path !== '' ? `${address}#${path}` : address;
}

function addProvider(provider: Json, found: Map<string, Oauth2ProxyValue>): void {
  for (const [option, value] of Object.entries(provider)) {
    if (option === 'allowedGroups') found.set('allowed_groups', textsIn(value));
    else if (option === 'provider') found.set('provider', String(value));
    else if (isRecord(value) && !plainGroups.test(option)) addNarrowing(option, value, found);
  }
  if (isRecord(provider['oidcConfig'])) found.set('oidc_issuer_url', '');
}

/** What is not known to be harmless may narrow who gets in. */
function addNarrowing(group: string, options: Json, found: Map<string, Oauth2ProxyValue>): void {
  for (const [option, value] of Object.entries(options)) {
    const isEmpty = value === null || value === '' || (Array.isArray(value) && value.length === 0);
    if (isEmpty || plainOptions.test(option)) continue;
    found.set(narrowingOptions[group]?.[option] ?? `narrowing:${group}.${option}`, textsIn(value));
  }
}

function recordsIn(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function textsIn(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
