// The client beside Node's own parser and undici, over real sockets: valid responses mean the same to all three, and what accidents
// make of them is never taken for a response that another one reads differently. Being stricter is allowed, and being able to repair.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { Client } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { CoarseClock } from '../../src/upstream/coarse-clock.ts';
import { Http1Pool } from '../../src/upstream/http1/http1-pool.ts';
import { SocketOpener } from '../../src/upstream/open-socket.ts';
import { corpusRecords, hasCorpora } from '../http/corpora.ts';
import { Sender } from './client-fixture.ts';
import { defaultUpstreamOptions } from './forward/fixture.ts';
import { bytesOf, readResponse } from './parsed-response.ts';
import { pick, randomFrom, randomResponse, withAccidents } from './random-responses.ts';

/** `status body`, or why not. */
interface Reading {
  readonly isWhole: boolean;
  readonly text: string;
  readonly fields: readonly string[];
}

interface Readers {
  readonly ours: (nth: number) => Promise<Reading>;
  readonly node: (nth: number) => Promise<Reading>;
  readonly undici: (nth: number) => Promise<Reading>;
}

const failed = (error: unknown): Reading => ({
  isWhole: false,
  text: error instanceof Error ? `${(error as { code?: string }).code} ${error.message}` : String(error),
  fields: [],
});

