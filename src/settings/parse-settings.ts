// A settings document → frozen Settings, or every problem in it. Reads files and the environment only through its argument.
import { resolve } from 'node:path';
import { canonicalHostOf } from '../http/canonical-host.ts';
import { checkSchema } from '../source/check-schema.ts';
import { parseDuration } from '../source/parse-duration.ts';
import type { Parsed, Problem } from '../source/problem.ts';
import { inOrder, problemAt, type SourcePath } from '../source/problem-at.ts';
import type { SourceDocument } from '../source/yaml-document.ts';
import { checkTogether } from './check-together.ts';
import { isCertificates } from './is-certificates.ts';
import { parseListen } from './parse-listen.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { withPresets } from './provider-presets.ts';
import {
  explainUnreadable,
  isSecret,
  type ReferenceSources,
  type ResolvedDocument,
  resolveReferences,
  smtpUrlNotAtHand,
  urlNotAtHand,
} from './resolve-references.ts';
import type {
  IdentityProviderSettings,
  ListenAddress,
  OidcProviderSettings,
  PostgresAddress,
  Settings,
} from './settings.ts';
import { type SettingsData, settingsSchema } from './settings-schema.ts';
import { parseMailbox, parseSmtpUrl } from './smtp-url.ts';

/** The longest path of a Unix socket that every platform takes, bytes. */
const maxSocketPath = 103;

/**
 * @param written the parsed file, or an object given as one
 * @param sources where `{ env }` and `{ file }` lead; TLS files are read too, to say now that they are missing
 * @returns settings with absolute paths and milliseconds, deeply frozen; problems never quote a secret
 */
export function parseSettings(written: SourceDocument, sources: ReferenceSources): Parsed<Settings> {
  const document = withPresets(written);
  const resolved = resolveReferences(document, settingsSchema, sources);
  const checked = checkSchema(settingsSchema, resolved.document, {
    isHidden: (path) => isSecret(path) || resolved.isReferenced(path),
    isSettled: resolved.isUnresolved,
  });
  const problems = [...resolved.problems, ...checkTogether(resolved)];
  problems.push(...checkFiles(resolved, sources));
  if (!checked.ok) return { ok: false, problems: inOrder([...problems, ...checked.problems]) };
  const base = sources.baseDir;
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { ok: false, problems: inOrder(problems) };
  const file = document.isFromObject === true ? null : resolve(base, document.file);
  const settings = toSettings(checked.value, {
    ...{ file, base, referencedFiles: resolved.files },
    readFile: sources.readFile,
  });
  return { ok: true, value: freeze(settings), warnings: inOrder(problems) };
}

const pemFiles = [
  ['tls', 'cert_file'],
  ['tls', 'key_file'],
  ['store', 'postgres', 'ca_file'],
  ['smtp', 'ca_file'],
] as const;

/** What files and sockets have to say. The document's values may still be of wrong types. */
function checkFiles({ document, isReferenced }: ResolvedDocument, sources: ReferenceSources): Problem[] {
  const problems: Problem[] = [];
  for (const at of [...pemFiles, ...caFilesOf(document)]) {
    const name = textAt(document, at);
    if (name === undefined) continue;
    const path = resolve(sources.baseDir, name);
    try {
      const text = sources.readFile(path);
      const isAuthority = at[0] === 'identity_providers';
      if (isAuthority ? isCertificates(text) : text.includes('-----BEGIN ')) continue;
      const hint = 'it has lines such as `-----BEGIN CERTIFICATE-----`';
      const reason = isAuthority
        ? 'the file has no certificate that can be used'
        : 'the file is not in PEM format';
      problems.push(problemAt(document, at, { code: 'not-pem', reason, hint }));
    } catch (error) {
      const complaint = explainUnreadable(isReferenced(at) ? null : name, path, error);
      problems.push(problemAt(document, at, { code: 'file-unreadable', ...complaint }));
    }
  }
  for (const key of ['listen', 'management'] as const) {
    const address = toAddress(textAt(document, [key]), sources.baseDir);
    if (address?.kind !== 'unix' || new TextEncoder().encode(address.path).length <= maxSocketPath) continue;
    const reason = `the path of the socket is longer than ${maxSocketPath} bytes`;
    problems.push(problemAt(document, [key], { code: 'socket-path-too-long', reason }));
  }
  return problems;
}

