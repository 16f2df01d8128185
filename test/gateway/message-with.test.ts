import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { messageWith } from '../../src/gateway/keep-form.ts';

test.each([0, 1, 65_536, 65_537, 1_048_576])('a kept body of %d bytes comes whole', async (length) => {
  const body = randomBytes(length);
  const pieces: Buffer[] = [];
  const message = messageWith(new IncomingMessage(new Socket()), body);
  await once(
    message.on('data', (piece: Buffer) => pieces.push(piece)),
    'end',
  );
  expect(Buffer.concat(pieces).equals(body)).toBe(true);
});
