// A look at everything that a connector needs: the way to each edge as far as its key, and each service. It proves and joins nothing.
import type { SocketAddress } from '../../upstream/open-socket.ts';
import { SocketOpener } from '../../upstream/open-socket.ts';
import { reachEdge } from './dial.ts';
import { proxyOf } from './proxy-of.ts';
import type { ServiceEntry } from './service-list.ts';

export interface ConnectorLook {
  readonly about: string;
  /** `null`: it is as it should be. */
  readonly failure: string | null;
}

export interface CheckParts {
  readonly addresses: readonly string[];
  readonly pins: readonly string[];
  readonly services: readonly ServiceEntry[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One look for each edge and service; never rejects. */
export function checkConnector({
  addresses,
  pins,
  services,
  env,
}: CheckParts): Promise<readonly ConnectorLook[]> {
  return Promise.all([
    ...addresses.map((address) => lookAtEdge(address, pins, env)),
    ...services.map((service) => lookAtService(service)),
  ]);
}

async function lookAtEdge(
  address: string,
  pins: readonly string[],
  env: CheckParts['env'],
): Promise<ConnectorLook> {
  let about = `edge ${address}`;
  try {
    const proxy = proxyOf(env, address.slice(0, address.lastIndexOf(':')));
    if (proxy !== null) about += ` through the proxy ${proxy.host}`;
    const socket = await reachEdge({ address, pins, proxy });
    socket.destroy();
    return { about, failure: null };
  } catch (error) {
    return { about, failure: error instanceof Error ? error.message : String(error) };
  }
}

function lookAtService({
  name,
  address,
  tls,
  serverName,
  connectTimeoutMs,
}: ServiceEntry): Promise<ConnectorLook> {
  const about = `service ${name} at ${textOf(address)}`;
  const opener = new SocketOpener(address, { serverName, connectTimeoutMs }, tls);
  return new Promise((resolve) => {
    const socket = opener.open({ protocol: 'http/1.1' });
    const finish = (failure: string | null): void => {
      clearTimeout(timer);
      socket.on('error', () => {}).destroy();
      resolve({ about, failure });
    };
    const timer = setTimeout(() => finish('takes no connection in time'), connectTimeoutMs);
    socket
      .once(opener.readyEvent, () => finish(null))
      .once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

function textOf({ text }: SocketAddress): string {
  return text;
}