function caFilesOf({ value }: SourceDocument): SourcePath[] {
  const providers: unknown =
    typeof value === 'object' && value !== null && 'identity_providers' in value
      ? value.identity_providers
      : null;
  return Array.isArray(providers)
    ? providers.map((_, index) => ['identity_providers', index, 'ca_file'])
    : [];
}

function textAt(document: SourceDocument, path: SourcePath): string | undefined {
  let value = document.value;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[key];
  }
  return typeof value === 'string' && value !== '' ? value : undefined;
}

interface Context {
  readonly file: string | null;
  readonly base: string;
  readonly referencedFiles: readonly string[];
  readonly readFile: ReferenceSources['readFile'];
}

function toSettings(data: SettingsData, { file, base, referencedFiles, readFile }: Context): Settings {
  const { limits } = data;
  const tls = data.tls && {
    certFile: resolve(base, data.tls.cert_file),
    keyFile: resolve(base, data.tls.key_file),
  };
  return {
    file,
    authUrl: new URL(data.auth_url).origin,
    listen: toAddress(data.listen, base) ?? { kind: 'tcp', host: '127.0.0.1', port: 8080 },
    reusePort: data.reuse_port,
    tls: tls ?? null,
    rules: resolve(base, data.rules),
    dataDir: resolve(base, data.data_dir),
    postgres: toPostgres(data, base),
    storeLossKeepMs: toMs(data.store_loss?.keep ?? '60s'),
    masterKeys: [data.master_key, ...(data.further_master_keys ?? [])].filter((key) => key !== undefined),
    trustedProxies: data.trusted_proxies ?? [],
    clientIpHeader: data.client_ip_header ?? null,
    countryHeader: data.country_header ?? null,
    identityProviders: data.identity_providers.map((provider) =>
      toProvider(provider, data, (file) => readFile(resolve(base, file))),
    ),
    smtp: toSmtp(data, base),
    session: {
      durationMs: toMs(data.session.duration),
      idleTimeoutMs: toMs(data.session.idle_timeout),
      recheckMs: toMs(data.session.recheck),
    },
    assertion: {
      header: data.assertion.header,
      lifetimeMs: toMs(data.assertion.lifetime),
      algorithm: data.assertion.algorithm,
    },
    management: toAddress(data.management, base),
    managementFrom: data.management_from ?? [],
    managementNames: (data.management_names ?? []).map((name) => canonicalHostOf(name) ?? name),
    log: data.log,
    limits: {
      headerBytes: limits.header_bytes,
      headerCount: limits.header_count,
      urlBytes: limits.url_bytes,
      bodyBytes: limits.body_bytes,
      headersTimeoutMs: toMs(limits.headers_timeout),
      requestTimeoutMs: toMs(limits.request_timeout),
      keepAliveTimeoutMs: toMs(limits.keep_alive_timeout),
      connections: limits.connections,
      connectionsPerAddress:
        limits.connections_per_address ?? Math.max(20, Math.floor(limits.connections / 10)),
      writeTimeoutMs: toMs(limits.write_timeout),
      stalledPerAddress: limits.stalled_per_address,
      drainDelayMs: toMs(limits.drain_delay),
      drainTimeoutMs: toMs(limits.drain_timeout),
    },
    referencedFiles: [
      ...new Set([
        ...referencedFiles,
        ...(tls ? [tls.certFile, tls.keyFile] : []),
        ...data.identity_providers.flatMap((provider) =>
          provider.type === 'email_pin' || provider.ca_file === undefined
            ? []
            : [resolve(base, provider.ca_file)],
        ),
      ]),
    ],
  };
}

/** Addresses may be missing where a command asks for no store. */
function toPostgres({ store }: SettingsData, base: string): Settings['postgres'] {
  if (store === undefined) return null;
  const { url, listen_url: listenUrl, ca_file: caFile } = store.postgres;
  return {
    address: toPostgresAddress(url),
    listenAddress: toPostgresAddress(listenUrl),
    caFile: caFile === undefined ? null : resolve(base, caFile),
  };
}

function toPostgresAddress(url: string | undefined): PostgresAddress | null {
  const parsed = url === undefined || url === urlNotAtHand ? null : parsePostgresUrl(url);
  return parsed === null || 'fault' in parsed ? null : parsed.address;
}

