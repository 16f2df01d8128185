// Bodies of forms that meet an ended session, as they are read to be kept: bounded, and of one login the latest.
import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { BodyReader } from '../../src/gateway/keep-form.ts';

/** As much of a message as is read. */
function message(): { readonly stream: PassThrough; readonly req: IncomingMessage } {
  const stream = new PassThrough();
  return { stream, req: stream as unknown as IncomingMessage };
}

test('a body is read as it came, to its end, and no further than the limit', async () => {
  const reader = new BodyReader();
  const [small, large] = [message(), message()];
  const read = reader.read(small.req, 'one', 4);
  small.stream.write(Buffer.from([0, 255]));
  small.stream.end(Buffer.from([13, 10]));
  expect(await read).toEqual(Buffer.from([0, 255, 13, 10]));
  const above = reader.read(large.req, 'one', 4);
  large.stream.write(Buffer.alloc(5));
  expect(await above).toBe('too-large');
  expect(large.stream.isPaused()).toBe(true);
});

test('of one login the latest is read: the earlier one is given up, and its end changes nothing', async () => {
  const reader = new BodyReader();
  const [first, second, third] = [message(), message(), message()];
  const early = reader.read(first.req, 'one', 100);
  first.stream.write('half of');
  const late = reader.read(second.req, 'one', 100);
  expect(await early).toBe('gone');
  expect(first.stream.isPaused()).toBe(true);
  first.stream.destroy();
  const last = reader.read(third.req, 'one', 100);
  expect(await late).toBe('gone');
  third.stream.end('all of it');
  expect(String(await last)).toBe('all of it');
});

test('of many logins so many are read at once, and a further one is turned away until one is done', async () => {
  const reader = new BodyReader();
  const reading = Array.from({ length: 32 }, (_, index) => {
    const one = message();
    return { ...one, body: reader.read(one.req, `login-${index}`, 100) };
  });
  expect(await reader.read(message().req, 'one more', 100)).toBe('busy');
  // Who is being read already may begin again.
  const again = message();
  const body = reader.read(again.req, 'login-0', 100);
  again.stream.end('again');
  expect(String(await body)).toBe('again');
  const now = message();
  const taken = reader.read(now.req, 'one more', 100);
  now.stream.end('now');
  expect(String(await taken)).toBe('now');
  for (const { stream } of reading) stream.destroy();
  await Promise.all(reading.map((one) => one.body));
});
