// Valid streams of requests with a few bytes changed, in the manner of http-garden: bouncer and a lenient parser behind it must agree
// on how many requests there are. Seeded, so that a failure comes back.
import type { AttackSite } from './attack-site.ts';
import { exchangeRaw } from './raw-exchange.ts';

const host = 'Host: app.bouncer.test\r\n';
const hidden = `GET /public/hidden HTTP/1.1\r\n${host}\r\n`;
const seeds: readonly string[] = [
  `GET /public/a HTTP/1.1\r\n${host}\r\nGET /public/b HTTP/1.1\r\n${host}\r\n`,
  `POST /public/a HTTP/1.1\r\n${host}Content-Length: ${hidden.length}\r\n\r\n${hidden}GET /public/b HTTP/1.1\r\n${host}\r\n`,
  `POST /public/a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n${hidden.length.toString(16)};x=y\r\n${hidden}\r\n0\r\n\r\nGET /public/b HTTP/1.1\r\n${host}\r\n`,
  `DELETE /public/a HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n${hidden}`,
  `OPTIONS /public/a HTTP/1.1\r\n${host}Connection: keep-alive, X-Y\r\nX-Y: 1\r\nContent-Length: 3\r\n\r\nabc${hidden}`,
  `HEAD /public/a HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n${hidden}`,
  `GET /public/a HTTP/1.1\r\n${host}Expect: 100-continue\r\nContent-Length: 4\r\n\r\nbody${hidden}`,
  `GET /public/ws HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n${hidden}`,
];
const meaningful = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ';',
  ',',
  '0',
  '1',
  'f',
  '\x0b',
  '\xff',
  '/',
  '"',
  '\r\n\r\n',
  '0\r\n\r\n',
];
const fields = [
  'Content-Length: 0\r\n',
  'Content-Length: 5\r\n',
  'Content-Length : 5\r\n',
  'Transfer-Encoding: chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer_Encoding: chunked\r\n',
  'Transfer-Encoding:\x0bchunked\r\n',
  ' Transfer-Encoding: chunked\r\n',
  'Connection: close\r\n',
  'Connection: content-length\r\n',
  'Upgrade: websocket\r\nConnection: Upgrade\r\n',
  'Expect: 100-continue\r\n',
  'Host: app.bouncer.test\r\n',
];

/** Numbers in [0, 1) from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function mutate(text: string, next: () => number): string {
  const at = Math.floor(next() * text.length);
  const pick = (list: readonly string[]): string => list[Math.floor(next() * list.length)] ?? '';
  switch (Math.floor(next() * 5)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + pick(meaningful) + text.slice(at);
    case 2:
      return text.slice(0, at) + pick(meaningful) + text.slice(at + 1);
    case 3: {
      const lines = [...text.matchAll(/\r\n/g)].map(({ index }) => index + 2);
      const line = lines[Math.floor(next() * lines.length)] ?? 0;
      return text.slice(0, line) + pick(fields) + text.slice(line);
    }
    default:
      return text.replace(/(?:\d|[a-f])+(?=[\r;])/, (size) =>
        next() < 0.5 ? `0${size}` : String(Number.parseInt(size, 16) + 1),
      );
  }
}

/** @returns what is wrong beyond the invariants that the site's own close checks */
export async function mutatedStreams(
  site: AttackSite,
  count: number,
  seed: number,
): Promise<readonly string[]> {
  const next = random(seed);
  const streams = Array.from({ length: count }, (_, i) => {
    let text = seeds[i % seeds.length] ?? '';
    for (let changes = 1 + Math.floor(next() * 3); changes > 0; changes--) text = mutate(text, next);
    return text;
  });
  const worker = async (): Promise<void> => {
    for (let text = streams.pop(); text !== undefined; text = streams.pop())
      await exchangeRaw(site.port, Buffer.from(text, 'latin1'), { wanted: 3, quietMs: 0, patienceMs: 250 });
  };
  await Promise.all(Array.from({ length: 24 }, worker));
  const decided = site.records().filter(({ request_id }) => request_id !== undefined).length;
  return decided >= count / 2 ? [] : [`only ${decided} requests of ${count} streams were decided`];
}
