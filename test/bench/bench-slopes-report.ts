// The table of measured slopes, and which limit they meet first.
import { type Slope, slopeOf } from './bench-slopes.ts';
import { number, table } from './bench-table.ts';

/** Slopes through all points, and the points that they go through. */
export function renderSlopes(slopes: readonly Slope[]): string {
  const rows = slopes.map(({ what, points }) => {
    const of = (pick: (point: Slope['points'][number]) => number): number =>
      slopeOf(
        points
          .map((point) => [point.count, pick(point)] as const)
          .filter(([, value]) => Number.isFinite(value)),
      );
    const kb = of(({ pssKb }) => pssKb);
    const weighed = points.map(({ count, pssKb }) => `${number(count, 0)}: ${number(pssKb / 1_024, 0)}`);
    return [
      what,
      `${number(kb, 2)} KB`,
      kb > 0 ? number(1_048_576 / kb, 0) : '',
      `${number(
        of(({ idleUs }) => idleUs),
        2,
      )} µs`,
      `${number(of(({ requestUs }) => requestUs) * 1_000, 2)} ns`,
      weighed.join(', '),
    ];
  });
  const head = [
    'one more',
    'memory',
    'in 1 GB',
    'CPU a second while idle',
    'CPU a request of 1 KB',
    'MB with so many',
  ];
  return `Slopes through several measurements, each with more of one thing and of nothing else; memory with shared pages counted in proportion.

${table([head, ...rows])}

${renderFirstLimit(slopes)}`;
}

/** People who each keep one connection open and ask for 1 KB by it once in so many seconds. */
const secondsBetween = 10;
/** `limits.connections` where nothing is set. */
const defaultConnections = 10_000;
const gigabyteKb = 1_048_576;

interface Limit {
  readonly people: number;
  readonly what: string;
}

/**
 * What each limit is worth in people, the lowest first, by the slopes. One that was not measured, or whose slope is lost in the noise (not
 * above 0), is not among them.
 */
export function limitsOf(slopes: readonly Slope[]): readonly Limit[] {
  const points = (name: string): Slope['points'] => slopes.find(({ what }) => what === name)?.points ?? [];
  const kbOf = (name: string): number =>
    slopeOf(points(name).map(({ count, pssKb }) => [count, pssKb] as const));
  const { requestUs = 0 } = points('idle connection')[0] ?? {};
  const [connectionKb, sessionKb] = [kbOf('idle connection'), kbOf('session in use')];
  const limits: Limit[] = [
    {
      people: defaultConnections,
      what: 'the 10,000 connections that `limits.connections` allows by default',
    },
  ];
  if (requestUs > 0)
    limits.push({
      people: (1e6 / requestUs) * secondsBetween,
      what: `the one core that a process uses (${number(1e6 / requestUs, 0)} requests of 1 KB a second)`,
    });
  if (connectionKb > 0 && sessionKb > 0)
    limits.push({
      people: gigabyteKb / (connectionKb + sessionKb),
      what: `a gigabyte of memory (${number(connectionKb + sessionKb, 1)} KB for a connection and a session in use)`,
    });
  return limits.toSorted((a, b) => a.people - b.people);
}

function renderFirstLimit(slopes: readonly Slope[]): string {
  const [first, ...others] = limitsOf(slopes);
  if (first === undefined) return '';
  const after = others.map(({ people, what }) => `${what}: ${number(people, 0)} people`);
  return `Of people who each keep one connection open and ask for 1 KB by it once in ${secondsBetween} seconds, the first limit is ${first.what}: ${number(first.people, 0)} people.${
    after.length === 0 ? '' : `\nAfter it come ${after.join(', and ')}.`
  } More cores are [more processes](scaling.md).`;
}
