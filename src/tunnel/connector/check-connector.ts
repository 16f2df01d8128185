// A look at everything that a connector needs: the way to each edge as far as its key, and each service. It proves and joins nothing.
import type { TLSSocket } from 'node:tls';
import { BouncerError } from '../../bouncer-error.ts';
import { dispatchError } from '../../upstream/dispatch-error.ts';
import type { SocketAddress } from '../../upstream/open-socket.ts';
import { SocketOpener } from '../../upstream/open-socket.ts';
import { UpstreamFault } from '../../upstream/upstream-fault.ts';
import { clockAnswerBytes, clockAnswerOf, writeClockQuestion } from '../wire/proof.ts';
import { reachEdge } from './dial.ts';
import { proxyOf } from './proxy-of.ts';
import type { ServiceEntry } from './service-list.ts';

/** How long the edge may take to say what time it is, and how far the two may be apart, milliseconds. */
const clockMs = 5_000;
const clockToleranceMs = 60_000;

export interface ConnectorLook {
  readonly about: string;
  /** `null`: it is as it should be. */
  readonly failure: string | null;
  /** What to do about it. */
  readonly hint: string | null;
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
    const aheadMs = await askClock(socket);
    socket.destroy();
    const failure = aheadMs === null ? null : clockFailure(aheadMs);
    return {
      about,
      failure,
      hint: failure === null ? null : 'let both machines take their time from the network (NTP)',
    };
  } catch (error) {
    const hint = error instanceof BouncerError ? (error.hint ?? null) : null;
    return { about, failure: error instanceof Error ? error.message : String(error), hint };
  }
}

/** The tunnel asks no clock, but an application that verifies who asks does: assertions are good for minutes. */
function clockFailure(aheadMs: number): string | null {
  if (Math.abs(aheadMs) <= clockToleranceMs) return null;
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  return `the clock here is ${seconds} s ${aheadMs > 0 ? 'ahead of' : 'behind'} the edge's: applications here may refuse the assertions that they get`;
}

/** @returns how far the clock here is ahead, milliseconds; `null`: the edge does not tell */
function askClock(socket: TLSSocket): Promise<number | null> {
  const askedMs = Date.now();
  return new Promise((resolve) => {
    const finish = (edgeMs: number | null): void => {
      clearTimeout(timer);
      socket.off('readable', look).off('end', fail).off('close', fail).off('error', fail);
      resolve(edgeMs === null ? null : (askedMs + Date.now()) / 2 - edgeMs);
    };
    const fail = (): void => finish(null);
    const look = (): void => {
      const answer: Buffer | null = socket.read(clockAnswerBytes);
      if (answer !== null) finish(clockAnswerOf(answer));
    };
    const timer = setTimeout(fail, clockMs);
    socket.on('readable', look).on('end', fail).on('close', fail).on('error', fail);
    socket.write(writeClockQuestion());
  });
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
    const finish = (error: Error | null): void => {
      clearTimeout(timer);
      socket.on('error', () => {}).destroy();
      resolve({ about, ...(error === null ? { failure: null, hint: null } : serviceFailure(error)) });
    };
    const late = new UpstreamFault('UPSTREAM_CONNECT_TIMEOUT');
    const timer = setTimeout(() => finish(late), connectTimeoutMs);
    socket.once(opener.readyEvent, () => finish(null)).once('error', finish);
  });
}

/** In the words that the log of the edge has for it. */
function serviceFailure(error: Error): Omit<ConnectorLook, 'about'> {
  const { message, hint = null } = dispatchError(error, '');
  return { failure: message.replace(/^upstream `` /, 'it '), hint };
}

function textOf({ text }: SocketAddress): string {
  return text;
}
