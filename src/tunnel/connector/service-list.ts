// What a connector leads to: its own list says what each name is, and nothing else can be asked for.
import { BouncerError } from '../../bouncer-error.ts';
import { isTunnelName, tunnelNameHint } from '../../http/tunnel-address.ts';
import { parseUpstream } from '../../rules/parse/check-location.ts';
import { type SocketAddress, SocketOpener, type UpstreamTls } from '../../upstream/open-socket.ts';
import type { Opener } from '../../upstream/opener.ts';
import { mostServices, type Services } from '../wire/control-messages.ts';

/** One service, as the list has it. */
export interface ServiceEntry {
  readonly name: string;
  readonly address: SocketAddress;
  readonly tls: UpstreamTls;
  /** What is verified in the certificate in place of the address's host; `null`: that. */
  readonly serverName: string | null;
  readonly connectTimeoutMs: number;
}

export interface ServiceList {
  readonly entries: readonly ServiceEntry[];
  /** What makes connections to a service; `undefined`: it is not in the list. */
  find(name: string): Opener | undefined;
  /** As the edge is told. */
  announce(): Services;
}

export const usualConnectTimeoutMs = 5_000;
const noTls: UpstreamTls = { ca: null, cert: null, key: null };

/** @throws BouncerError `usage` for two of one name, and for too many */
export function createServiceList(entries: readonly ServiceEntry[]): ServiceList {
  const openers = new Map<string, Opener>();
  for (const { name, address, tls, serverName, connectTimeoutMs } of entries) {
    if (openers.has(name)) throw new BouncerError('usage', `the service \`${name}\` is given twice`);
    openers.set(name, new SocketOpener(address, { serverName, connectTimeoutMs }, tls));
  }
  if (entries.length > mostServices)
    throw new BouncerError('usage', `a connector takes at most ${mostServices} services`);
  return {
    entries,
    find: (name) => openers.get(name),
    announce: () => Object.fromEntries(entries.map(({ name }) => [name, { kind: 'http' }])),
  };
}

/** Why an address is none, and what to do about it. */
export type AddressFault = { readonly fault: string; readonly hint: string | null };

/** @param text as in rules: `http://127.0.0.1:8090`, `https://…`, `unix:/run/app.sock` */
export function parseServiceAddress(text: string, baseDir: string): SocketAddress | AddressFault {
  const checked = parseUpstream(text, { baseDir, hasTunnels: null });
  if (!checked.ok) return { fault: checked.complaint.reason, hint: checked.complaint.hint ?? null };
  if (checked.value.kind === 'tunnel')
    return {
      fault: 'a connector cannot lead into another tunnel',
      hint: 'name the address of the application',
    };
  return checked.value;
}

/**
 * `wiki=http://127.0.0.1:8090`, as on the command line.
 *
 * @throws BouncerError `usage`
 */
export function parseServiceOption(text: string, baseDir: string): ServiceEntry {
  const equals = text.indexOf('=');
  const name = text.slice(0, Math.max(0, equals));
  if (equals === -1)
    throw new BouncerError('usage', `\`--service ${text}\` has no name`, {
      hint: 'write `--service wiki=http://127.0.0.1:8090`',
    });
  if (!isTunnelName(name))
    throw new BouncerError('usage', `\`${name}\` cannot be the name of a service`, { hint: tunnelNameHint });
  const address = parseServiceAddress(text.slice(equals + 1), baseDir);
  if ('fault' in address)
    throw new BouncerError(
      'usage',
      `the service \`${name}\`: ${address.fault}`,
      address.hint === null ? {} : { hint: address.hint },
    );
  return { name, address, tls: noTls, serverName: null, connectTimeoutMs: usualConnectTimeoutMs };
}