/** The address may be missing where a command sends no mail. */
function toSmtp({ smtp }: SettingsData, base: string): Settings['smtp'] {
  if (smtp === undefined) return null;
  const parsed = smtp.url === smtpUrlNotAtHand ? null : parseSmtpUrl(smtp.url);
  const from = parseMailbox(smtp.from);
  if (from === null) throw new TypeError('a sender passed the schema and is none');
  return {
    address: parsed === null || 'fault' in parsed ? null : parsed.address,
    from,
    caFile: smtp.ca_file === undefined ? null : resolve(base, smtp.ca_file),
  };
}

type ProviderData = SettingsData['identity_providers'][number];

function toProvider(
  data: ProviderData,
  all: Pick<SettingsData, 'identity_providers'>,
  readFile: (name: string) => string,
): IdentityProviderSettings {
  const domainsOf = ({ email_domains: domains = [] }: ProviderData) =>
    domains.map((domain) => domain.toLowerCase());
  const own = domainsOf(data);
  const named = new Set(all.identity_providers.flatMap(domainsOf));
  const reach = {
    emailDomains: data.email_domains === undefined ? null : own,
    othersEmailDomains: [...named].filter((domain) => !own.includes(domain)),
  };
  if (data.type === 'email_pin')
    return { id: data.id, type: data.type, label: data.label ?? 'Code by e-mail', ...reach };
  return {
    ...toOidcProvider(data, reach),
    ca: data.ca_file === undefined ? null : readFile(data.ca_file),
  };
}

type OidcData = Exclude<ProviderData, { readonly type: 'email_pin' }>;

function toOidcProvider(
  data: OidcData,
  reach: Pick<OidcProviderSettings, 'emailDomains' | 'othersEmailDomains'>,
): Omit<OidcProviderSettings, 'ca'> {
  return {
    id: data.id,
    type: 'oidc',
    label: data.label ?? data.id,
    issuer: data.issuer ?? '',
    clientId: data.client_id,
    clientSecret: data.client_secret ?? null,
    clientKey: data.client_key ?? null,
    tokenEndpointAuth: data.token_endpoint_auth ?? null,
    authorizationParameters: data.authorization_parameters ?? {},
    scopes: data.scopes,
    groupsClaim: data.groups_claim === 'none' ? null : data.groups_claim,
    groupsMissing: data.groups_missing,
    groupsOnly: data.groups?.only ?? null,
    groupsOverage: graphOrigin(data.groups_overage),
    longLogout: data.long_logout ?? null,
    emailVerified: data.email_verified,
    ...reach,
    ...keptClaims(data.claims ?? []),
    hardwareKey: {
      amr: data.hardware_key.amr,
      acr: data.hardware_key.acr,
      ...acrValuesOf(data.hardware_key.acr_values),
    },
    idTokenAlgorithms: data.id_token_algorithms ?? null,
  };
}

/** `graph` is that of the worldwide cloud. */
function graphOrigin(text: string | undefined): string | null {
  if (text === undefined) return null;
  return text === 'graph' ? 'https://graph.microsoft.com' : new URL(text).origin;
}

function keptClaims(
  given: NonNullable<OidcData['claims']>,
): Pick<OidcProviderSettings, 'claims' | 'optionalClaims'> {
  const each = given.map((claim) =>
    typeof claim === 'string' ? { name: claim, missing: 'unknown' } : claim,
  );
  return {
    claims: each.map(({ name }) => name),
    optionalClaims: each.filter(({ missing }) => missing === 'none').map(({ name }) => name),
  };
}

function acrValuesOf(
  given: string | undefined,
): Pick<OidcProviderSettings['hardwareKey'], 'acrValues' | 'isAcrValuesDefault'> {
  if (given === undefined) return { acrValues: 'phrh', isAcrValuesDefault: true };
  return { acrValues: given === 'none' ? null : given };
}

function toAddress(text: string | undefined, base: string): ListenAddress | null {
  const address = text === undefined ? null : parseListen(text);
  return address?.kind === 'unix' ? { kind: 'unix', path: resolve(base, address.path) } : address;
}

/** The schema let only durations through; nonsense would be a fault of this program. */
function toMs(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === null) throw new TypeError('a duration passed the schema and is none');
  return milliseconds;
}

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const each of Object.values(value)) freeze(each);
  }
  return value;
}
