// The published lists, replayed: most of them over raw sockets against a running site, the rest against the very functions that read such
// texts. A folder that is not there is said aloud, by the reader of the lists (test/http/corpora.ts).
import { hasCorpora } from '../http/corpora.ts';
import { replayFramings, replayVectors } from './corpora-framing.ts';
import { replayAddresses, replayTokens } from './corpora-identity.ts';
import { replayHeaders, replayPaths, replayRedirects, replayUrls } from './corpora-requests.ts';
import type { CorpusResult } from './corpus-result.ts';

const replays: readonly (() => Promise<CorpusResult>)[] = [
  replayRedirects,
  replayAddresses,
  replayPaths,
  replayHeaders,
  replayFramings,
  replayVectors,
  replayTokens,
  replayUrls,
];

/** @returns `null` when the lists are not at hand */
export async function replayCorpora(): Promise<readonly CorpusResult[] | null> {
  if (!hasCorpora) return null;
  const results: CorpusResult[] = [];
  for (const replay of replays) results.push(await replay());
  return results;
}

/** The outcome for a terminal. */
export function renderCorpora(results: readonly CorpusResult[]): string {
  const lines = results.flatMap(({ name, inputs, outcome, problems }) => [
    `  ${name.padEnd(34)}${String(inputs).padStart(7)} inputs  ${problems.length === 0 ? outcome : `FAILED (${problems.length})`}`,
    ...problems.slice(0, 10).map((problem) => `      ${problem}`),
  ]);
  return ['', 'published lists:', ...lines].join('\n');
}
