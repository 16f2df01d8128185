// What edge and connector tell each other on the control stream of a session: one JSON object a line. Neither side trusts the other's
// words further than this shape; what is in no shape ends the session.
import { z } from 'zod';
import { isTunnelName } from '../../http/tunnel-address.ts';

/** The stream that both sides talk on: the first one that an edge opens. No service can be called so. */
export const controlName = '.control';
/** A stream that the connector's request path answers itself: what is sent on it comes back. */
export const probeName = '.probe';
/** How the connector is asked for a service that speaks HTTP/2; HTTP/1.1 where it is absent. */
export const protocolField = 'bouncer-protocol';
/** Why a service was not reached, by Node's code or ours, beside a status other than 200. */
export const errorField = 'bouncer-error';
/** How a connection of a service ended: `end`, or the code of an error. In the trailers, after every byte. */
export const endField = 'bouncer-end';
export const endedWell = 'end';

/** The only version that there is. */
export const protocolVersion = 1;
/** The most services of one connector. */
export const mostServices = 64;
/** One line, bytes. */
export const longestLine = 16_384;

const name = z.string().refine(isTunnelName);
const text = z.string().max(200);
const services = z
  .record(name, z.object({ kind: z.enum(['http']) }))
  .refine((value) => Object.keys(value).length <= mostServices);
const addresses = z.array(text).max(32);
const pins = z
  .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/))
  .min(1)
  .max(4);

const hello = z.object({
  type: z.literal('hello'),
  /** The lowest and the highest version that it speaks. */
  protocol: z.tuple([z.int(), z.int()]),
  version: text,
  /** Of the process: another one with the same key is a clone, or what came after a restart. */
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  /** Which of its connections to this edge. */
  index: z.int().min(0).max(1),
  services,
});
const changed = z.object({ type: z.literal('services'), services });
const drain = z.object({ type: z.literal('drain') });
const welcome = z.object({
  type: z.literal('welcome'),
  connector: text,
  tunnel: name,
  /** The edge's process. */
  edge: text,
  addresses,
  pins,
});
const edges = z.object({ type: z.literal('edges'), addresses, pins });

const fromConnector = z.discriminatedUnion('type', [hello, changed, drain]);
const fromEdge = z.discriminatedUnion('type', [welcome, edges, drain]);

export type Hello = z.output<typeof hello>;
export type Services = z.output<typeof services>;
export type Welcome = z.output<typeof welcome>;
export type FromConnector = z.output<typeof fromConnector>;
export type FromEdge = z.output<typeof fromEdge>;

export const parseFromConnector = (line: string): FromConnector | null => parseLine(line, fromConnector);
export const parseFromEdge = (line: string): FromEdge | null => parseLine(line, fromEdge);

function parseLine<T>(line: string, schema: z.ZodType<T>): T | null {
  try {
    return schema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}

export function writeLine(message: FromConnector | FromEdge): string {
  return `${JSON.stringify(message)}\n`;
}
