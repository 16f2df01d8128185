// `upstream_options` of an application: defaults, and every value checked. Opens no file.

import { renderDuration } from '../../source/parse-duration.ts';
import { quote } from '../../source/quote.ts';
import type { UpstreamOptions } from '../model/compiled-rules.ts';
import type { RulesContext } from '../model/rules-set.ts';
import { parseApplicationHost, resolveFile } from './check-location.ts';
import { isDomain, parseAnyTime, parseSomeTime } from './check-values.ts';
import { accept, type Checked, checkOne, refuse, type Spot } from './problem-reporter.ts';
import type { ApplicationEntry } from './rules-schema.ts';

type OptionsEntry = NonNullable<ApplicationEntry['upstream_options']>;

const defaults = {
  connectTimeoutMs: 5_000,
  responseTimeoutMs: 60_000,
  idleTimeoutMs: 0,
  maxConnections: 256,
  maxQueue: 1024,
  maxWebSockets: 10_000,
  webSocketIdleTimeoutMs: 3_600_000,
} as const;

/** The longest whole days that a timer of Node's can wait: a longer one would end after a millisecond. */
const longestWaitMs = 24 * 86_400_000;

/** A duration that is waited for. @param check which durations there are */
function waitable(check: (text: string) => Checked<number>): (text: string) => Checked<number> {
  return (text) => {
    const checked = check(text);
    if (!checked.ok || checked.value <= longestWaitMs) return checked;
    return refuse(
      'duration-too-long',
      `${quote(text)} is too long`,
      `at most \`${renderDuration(longestWaitMs)}\``,
    );
  };
}

/** Longer than nothing. */
const parseWait = waitable(parseSomeTime);
/** Zero: without end. */
const parseWaitOrNone = waitable(parseAnyTime);

/** Checks the options. @param spot where the options stand, or would stand */
export function parseUpstreamOptions(
  entry: OptionsEntry | undefined,
  spot: Spot,
  context: RulesContext,
): UpstreamOptions {
  const time = (
    key: 'connect_timeout' | 'response_timeout' | 'idle_timeout' | 'websocket_idle_timeout',
    or: number,
  ) => {
    const text = entry?.[key];
    const check = key === 'connect_timeout' ? parseWait : parseWaitOrNone;
    return text === undefined ? or : (checkOne(text, spot.at(key), check) ?? or);
  };
  const file = (key: 'ca_file' | 'client_cert_file' | 'client_key_file') => {
    const path = entry?.[key];
    return path === undefined ? null : resolveFile(path, context.baseDir);
  };
  if (entry !== undefined) checkTogether(entry, spot);
  const { host_header: hostHeader, server_name: serverName, health_check: healthCheck } = entry ?? {};
  const maxConnections = entry?.max_connections ?? defaults.maxConnections;
  const maxWebSockets = entry?.max_websockets ?? defaults.maxWebSockets;
  return {
    hostHeader:
      hostHeader === undefined
        ? 'preserve'
        : (checkOne(hostHeader, spot.at('host_header'), parseHostHeader) ?? ''),
    caFile: file('ca_file'),
    serverName:
      serverName === undefined ? null : checkOne(serverName, spot.at('server_name'), parseServerName),
    clientCertFile: file('client_cert_file'),
    clientKeyFile: file('client_key_file'),
    isHttp2: entry?.http2 ?? false,
    connectTimeoutMs: time('connect_timeout', defaults.connectTimeoutMs),
    responseTimeoutMs: time('response_timeout', defaults.responseTimeoutMs),
    idleTimeoutMs: time('idle_timeout', defaults.idleTimeoutMs),
    maxConnections,
    maxConnectionsPerClient: entry?.max_connections_per_client ?? usualShare(maxConnections),
    maxQueue: entry?.max_queue ?? defaults.maxQueue,
    maxWebSockets,
    maxWebSocketsPerClient: entry?.max_websockets_per_client ?? usualShare(maxWebSockets),
    webSocketIdleTimeoutMs: time('websocket_idle_timeout', defaults.webSocketIdleTimeoutMs),
    healthCheck: healthCheck === undefined ? null : parseHealthCheck(healthCheck, spot.at('health_check')),
  };
}

/** Half; a page's own requests at once, where that is little. */
function usualShare(places: number): number {
  return Math.min(places, Math.max(8, Math.floor(places / 2)));
}

function parseHealthCheck(
  entry: NonNullable<OptionsEntry['health_check']>,
  spot: Spot,
): UpstreamOptions['healthCheck'] {
  const path = checkOne(entry.path, spot.at('path'), parseHealthPath);
  const { interval, timeout } = entry;
  const intervalMs = interval === undefined ? 10_000 : checkOne(interval, spot.at('interval'), parseWait);
  const timeoutMs = timeout === undefined ? 2_000 : checkOne(timeout, spot.at('timeout'), parseWait);
  return path === null || intervalMs === null || timeoutMs === null ? null : { path, intervalMs, timeoutMs };
}

function parseHealthPath(text: string): Checked<string> {
  if (/^\/[\u0021-\u007E]*$/.test(text) && !text.includes('#') && !text.includes('\\')) return accept(text);
  return refuse('bad-path', `${quote(text)} is not a path`, 'for example `/healthz`');
}

function parseHostHeader(text: string): Checked<string> {
  if (text === 'preserve' || text === 'upstream') return accept(text);
  const host = text.replace(/:\d{1,5}$/, '');
  if (!host.includes('*') && parseApplicationHost(host).ok) return accept(text);
  return refuse('bad-host', `${quote(text)} cannot be a Host`, 'write `preserve`, `upstream` or a host name');
}

function parseServerName(text: string): Checked<string> {
  if (isDomain(text)) return accept(text);
  return refuse('bad-host', `${quote(text)} is not a name in a certificate`, 'for example `wiki.internal`');
}

function checkTogether(entry: OptionsEntry, spot: Spot): void {
  const cert = entry.client_cert_file !== undefined;
  if (cert === (entry.client_key_file !== undefined)) return;
  const [given, missing] = cert
    ? ['client_cert_file', 'client_key_file']
    : ['client_key_file', 'client_cert_file'];
  const reason = `\`${given}\` needs \`${missing}\` beside it`;
  spot.at(given ?? '').complain({ code: 'missing-key', reason, part: 'key' });
}
