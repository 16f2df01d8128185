// Fuzz target: what bouncer forwards means the same to everybody. The bytes that it sent to the application are played to other readers of
// HTTP/1.1 (readers/start-readers.ts): each must read the same requests, by line and body, as many, and refuse none.
import { type AddressInfo, connect, createServer } from 'node:net';
import fc from 'fast-check';
import { exchangeRaw } from '../attacks/raw-exchange.ts';
import { type Site, startSite } from '../fixtures/running-site.ts';
import { liveTarget } from './live-target.ts';
import { answerRequests } from './plain-reader.ts';
import { type Reader, startReaders, type Understood, understood } from './readers/start-readers.ts';
import { damage, damagedStream, request } from './request-streams.ts';

/** One connection to the application: the bytes, and what they mean by the letter. */
interface Captured {
  readonly chunks: Buffer[];
  readonly requests: Understood[];
}

interface Running {
  readonly site: Site;
  readonly readers: readonly Reader[];
  /** Those since the last call; bouncer keeps connections, so each exchange asks for new ones. */
  take(): readonly Captured[];
  /** One exchange at a time: when its time is over, fast-check leaves the last one to itself. */
  alone(work: () => Promise<void>): Promise<void>;
  close(): void;
}

async function start(): Promise<Running> {
  const captured: Captured[] = [];
  const server = createServer((socket) => {
    let one: Captured = { chunks: [], requests: [] };
    socket.on('data', (chunk: Buffer) => {
      // Kept from an earlier exchange, and empty by then: a connection of its own to the readers.
      if (!captured.includes(one)) {
        one = { chunks: [], requests: [] };
        captured.push(one);
      }
      one.chunks.push(chunk);
    });
    answerRequests(
      socket,
      () => {},
      (read) => one.requests.push(understood(read)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { readers, missing } = await startReaders();
  if (missing.length > 0) process.stderr.write(`live-readers: left out here: ${missing.join(', ')}\n`);
  const site = await startSite({
    rules: `
applications:
  - name: app
    host: app.localhost
    upstream: http://127.0.0.1:${(server.address() as AddressInfo).port}
    policies: [{ name: open, action: bypass, include: [everyone] }]
`,
  });
  let last: Promise<void> = Promise.resolve();
  return {
    site,
    readers,
    alone(work) {
      const mine = last.then(work);
      last = mine.catch(() => {});
      return mine;
    },
    take: () => captured.splice(0),
    close: () => void server.close(),
  };
}

const longestMs = 3_000;

/** Plays the bytes to a reader, and leaves when it has answered as often as expected, or closed. */
function play(reader: Reader, bytes: Buffer, wanted: number): Promise<void> {
  return new Promise((resolve) => {
    let answers = '';
    const socket = connect(reader.port, '127.0.0.1', () => socket.write(bytes));
    const done = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(done, wanted === 0 ? 30 : longestMs);
    socket.on('data', (chunk: Buffer) => {
      answers += chunk.toString('latin1');
      const count = answers.match(/HTTP\/1\.1 (?!100)\d{3} /g)?.length ?? 0;
      // A moment more, for a request that it sees and nobody else.
      if (wanted > 0 && count >= wanted) setTimeout(done, 3);
    });
    socket.on('error', () => {}).on('close', done);
  });
}

const short = ({ line, body }: Understood): string => `${line} (${body.slice(0, 8)})`;

async function compare({ readers, take }: Running): Promise<void> {
  for (const { chunks, requests } of take()) {
    const bytes = Buffer.concat(chunks);
    // A request that broke off is nobody's: what is compared is what came whole, and that nothing else is made of the rest.
    await Promise.all(readers.map((reader) => play(reader, bytes, requests.length)));
    const expected = requests.map(short);
    for (const reader of readers) {
      const endMs = performance.now() + 1_000;
      const got: string[] = [];
      do {
        got.push(...reader.take().map(short));
        if (got.length >= expected.length) break;
        await new Promise((resolve) => setTimeout(resolve, 5));
      } while (performance.now() < endMs);
      if (JSON.stringify(got) !== JSON.stringify(expected))
        throw new Error(
          `${reader.name} reads ${JSON.stringify(got)} where the bytes say ${JSON.stringify(expected)}: ${JSON.stringify(bytes.toString('latin1'))}`,
        );
    }
  }
}

export const liveReaders = liveTarget<Running>(
  'live-readers',
  start,
  async ({ site, readers, close }) => {
    await site.close();
    for (const reader of readers) await reader.close();
    close();
  },
  (running) => ({
    'all readers read the same requests': fc.asyncProperty(
      fc.array(request, { minLength: 1, maxLength: 3 }),
      damage,
      (requests, changes) =>
        running.alone(async () => {
          const bytes = Buffer.from(damagedStream(requests, changes), 'latin1');
          const wanted = requests.length;
          await exchangeRaw(running.site.port, bytes, { wanted, quietMs: 8, patienceMs: 30 });
          await compare(running);
        }),
    ),
  }),
);
