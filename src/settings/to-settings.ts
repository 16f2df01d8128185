// Settings that passed the schema → the value that the program uses: absolute paths, milliseconds, canonical hosts.
import { resolve } from 'node:path';
import { canonicalHostOf } from '../http/canonical-host.ts';
import { parseClaimPatterns } from '../rules/model/workload.ts';
import { parseTestMoment } from '../rules/parse/parse-time-window.ts';
import { parseDuration } from '../source/parse-duration.ts';
import type { KeyTrust } from './key-trust.ts';
import type { Logo } from './logo.ts';
import { parseListen, parseListenBelow } from './parse-listen.ts';
import { parsePostgresUrl } from './postgres-url.ts';
import { type ReferenceSources, smtpUrlNotAtHand, urlNotAtHand } from './resolve-references.ts';
import type { PostgresAddress, Settings } from './settings.ts';
import type { SettingsData } from './settings-schema.ts';
import { parseMailbox, parseSmtpUrl } from './smtp-url.ts';
import { toProviderSettings } from './to-provider-settings.ts';

/** Where the settings came from. */
interface Origin {
  readonly file: string | null;
  readonly base: string;
  readonly referencedFiles: readonly string[];
  readonly readFile: ReferenceSources['readFile'];
  readonly trust: KeyTrust | null;
  readonly logo: Logo | null;
  readonly showsMail: boolean;
}

/** @param data what the schema let through: what cannot be read all the same is a fault of this program */
export function toSettings(
  data: SettingsData,
  { file, base, referencedFiles, readFile, trust, logo, showsMail }: Origin,
): Settings {
  return {
    file,
    authUrl: new URL(data.auth_url).origin,
    listen: parseListenBelow(base, data.listen) ?? { kind: 'tcp', host: '127.0.0.1', port: 8080 },
    alsoListen: (data.also_listen ?? []).flatMap((each) => parseListenBelow(base, each) ?? []),
    proxyProtocol: toProxyProtocol(data),
    httpRedirect: parseListenBelow(base, data.http_redirect),
    reusePort: data.reuse_port,
    tls: data.tls
      ? { certFile: resolve(base, data.tls.cert_file), keyFile: resolve(base, data.tls.key_file) }
      : null,
    rules: resolve(base, data.rules),
    dataDir: resolve(base, data.data_dir),
    postgres: toPostgres(data, base),
    storeLossKeepMs: toMs(data.store_loss?.keep ?? '60s'),
    masterKeys: [data.master_key, ...(data.further_master_keys ?? [])].filter((key) => key !== undefined),
    forwardAuth: toForwardAuth(data, base),
    trustedProxies: data.trusted_proxies ?? [],
    clientIpHeader: data.client_ip_header ?? null,
    countryHeader: data.country_header ?? null,
    identityProviders: data.identity_providers.map((provider) =>
      toProviderSettings(provider, data, (file) => readFile(resolve(base, file))),
    ),
    trustedIssuers: (data.trusted_issuers ?? []).map((entry) => ({
      name: entry.name,
      issuer: entry.issuer,
      audience: entry.audience,
      claims: parseClaimPatterns(entry).patterns,
      jwksUri: entry.jwks_uri ?? null,
      ca: entry.ca_file === undefined ? null : readFile(resolve(base, entry.ca_file)),
    })),
    hardwareKeys: toHardwareKeys(data, trust),
    tunnel: toTunnel(data),
    share: toShare(data),
    smtp: toSmtp(data, base),
    showsMail,
    session: {
      durationMs: toMs(data.session.duration),
      idleTimeoutMs: toMs(data.session.idle_timeout),
      recheckMs: toMs(data.session.recheck),
      recheckGraceMs: data.session.recheck_grace === undefined ? null : toMs(data.session.recheck_grace),
      maxPerPerson: data.session.max_per_person ?? null,
    },
    logout: data.logout,
    hasDeviceLogin: data.device_login,
    assertion: {
      header: data.assertion.header,
      lifetimeMs: toMs(data.assertion.lifetime),
      algorithm: data.assertion.algorithm,
    },
    secrets: data.secrets,
    branding: { name: data.branding.name, color: data.branding.color ?? null, logo },
    management: parseListenBelow(base, data.management),
    managementFrom: data.management_from ?? [],
    managementNames: (data.management_names ?? []).map((name) => canonicalHostOf(name) ?? name),
    log: { level: data.log.level, format: data.log.format ?? null },
    limits: toLimits(data),
    referencedFiles: [...new Set([...referencedFiles, ...namedFiles(data, base)])],
  };
}

/** The files, besides those of references, whose change is a change of the settings. */
function namedFiles(
  { tls, identity_providers: providers, trusted_issuers: issuers = [] }: SettingsData,
  base: string,
): string[] {
  const authorities = providers.map((provider) => ('ca_file' in provider ? provider.ca_file : undefined));
  return [tls?.cert_file, tls?.key_file, ...authorities, ...issuers.map(({ ca_file: name }) => name)]
    .filter((name) => name !== undefined)
    .map((name) => resolve(base, name));
}

