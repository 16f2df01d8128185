// Lines on their way to standard output: every one of them, in order, whole, and none later than promised.
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LineBatch } from '../../src/telemetry/line-batch.ts';
import { openStandardOutput } from '../../src/telemetry/standard-output.ts';

const options = { mostBytes: 256, enoughBytes: 64, enoughMs: 5, longestMs: 100 };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function collecting(more: Partial<typeof options> = {}) {
  const batches: { readonly bytes: Buffer; readonly lines: number }[] = [];
  const batch = new LineBatch({ ...options, ...more }, (bytes, lines) => batches.push({ bytes, lines }));
  return { batch, batches, text: () => Buffer.concat(batches.map(({ bytes }) => bytes)).toString() };
}

test('every line is handed over as it is, in order and counted, whatever they are and whenever', () => {
  const line = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 60, maxLength: 400 }),
  );
  const step = fc.oneof({ weight: 6, arbitrary: line }, fc.constantFrom(1, 5, 100), fc.constant(null));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { batch, batches, text } = collecting();
      const added: string[] = [];
      for (const one of steps) {
        if (one === null) batch.handOver();
        else if (typeof one === 'number') vi.advanceTimersByTime(one);
        else {
          added.push(`${one}\n`);
          batch.add(`${one}\n`);
        }
      }
      batch.handOver();
      expect(text()).toBe(Buffer.from(added.join('')).toString());
      expect(batches.reduce((sum, { lines }) => sum + lines, 0)).toBe(added.length);
    }),
    { numRuns: 200 },
  );
});

test('a line waits 100 ms, and 5 ms once enough of them wait', () => {
  const { batch, batches } = collecting();
  batch.add('one\n');
  vi.advanceTimersByTime(99);
  expect(batches).toHaveLength(0);
  vi.advanceTimersByTime(1);
  expect(batches).toHaveLength(1);
  for (let i = 0; i < 8; i++) batch.add('12345678\n');
  vi.advanceTimersByTime(4);
  batch.add('more\n');
  expect(batches).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(batches).toHaveLength(2);
  expect(batches[1]?.lines).toBe(9);
});

test('where nothing is to wait, enough is handed over at once', () => {
  const { batch, batches } = collecting({ enoughMs: 0 });
  for (let i = 0; i < 8; i++) batch.add('12345678\n');
  expect(batches.map(({ lines }) => lines)).toEqual([8]);
});

test('what was handed over does not change with what comes after', () => {
  const { batch, batches } = collecting();
  batch.add('one\n');
  batch.handOver();
  batch.add('two\n');
  expect(batches[0]?.bytes.toString()).toBe('one\n');
});

test('a file has every line, those that did not fit at once included', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  const file = join(folder, 'log');
  const fd = openSync(file, 'w');
  try {
    const out = openStandardOutput(() => {}, fd);
    const lines = Array.from({ length: 2_000 }, (_, i) => `${i} ${'ü'.repeat(i % 200)}\n`);
    for (const [i, line] of lines.entries()) {
      out.write(line);
      if (i === 1_000) vi.advanceTimersByTime(5);
    }
    vi.advanceTimersByTime(100);
    await vi.waitFor(() => expect(readFileSync(file, 'utf8')).toBe(lines.join('')), { timeout: 30_000 });
    out.write('last\n');
    await out.finish();
    expect(readFileSync(file, 'utf8')).toBe(`${lines.join('')}last\n`);
    // A host that goes on keeps nothing that looks after the log of a bouncer that was closed.
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is said last stands last, also where another thread is still writing what came before', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'log-'));
  try {
    for (let i = 0; i < 40; i++) {
      const file = join(folder, `log-${i}`);
      const fd = openSync(file, 'w');
      const out = openStandardOutput(() => {}, fd);
      const before = `${'x'.repeat(21_000)}\n`;
      for (let j = 0; j < 4; j++) out.write(before);
      out.write('last\n');
      await out.finish();
      expect(readFileSync(file, 'utf8') === `${before.repeat(4)}last\n`).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
