// What edge and connector tell each other on the control stream of a session: one JSON object a line. Neither side trusts the other's
// words further than this shape; what is in no shape ends the session.
import { z } from 'zod';
import { isTunnelName } from '../../http/tunnel-address.ts';
import { mostGrants } from './stream-flow.ts';

/** The stream that both sides talk on: the first one that an edge opens. No service can be called so. */
export const controlName = '.control';
/** A stream that the connector's request path answers itself: what is sent on it comes back. */
export const probeName = '.probe';
/** How the connector is asked for a service that speaks HTTP/2; HTTP/1.1 where it is absent. */
export const protocolField = 'bouncer-protocol';
/** The request that a connection is opened for, by its number in the edge's log: for that of the connector. */
export const requestField = 'bouncer-request';
/** Why a service was not reached, by Node's code or ours, beside a status other than 200. */
export const errorField = 'bouncer-error';
/** How a connection of a service ended: `end`, or the code of an error. In the trailers, after every byte. */
export const endField = 'bouncer-end';
export const endedWell = 'end';

/** The only version that there is. */
export const protocolVersion = 1;
/** The most services of one connector. */
export const mostServices = 64;
/** What waits on the control stream for a side that does not read it, bytes: beyond it the session ends. */
export const mostUnheard = 1_048_576;
/** One line, bytes. */
export const longestLine = 16_384;

const name = z.string().refine(isTunnelName);
const text = z.string().max(200);
/** Of what somebody reads at a terminal: nothing that it would obey. */
const plain = z.string().regex(/^[\x20-\x7e]{0,200}$/);
const services = z
  .record(name, z.object({ kind: z.enum(['http']) }))
  .refine((value) => Object.keys(value).length <= mostServices);
const addresses = z.array(plain).max(32);
const pins = z
  .array(z.string().regex(/^[A-Za-z0-9_-]{43}$/))
  .min(1)
  .max(4);

const hello = z.object({
  type: z.literal('hello'),
  /** The lowest and the highest version that it speaks. */
  protocol: z.tuple([z.int(), z.int()]),
  version: plain,
  /** Of the process: another one with the same key is a clone, or what came after a restart. */
  instance: z.string().regex(/^[0-9a-f]{32}$/),
  /** Which of its connections to this edge. */
  index: z.int().min(0).max(1),
  /** The address by which it came: two may lead to one edge. Absent: not told. */
  by: plain.optional(),
  services,
  /** What it understands besides, by fixed words: an edge says nothing else to it. Absent: nothing. */
  hears: z.array(text).max(16).optional(),
});
const changed = z.object({ type: z.literal('services'), services });
const drain = z.object({ type: z.literal('drain') });
const welcome = z.object({
  type: z.literal('welcome'),
  connector: plain,
  tunnel: name,
  /** The edge's process. */
  edge: text,
  addresses,
  pins,
  /** The edge forgets it once it stays away: its token is then what lets it in again. Absent: it does not. */
  passing: z.boolean().optional(),
});
const edges = z.object({ type: z.literal('edges'), addresses, pins });
/** How far the other side may go on each stream, see stream-flow.ts. */
const grants = z.object({
  type: z.literal('grants'),
  grants: z.array(z.tuple([z.int().min(0), z.int().min(0)])).max(mostGrants),
});
/** Somebody looked at what is shared. */
const visited = z.object({
  type: z.literal('visited'),
  /** An address of the people named; `null`: somebody else, who was kept out. */
  who: z.string().max(320).nullable(),
  method: text,
  path: z.string().max(2_048),
  status: z.int(),
  ms: z.number(),
  /** Why the site gave no answer of its own, as the log of the edge says it; absent: it gave one. */
  reason: text.optional(),
});

/** Words of `hears`: who looks at what is shared; how far it may go on a stream. */
export const hearsVisits = 'visits';
export const hearsGrants = 'grants';

const fromConnector = z.discriminatedUnion('type', [hello, changed, drain, grants]);
const fromEdge = z.discriminatedUnion('type', [welcome, edges, drain, visited, grants]);

export type Hello = z.output<typeof hello>;
export type Services = z.output<typeof services>;
export type Welcome = z.output<typeof welcome>;
export type Visited = z.output<typeof visited>;
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