/** An upstream that answers `GET /n` with the n-th response in one piece or several, and ends the connection. */
async function readersOf(responses: readonly string[]): Promise<Readers> {
  const random = randomFrom(responses.length);
  const server = net.createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk: Buffer) => {
      const bytes = bytesOf(responses[Number(/ \/(\d+) /.exec(chunk.toString('latin1'))?.[1])] ?? '');
      if (random() < 0.5) {
        socket.end(bytes);
        return;
      }
      const at = Math.floor(random() * bytes.length);
      socket.write(bytes.subarray(0, at));
      setImmediate(() => socket.end(bytes.subarray(at)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const clock = new CoarseClock();
  const address = { kind: 'tcp', isTls: false, host: '127.0.0.1', port, text: '' } as const;
  const opener = new SocketOpener(address, defaultUpstreamOptions, { ca: null, cert: null, key: null });
  const pool = new Http1Pool(opener, clock, 64);
  onTestFinished(() => {
    pool.destroy();
    server.close();
  });
  return {
    ours: (nth) =>
      new Sender(pool, { path: `/${nth}` }).answer().then(
        ({ head, body }) => ({
          isWhole: true,
          text: `${head.status} ${body.toString('latin1')}`,
          fields: head.fields,
        }),
        failed,
      ),
    node: (nth) =>
      new Promise<Reading>((resolve) => {
        const asked = http.get({ port, path: `/${nth}`, agent: false }, (res) => {
          const body: Buffer[] = [];
          res.on('data', (chunk: Buffer) => body.push(chunk));
          res.on('error', (error) => resolve(failed(error)));
          res.on('end', () =>
            resolve({
              isWhole: res.complete,
              text: `${res.statusCode} ${Buffer.concat(body).toString('latin1')}`,
              fields: res.rawHeaders,
            }),
          );
        });
        asked.on('error', (error) => resolve(failed(error)));
        asked.on('upgrade', (_res, socket) => {
          socket.destroy();
          resolve(failed('upgrade'));
        });
      }),
    undici: async (nth) => {
      const client = new Client(`http://127.0.0.1:${port}`);
      try {
        const { statusCode, body } = await client.request({ path: `/${nth}`, method: 'GET' });
        return {
          isWhole: true,
          text: `${statusCode} ${Buffer.from(await body.arrayBuffer()).toString('latin1')}`,
          fields: [],
        };
      } catch (error) {
        return failed(error);
      } finally {
        void client.destroy();
      }
    },
  };
}

const seeds = [1, 20_261_126, 77];

test.each(seeds)('valid responses mean the same to all (seed %i)', async (seed) => {
  const random = randomFrom(seed);
  const responses = Array.from({ length: 100 }, () => randomResponse(random));
  const { ours, node, undici } = await readersOf(responses);
  for (const [nth, text] of responses.entries()) {
    const mine = await ours(nth);
    expect(mine.isWhole, `${mine.text} of ${JSON.stringify(text)}`).toBe(true);
    const theirs = await node(nth);
    expect(theirs, JSON.stringify(text)).toMatchObject({ isWhole: true, text: mine.text });
    expect(mine.fields).toEqual(theirs.fields);
    expect((await undici(nth)).text, JSON.stringify(text)).toBe(mine.text);
  }
});

/** What this client repairs as RFC 9112 says, and the others refuse or read as it stands. */
function isRepaired(text: string): boolean {
  return (
    /^[^\r\n:]+[ \t]+:/m.test(text) ||
    /^content-length[ \t]*:.*^content-length[ \t]*:/ims.test(text) ||
    /^content-length[ \t]*:[^\r\n]*,/im.test(text) ||
    /^transfer-encoding[ \t]*:[ \t]*identity/im.test(text) ||
    /\r\n[ \t]/.test(text)
  );
}

test.each(seeds)(
  'no accident makes a response that another one reads differently (seed %i)',
  async (seed) => {
    const random = randomFrom(seed * 31);
    const responses = Array.from({ length: 250 }, () => withAccidents(random, randomResponse(random)));
    const { ours, node, undici } = await readersOf(responses);
    let accepted = 0;
    let refused = 0;
    for (const [nth, text] of responses.entries()) {
      const mine = await ours(nth);
      if (!mine.isWhole) {
        refused++;
        continue;
      }
      accepted++;
      if (isRepaired(text)) continue;
      for (const theirs of [await node(nth), await undici(nth)]) {
        // A reason phrase, or what stands between chunk sizes, is nothing that anybody acts on.
        if (theirs.isWhole) expect(theirs.text, JSON.stringify(text)).toBe(mine.text);
      }
    }
    expect(accepted).toBeGreaterThan(20);
    expect(refused).toBeGreaterThan(20);
  },
);

test('any bytes mean the same in any pieces', () => {
  const random = randomFrom(4);
  for (let i = 0; i < 1_500; i++) {
    const text = random() < 0.3 ? randomResponse(random) : withAccidents(random, randomResponse(random));
    const bytes = bytesOf(text);
    const expectation = { method: pick(random, ['GET', 'HEAD']), isUpgrade: random() < 0.1 };
    const whole = readResponse([bytes], expectation);
    const cuts = Array.from({ length: 1 + Math.floor(random() * 12) }, () =>
      Math.floor(random() * bytes.length),
    );
    cuts.sort((a, b) => a - b);
    const pieces = [0, ...cuts].map((from, nth) => bytes.subarray(from, cuts[nth] ?? bytes.length));
    const inPieces = readResponse(pieces, expectation);
    if (whole.fault === null) expect(inPieces, JSON.stringify(text)).toEqual(whole);
    // Which fault is named may depend on what was there to see.
    else expect(inPieces.fault, JSON.stringify(text)).not.toBeNull();
  }
});

test.skipIf(!hasCorpora)(
  'the framing vectors of llhttp, as responses, mean no more here than to Node',
  async () => {
    const vectors = corpusRecords<{ id: string; rawHex: string }>('smuggling/llhttp-request-vectors.jsonl');
    const responses = vectors.map(({ rawHex }) =>
      Buffer.from(rawHex, 'hex')
        .toString('latin1')
        .replace(/^[^\r\n]*/, 'HTTP/1.1 200 OK'),
    );
    const { ours, node } = await readersOf(responses);
    let same = 0;
    for (const [nth, text] of responses.entries()) {
      const [mine, theirs] = [await ours(nth), await node(nth)];
      if (!mine.isWhole || isRepaired(text)) continue;
      if (theirs.isWhole) expect(theirs.text, `${vectors[nth]?.id} ${JSON.stringify(text)}`).toBe(mine.text);
      same++;
    }
    expect(same).toBeGreaterThan(20);
  },
);
