// What the log says of connections that were closed for their PROXY protocol: once a minute at most for each reason, as whoever finds the
// port can open many.
import type { Telemetry } from '../telemetry/request-record.ts';
import type { ProxiedRefusal } from './proxied-listener.ts';

interface Told {
  readonly cause: string;
  readonly hint: string;
}

const sends = 'let the server in front send it (`send-proxy-v2` in HAProxy, `proxy_protocol on` in nginx)';
const theirs = 'is it the server in front? Then look at how it sends the PROXY protocol';

const table: Readonly<Record<ProxiedRefusal, Told>> = {
  'not-trusted': {
    cause: 'the connection came from an address that is not in `trusted_proxies`',
    hint: 'add the address if it is a server of yours in front; if not, let nobody else reach `proxy_protocol.listen`',
  },
  'no-header': {
    cause: 'the connection began with other bytes than a header of the PROXY protocol',
    hint: `${sends}, or let it connect to \`listen\``,
  },
  silent: { cause: 'no whole header of the PROXY protocol came in time', hint: sends },
  'cut-off': { cause: 'the connection ended within the header of the PROXY protocol', hint: theirs },
  'unknown-version': { cause: 'the PROXY protocol has neither version 1 nor 2', hint: theirs },
  'unknown-kind': {
    cause: 'the header of the PROXY protocol is about something else than a connection of TCP',
    hint: theirs,
  },
  'too-long': { cause: 'the header of the PROXY protocol is longer than 4 KiB', hint: theirs },
  malformed: {
    cause: 'the header of the PROXY protocol is not written as its specification says',
    hint: theirs,
  },
};

const quietMs = 60_000;

/** @param now a clock that only goes forward, milliseconds */
export function createProxiedRefusals(
  telemetry: Pick<Telemetry, 'event'>,
  now: () => number = () => performance.now(),
): (reason: ProxiedRefusal, address: string | null) => void {
  const states = new Map<ProxiedRefusal, { untold: number; toldAtMs: number }>();
  return (reason, address) => {
    const state = states.get(reason) ?? { untold: 0, toldAtMs: Number.NEGATIVE_INFINITY };
    states.set(reason, state);
    state.untold++;
    if (now() - state.toldAtMs < quietMs) return;
    telemetry.event('proxy_header_refused', { reason, address, count: state.untold, ...table[reason] });
    state.untold = 0;
    state.toldAtMs = now();
  };
}
