// A connector that comes and goes without end.
import { expect, onTestFinished, test } from 'vitest';
import { dial, RefusedByEdge } from '../../src/tunnel/connector/dial.ts';
import { Comings } from '../../src/tunnel/edge/comings.ts';
import { createKeyPair, keyPairOf } from '../../src/tunnel/wire/key-text.ts';
import { connectorTo, services, startEdge } from './tunnel-fixture.ts';

test('sixty times a minute are enough for a connector, and each minute begins anew', () => {
  const comings = new Comings();
  for (let n = 0; n < 60; n++) expect(comings.note('a', n)).toBe(true);
  expect(comings.note('a', 59_999)).toBe(false);
  expect(comings.note('b', 59_999)).toBe(true);
  expect(comings.note('a', 60_000)).toBe(true);
});

test('as many connectors as there may be are remembered, and no more', () => {
  const comings = new Comings();
  for (let n = 0; n < 61; n++) comings.note('a', 0);
  expect(comings.note('a', 0)).toBe(false);
  for (let n = 0; n < 20_000; n++) comings.note(`c${n}`, 0);
  expect(comings.note('a', 0)).toBe(true);
});

test('one that comes and goes without end is told to come later, once in the log, and others come in', async () => {
  const edge = await startEdge();
  const token = await edge.token();
  const where = { address: `127.0.0.1:${edge.port}`, pins: token.pins, proxy: null };
  const key = createKeyPair();
  const refused: unknown[] = [];
  for (let n = 0; n < 70; n++) {
    try {
      const socket = await dial(where, { connector: key, token: n === 0 ? keyPairOf(token.seed) : null });
      onTestFinished(() => void socket.destroy());
    } catch (error) {
      refused.push(error instanceof RefusedByEdge && error.verdict);
    }
  }
  expect(refused).toEqual(Array.from({ length: 10 }, () => 'later'));
  expect(edge.named('tunnel_refused').filter(({ reason }) => reason === 'too-often')).toMatchObject([
    { times: 1 },
  ]);
  connectorTo(await edge.token(), services('wiki=http://127.0.0.1:9'));
  await edge.carriers('wiki', 2);
});
