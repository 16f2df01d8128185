// How a connection to one upstream address is made: TCP, TLS or a Unix socket, with the name that is verified. The name of a host is
// looked up for each connection. Certificates are verified always; there is no way to turn that off.
import { readFileSync } from 'node:fs';
import { connect, isIP, Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls';
import { BouncerError } from '../bouncer-error.ts';
import type { UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import type { Opener, SocketWishes } from './opener.ts';

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
      { cause },
    );
  }
}

/** Dead peers behind a connection on which nothing is said are found after about this long. */
const keepAliveProbeMs = 60_000;

/** An address that sockets of this process lead to. */
export type SocketAddress = Exclude<UpstreamAddress, { readonly kind: 'tunnel' }>;

/** What of an application's `upstream_options` says how connections are made. */
export type ConnectOptions = Pick<UpstreamOptions, 'connectTimeoutMs' | 'serverName'>;

/** Makes sockets to one address; remembers the TLS session, so that later handshakes are short. */
export class SocketOpener implements Opener {
  readonly address: SocketAddress;
  readonly #options: ConnectOptions;
  readonly #tls: UpstreamTls;
  #session: Buffer | null = null;

  constructor(address: SocketAddress, options: ConnectOptions, tls: UpstreamTls) {
    this.address = address;
    this.#options = options;
    this.#tls = tls;
  }

  get isTls(): boolean {
    return this.address.kind === 'tcp' && this.address.isTls;
  }

  /** Milliseconds that a connection may take, TLS included; 0 = no limit. */
  get connectTimeoutMs(): number {
    return this.#options.connectTimeoutMs;
  }

  /** The event that says that the socket may be used. */
  get readyEvent(): 'connect' | 'secureConnect' {
    return this.isTls ? 'secureConnect' : 'connect';
  }

  /** Begin to connect. What goes wrong is an `error` event, under Node's own codes; nothing is thrown. */
  open(wishes: SocketWishes): Socket {
    try {
      return this.#connect(wishes);
    } catch (error) {
      // A certificate or key that OpenSSL cannot read.
      const socket = new Socket();
      process.nextTick(() => socket.destroy(error instanceof Error ? error : new Error(String(error))));
      return socket;
    }
  }

  #connect(wishes: SocketWishes): Socket {
    const { address } = this;
    const shared = {
      allowHalfOpen: wishes.allowHalfOpen ?? false,
      ...(wishes.onread === undefined ? {} : { onread: wishes.onread }),
    };
    if (address.kind === 'unix') return connect({ path: address.path, ...shared });
    const tcp = {
      host: bareHost(address.host),
      port: address.port,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: keepAliveProbeMs,
      ...shared,
    };
    return address.isTls ? this.#openTls(address.host, tcp, wishes) : connect(tcp);
  }

  #openTls(host: string, tcp: object, wishes: SocketWishes): TLSSocket {
    const name = this.#options.serverName ?? bareHost(host);
    const { ca, cert, key } = this.#tls;
    const socket = connectTls({
      ...tcp,
      ALPNProtocols: [wishes.protocol],
      // An IP literal is not a server name (RFC 6066 section 3): without one Node verifies the certificate against the address.
      ...(isIP(name) === 0
        ? { servername: name }
        : { checkServerIdentity: (_host: string, peer: PeerCertificate) => checkServerIdentity(name, peer) }),
      ...(ca === null ? {} : { ca }),
      ...(cert === null ? {} : { cert }),
      ...(key === null ? {} : { key }),
      ...(this.#session === null ? {} : { session: this.#session }),
    });
    // Of an upstream that was verified: a shortened handshake does not verify anew.
    socket.on('session', (session: Buffer) => {
      if (socket.authorized) this.#session = session;
    });
    return socket;
  }
}

/** `Host` for requests that bouncer makes on its own. */
export function authorityOf(address: UpstreamAddress): string {
  if (address.kind !== 'tcp') return 'localhost';
  const bare = bareHost(address.host);
  const host = bare.includes(':') ? `[${bare}]` : bare;
  return address.port === (address.isTls ? 443 : 80) ? host : `${host}:${address.port}`;
}

function bareHost(host: string): string {
  return host.startsWith('[') ? host.slice(1, -1) : host;
}
