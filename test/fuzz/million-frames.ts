// `node test/fuzz/million-frames.ts [COUNT]`: so many frames that make no sense are read by an edge and by connectors of tunnels, half by
// each, with new ones in each run and many connections at a time. Ends with exit code 1 where one of them gave up, or served those who
// make sense no more; what fails is repeated by its seed.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { isServed, lieToConnector, lieToEdge, startWorld } from './live-tunnel.ts';
import { frameCounts, frames } from './tunnel-frames.ts';

const wanted = Number(process.argv[2] ?? 1_000_000);
const [, , , givenSeed] = process.argv;
/** Liars at a time, to each side. */
const together = 24;

const world = await startWorld();
const fail = (seed: number, why: unknown): never => {
  console.log(`seed ${seed}: ${String(why)}`);
  process.exit(1);
};
let connections = 0;
while (frameCounts.read < wanted) {
  const seed = givenSeed === undefined ? randomInt(2 ** 31 - 1) : Number(givenSeed);
  const said = fc.sample(frames, { numRuns: 2 * together, seed });
  process.once('uncaughtException', (error) => fail(seed, error.stack));
  try {
    await Promise.all(said.map((pieces, at) => (at % 2 === 0 ? lieToEdge : lieToConnector)(world, pieces)));
    if (!(await isServed(world))) fail(seed, 'whoever makes sense is served no more');
  } catch (error) {
    fail(seed, error);
  }
  process.removeAllListeners('uncaughtException');
  connections += said.length;
  if (connections % 2_400 === 0) console.log(`${frameCounts.read} so far`);
  if (givenSeed !== undefined) break;
}
await world.close();
const { sent, read } = frameCounts;
console.log(
  `${read} of ${sent} random frames were read before their session ended, over ${connections} connections: nobody gave up`,
);
process.exit(0);
