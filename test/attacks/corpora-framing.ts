// Lists of framing attacks over raw sockets: no request that was hidden in a body is decided or forwarded, and the upstream never sees more
// requests than the parser's own authors.
import { corpusRecords } from '../http/corpora.ts';
import { inParallel } from '../http/raw-server.ts';
import { appHost, startAttackSite } from './attack-site.ts';
import type { CorpusResult } from './corpus-result.ts';
import { sleep } from './flow.ts';
import { exchangeRaw } from './raw-exchange.ts';

const settings = 'limits: { headers_timeout: 1s, request_timeout: 2s }';
const impatient = { wanted: 2, quietMs: 0, patienceMs: 200 } as const;

export async function replayFramings(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile', settings });
  const gadgets = corpusRecords<{ id: string; headerLineHex: string }>('smuggling/smuggler-te-gadgets.jsonl');
  const hidden = `0\r\n\r\nGET /public/hidden HTTP/1.1\r\nHost: ${appHost}\r\n\r\n`;
  await inParallel(gadgets, async ({ headerLineHex }) => {
    const start = Buffer.from(`POST /public/first HTTP/1.1\r\nHost: ${appHost}\r\n`);
    const line = Buffer.from(headerLineHex, 'hex');
    // Who knows the length takes the rest for one body; who believes the mutation sees a second request.
    for (const end of [`\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`, `\r\n\r\n0\r\n\r\n`])
      await exchangeRaw(site.port, Buffer.concat([start, line, Buffer.from(end)]), impatient);
  });
  const isHidden = (path: string | undefined): boolean => path?.includes('hidden') === true;
  const decided = site.records().filter(({ path }) => isHidden(path)).length;
  const seen = site.upstream.seen.filter(({ url }) => isHidden(url)).length;
  return {
    name: 'Transfer-Encoding gadgets (smuggler)',
    inputs: gadgets.length * 2,
    outcome: 'no hidden request was decided or forwarded',
    problems: [
      ...(decided === 0 ? [] : [`${decided} hidden requests were decided`]),
      ...(seen === 0 ? [] : [`${seen} hidden requests reached the upstream`]),
      ...(await site.close()),
    ],
  };
}

export async function replayVectors(): Promise<CorpusResult> {
  const site = await startAttackSite({ provider: 'hostile', settings });
  const vectors = corpusRecords<{ id: string; rawHex: string; messages: number }>(
    'smuggling/llhttp-request-vectors.jsonl',
  );
  for (const [index, { rawHex, messages }] of vectors.entries()) {
    const text = Buffer.from(rawHex, 'hex').toString('latin1');
    for (const variant of [text, asOurs(text, folderOf(index))])
      await exchangeRaw(site.port, Buffer.from(variant, 'latin1'), {
        wanted: messages + 1,
        quietMs: 0,
        patienceMs: 60,
      });
  }
  // What is still on its way to the upstream arrives, or has broken off.
  await sleep(300);
  const seen = site.upstream.seen.filter(({ isWhole }) => isWhole);
  const forwarded = seen.length;
  const problems = vectors.flatMap(({ id, messages }, index) => {
    const whole = seen.filter(({ url }) => url.startsWith(folderOf(index))).length;
    return whole > messages ? [`${id}: the upstream saw ${whole} of ${messages}`] : [];
  });
  const strange = seen.filter(({ url }) => !/^\/public\/\d+\//.test(url));
  problems.push(...strange.map(({ method, url }) => `${method} ${url} is of no vector`));
  return {
    name: 'request vectors (llhttp)',
    inputs: vectors.length * 2,
    outcome: `never more requests than the parser's authors see; ${forwarded} passed`,
    problems: [...problems, ...(await site.close())],
  };
}

/** Each vector has paths of its own, so that it is known whose a request is, whenever it arrives. */
const folderOf = (index: number): string => `/public/${index}/`;

/** The same for an application of ours: its paths in this folder of the open area, its host ours. The framing stays. */
function asOurs(text: string, folder: string): string {
  return text
    .replace(/^([A-Z-]+) (?:https?:\/\/[^/ ]+)?\/?/gm, `$1 ${folder}`)
    .replace(/^host:.*\r?\n/gim, '')
    .replace(/( HTTP\/1\.[01]\r?\n)/g, `$1Host: ${appHost}\r\n`);
}
