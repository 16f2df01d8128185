// A look at an application's server before anybody asks for it: does it answer HTTP as the rules say, and only to bouncer?
// What it is asked carries no identity and changes nothing.
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { BouncerError } from '../bouncer-error.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import type { Application, UpstreamAddress, UpstreamOptions } from '../rules/model/compiled-rules.ts';
import { deadLook, type Finding, type Look } from '../source/finding.ts';
import { causeOf } from '../telemetry/cause-of.ts';
import { CoarseClock } from './coarse-clock.ts';
import { dispatchError } from './dispatch-error.ts';
import { Probe } from './health-check.ts';
import { readUpstreamTls, type SocketAddress, SocketOpener } from './open-socket.ts';
import { UpstreamTarget } from './upstream-target.ts';

/** The longest that a server may take for the head of an answer, milliseconds. */
const answerMs = 5_000;
/** The longest that a way around bouncer is tried, milliseconds. */
const aroundMs = 1_000;
/** The most addresses of this machine that are tried. */
const mostAddresses = 8;

/** @returns what was found; never rejects */
export async function lookAtUpstream(
  { name, upstreamOptions }: Pick<Application, 'name' | 'upstreamOptions'>,
  address: UpstreamAddress,
): Promise<Look> {
  const about = `application \`${name}\``;
  // Its connectors are the running process's to ask: it probes each of them all the time.
  if (address.kind === 'tunnel')
    return {
      about,
      seen: `upstream \`${address.text}\` is behind a tunnel: see \`bouncer tunnel list\``,
      findings: [],
    };
  const startedMs = performance.now();
  try {
    const status = await askForHead(address, upstreamOptions);
    const took = Math.round(performance.now() - startedMs);
    const findings: readonly Finding[] =
      status >= 500
        ? [
            {
              severity: 'warning',
              code: 'upstream-fault',
              cause: `upstream \`${address.text}\` answers with status ${status}`,
              hint: 'see its own log',
            },
          ]
        : [];
    return {
      about,
      seen: `upstream \`${address.text}\` answers with status ${status} after ${took} ms`,
      findings,
    };
  } catch (error) {
    return deadLook(about, 'upstream-unusable', causeOf(error));
  }
}

/** @throws BouncerError why there is none */
function askForHead(address: SocketAddress, options: UpstreamOptions): Promise<number> {
  const limit = (ms: number): number => (ms === 0 ? answerMs : Math.min(ms, answerMs));
  const clock = new CoarseClock();
  const limited = { ...options, connectTimeoutMs: limit(options.connectTimeoutMs), maxConnections: 1 };
  const tls = readUpstreamTls(options);
  const way = { opener: () => new SocketOpener(address, limited, tls), name: null };
  const target = new UpstreamTarget(address, way, limited, clock);
  return new Promise<number>((resolve, reject) => {
    const probe = new Probe(answerMs, (answer) => {
      // Not within the call of the client that brought the answer.
      queueMicrotask(() => {
        target.destroy();
        clock.close();
      });
      if (answer.kind === 'head') resolve(answer.status);
      else if (answer.kind === 'failed') reject(dispatchError(answer.error, address.text));
      else
        reject(
          new BouncerError(
            'upstream_timeout',
            `upstream \`${address.text}\` takes connections and does not answer`,
            { hint: 'is it still starting, and does it speak HTTP on this port?' },
          ),
        );
    });
    probe.start(target, '/');
  });
}

/** Whether an application on this machine also listens where others can reach it, without bouncer. Never rejects. */
export async function findWayAround(
  { name }: Pick<Application, 'name'>,
  address: UpstreamAddress,
): Promise<Finding | null> {
  if (address.kind !== 'tcp' || !isLoopbackHost(address.host)) return null;
  const { port } = address;
  const hosts = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .filter(({ internal, scopeid }) => !internal && (scopeid ?? 0) === 0)
    .map((each) => each.address);
  const tried = await Promise.all(hosts.slice(0, mostAddresses).map((host) => takesConnections(host, port)));
  const open = hosts.filter((_, index) => tried[index] === true);
  const [first] = open;
  if (first === undefined) return null;
  return {
    severity: 'warning',
    code: 'reachable-around',
    cause: `\`${name}\` listens on ${first.includes(':') ? `[${first}]` : first}:${port} too: whoever reaches that address gets in without bouncer`,
    hint: 'let it listen on 127.0.0.1 alone, or close that port in the firewall',
  };
}

function takesConnections(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (outcome: 'open' | 'closed'): void => {
      socket.destroy();
      resolve(outcome === 'open');
    };
    socket.setTimeout(aroundMs, () => end('closed'));
    socket.once('connect', () => end('open'));
    socket.once('error', () => end('closed'));
  });
}
