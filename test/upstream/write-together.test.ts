// Pieces that come in one turn of the event loop: one write, in order, and no end or wait is lost over it.
import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { WriteTogether } from '../../src/upstream/write-together.ts';

/** Notes what each of its writes was; @param ms how long one takes, 0: it is done at once */
function sink(ms: number): { readonly out: Writable; readonly writes: string[] } {
  const writes: string[] = [];
  const note = (bytes: Buffer, done: () => void): void => {
    writes.push(bytes.toString('latin1'));
    if (ms === 0) done();
    else setTimeout(done, ms);
  };
  const out = new Writable({
    highWaterMark: 65_536,
    write: (chunk: Buffer, _encoding, done) => note(chunk, done),
    writev: (chunks, done) => note(Buffer.concat(chunks.map(({ chunk }) => chunk as Buffer)), done),
  });
  return { out, writes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

test('pieces of one turn are one write, those of the next another', async () => {
  const { out, writes } = sink(0);
  const together = new WriteTogether(out);
  for (const text of ['a', 'b', 'c']) expect(together.write(Buffer.from(text))).toBe(true);
  expect(writes).toEqual([]);
  await turn();
  expect(writes).toEqual(['abc']);
  together.write(Buffer.from('d'));
  await turn();
  expect(writes).toEqual(['abc', 'd']);
});

test('a large piece waits for nobody', () => {
  const { out, writes } = sink(0);
  new WriteTogether(out).write(Buffer.alloc(40_000, 'x'));
  expect(writes.map(({ length }) => length)).toEqual([40_000]);
});

test('so much goes out before the turn is over, and there is room again where it was taken', () => {
  const { out, writes } = sink(0);
  const together = new WriteTogether(out);
  for (let at = 0; at < 12; at++) expect(together.write(Buffer.alloc(16_384))).toBe(true);
  expect(writes.map(({ length }) => length)).toEqual([65_536, 65_536, 65_536]);
});

test('who must wait is told, and told when to go on', async () => {
  const { out } = sink(5);
  const together = new WriteTogether(out);
  const rooms = Array.from({ length: 4 }, () => together.write(Buffer.alloc(16_384)));
  expect(rooms).toEqual([true, true, true, false]);
  await new Promise((resolve) => out.once('drain', resolve));
  expect(together.write(Buffer.alloc(16_384))).toBe(true);
});

test('what is held goes out before the end', async () => {
  const { out, writes } = sink(0);
  const together = new WriteTogether(out);
  together.write(Buffer.from('a'));
  together.release();
  out.end('b');
  await turn();
  expect(writes).toEqual(['a', 'b']);
  expect(out.writableFinished).toBe(true);
});
