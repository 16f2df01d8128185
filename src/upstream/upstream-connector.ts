// How a connection to one upstream address is made: TCP, TLS or a Unix socket, with the name that is verified.
// It verifies certificates always; there is no way to turn that off.
import { readFileSync } from 'node:fs';
import { isIP, type Socket } from 'node:net';
import { buildConnector } from 'undici';
import { BouncerError } from '../bouncer-error.ts';
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { resetCode } from './dispatch-error.ts';

/** The certificate files of an application's `upstream_options`, read. */
export interface UpstreamTls {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
}

/**
 * Read the certificate files that the options name.
 *
 * @throws BouncerError `upstream_unreachable` when one cannot be read
 */
export function readUpstreamTls(options: UpstreamOptions): UpstreamTls {
  return {
    ca: readFileOf('ca_file', options.caFile),
    cert: readFileOf('client_cert_file', options.clientCertFile),
    key: readFileOf('client_key_file', options.clientKeyFile),
  };
}

function readFileOf(setting: string, path: string | null): Buffer | null {
  if (path === null) return null;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new BouncerError(
      'upstream_unreachable',
      `\`${setting}\` of the upstream cannot be read: \`${path}\``,
      {
        cause,
      },
    );
  }
}

/**
 * The name that every `dispatch` to the address must carry as `servername`: undici would otherwise verify the certificate
 * against the Host header, and reconnect whenever that changes. One constant text for each address.
 */
export function serverNameOf(address: UpstreamAddress, options: UpstreamOptions): string {
  if (address.kind === 'unix') return 'localhost';
  return options.serverName ?? bareHost(address.host);
}

/** Make the function through which undici connects to the address. */
export function createConnector(
  address: UpstreamAddress,
  options: UpstreamOptions,
  tls: UpstreamTls,
  allowH2: boolean,
): buildConnector.connector {
  const connect = buildConnector({
    timeout: options.connectTimeoutMs,
    allowH2,
    preferH2: allowH2,
    ...(address.kind === 'unix' ? { socketPath: address.path } : {}),
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
    ...(allowH2 && address.kind === 'tcp' && !address.isTls ? { useH2c: true } : {}),
  } as buildConnector.BuildOptions);
  return (target, callback) => {
    const { servername, ...rest } = target;
    // An IP literal is no server name (RFC 6066 section 3): without one Node verifies the certificate against the address.
    const isName = servername !== undefined && servername !== null && isIP(servername) === 0;
    connect(isName && address.kind === 'tcp' && address.isTls ? target : rest, (error, socket) => {
      if (error !== null) {
        callback(error, null);
        return;
      }
      socket.prependListener('error', markReset);
      callback(null, socket);
    });
  };
}

/**
 * undici reads a reset connection as the end of a body that has no length, so that a truncated response would look complete.
 * Under another code it is an error like any other. Also notes whether the socket had answered before.
 */
function markReset(this: Socket, error: Error & { code?: string; bytesRead?: number }): void {
  if (error.code === 'ECONNRESET') error.code = resetCode;
  error.bytesRead = this.bytesRead;
}

function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