function toProxyProtocol({ proxy_protocol: asked }: SettingsData): Settings['proxyProtocol'] {
  const listen = asked === undefined ? null : parseListen(asked.listen);
  return listen === null ? null : { listen };
}

function toForwardAuth({ forward_auth: asked }: SettingsData, base: string): Settings['forwardAuth'] {
  const listen = parseListenBelow(base, asked?.listen);
  if (asked === undefined || listen === null) return null;
  return { listen, from: asked.from ?? ['127.0.0.1/32'], proxy: asked.proxy };
}

function toLimits({ limits }: SettingsData): Settings['limits'] {
  return {
    headerBytes: limits.header_bytes,
    cookieBytes: limits.cookie_bytes,
    headerCount: limits.header_count,
    urlBytes: limits.url_bytes,
    bodyBytes: limits.body_bytes,
    preservedBodyBytes: limits.preserved_body_bytes,
    headersTimeoutMs: toMs(limits.headers_timeout),
    requestTimeoutMs: toMs(limits.request_timeout),
    keepAliveTimeoutMs: toMs(limits.keep_alive_timeout),
    connections: limits.connections,
    connectionsPerAddress:
      limits.connections_per_address ?? Math.max(20, Math.floor(limits.connections / 10)),
    writeTimeoutMs: toMs(limits.write_timeout),
    stalledPerAddress: limits.stalled_per_address,
    failedLoginsPerAddress: limits.failed_logins_per_address,
    failedLoginsPerProvider: limits.failed_logins_per_provider,
    drainDelayMs: toMs(limits.drain_delay),
    drainTimeoutMs: toMs(limits.drain_timeout),
  };
}

/** Addresses may be missing where a command asks for no store. */
function toPostgres({ store }: SettingsData, base: string): Settings['postgres'] {
  if (store === undefined) return null;
  const { url, listen_url: listenUrl, ca_file: caFile } = store.postgres;
  return {
    address: toPostgresAddress(url, caFile),
    listenAddress: toPostgresAddress(listenUrl, caFile),
    caFile: caFile === undefined ? null : resolve(base, caFile),
  };
}

function toPostgresAddress(url: string | undefined, caFile: string | undefined): PostgresAddress | null {
  const authority = caFile === undefined ? 'usual' : 'own';
  const parsed = url === undefined || url === urlNotAtHand ? null : parsePostgresUrl(url, authority);
  return parsed === null || 'fault' in parsed ? null : parsed.address;
}

function toHardwareKeys(
  { hardware_keys: keys, auth_url: authUrl }: SettingsData,
  trust: KeyTrust | null,
): Settings['hardwareKeys'] {
  if (keys === undefined) return null;
  const until = keys.enrolment_until;
  return {
    enrolment: keys.enrolment,
    enrolmentUntilMs: until === undefined ? null : toMoment(until),
    rpId: keys.rp_id ?? new URL(authUrl).hostname,
    trust,
  };
}

function toTunnel({ tunnel }: SettingsData): Settings['tunnel'] {
  if (tunnel === undefined) return null;
  const listen = parseListen(tunnel.listen);
  if (listen?.kind !== 'tcp') throw new TypeError('an address passed the schema and cannot be read');
  const { addresses, buffer_bytes: bufferBytes } = tunnel;
  return { listen: { host: listen.host, port: listen.port }, addresses, bufferBytes };
}

function toShare({ share }: SettingsData): Settings['share'] {
  if (share === undefined) return null;
  const { domain, allow, max_duration: longest, max_per_person: maxPerPerson } = share;
  return { domain: domain.toLowerCase(), allow, maxDurationMs: toMs(longest), maxPerPerson };
}

/** The address may be missing where a command sends no mail. */
function toSmtp({ smtp }: SettingsData, base: string): Settings['smtp'] {
  if (smtp === undefined) return null;
  const parsed = smtp.url === smtpUrlNotAtHand ? null : parseSmtpUrl(smtp.url);
  const from = parseMailbox(smtp.from);
  if (from === null) throw new TypeError('a sender passed the schema and cannot be read');
  return {
    address: parsed === null || 'fault' in parsed ? null : parsed.address,
    from,
    caFile: smtp.ca_file === undefined ? null : resolve(base, smtp.ca_file),
  };
}

/** As of {@link toMs}. */
function toMoment(text: string): number {
  const moment = parseTestMoment(text);
  if (!moment.ok) throw new TypeError('a moment passed the schema and cannot be read');
  return moment.value;
}

/** The schema let only durations through; nonsense would be a fault of this program. */
function toMs(text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds === null) throw new TypeError('a duration passed the schema and cannot be read');
  return milliseconds;
}
