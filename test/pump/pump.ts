// Pumps an entry point with long runs of characters and judges its CPU time by growth, not by the clock: what four times the text
// costs more than linearly is a finding.

/** Something that reads text from outside. It may refuse it or throw; it may not take long. */
export interface EntryPoint {
  readonly name: string;
  /** The longest text that can arrive here, characters: what stands in front of it refuses longer ones. */
  readonly longest: number;
  readonly read: (text: string) => unknown;
  /** Further pieces that mean something here, repeated like the rest. */
  readonly pieces?: readonly string[];
  /** Makes a text of about this length from a piece, where mere repetition would be refused at once. */
  readonly wrap?: (run: string) => string;
}

export interface Finding {
  readonly entryPoint: string;
  readonly shape: string;
  readonly microseconds: number;
  readonly growth: number;
}

/** One of each class that readers treat in their own way, and pairs on which two rules meet. */
const pieces: readonly string[] = [
  ...[
    'a',
    'A',
    '0',
    ' ',
    '\t',
    '.',
    ',',
    ';',
    ':',
    '=',
    '/',
    '%',
    '"',
    "'",
    '(',
    '[',
    '{',
    '<',
    '&',
    '*',
    '-',
    '_',
  ],
  ...['@', '+', '~', '#', '?', '|', '\\', '\u00e9', '\n', '\r\n', '\u0000', '\ud800', 'é', '👩', 'İ', 'ﬁ'],
  ...[
    '%2f',
    '%2e',
    '%41',
    '%25',
    '%C3%A9',
    '%5c',
    '%u0061',
    '/.',
    './',
    '/a',
    '//',
    '/a/..',
    ';a',
    'a;',
    '/;',
    ' .',
  ],
  ...[
    'a=',
    '=;',
    ' ;',
    '; ',
    ' =',
    '==',
    ', ',
    ' ,',
    'a,',
    'a, ',
    'a b',
    'a.',
    '.a',
    '::',
    ':1',
    '1.',
    '[a',
    '[]',
    '"a',
  ],
  ...['bouncer', 'bouncer_session', 'bouncer_session=', '__Host-bouncer_session=a;', '-host-', '--', 'host-'],
  ...['text/html', 'q=0.', ';q=0', 'a/b;c=', '&a=', '&a', '://', 'a:b@', ' \t', '\t ', '"",', "''"],
];

/** Where a run stands: alone, before or behind something that makes a reader start over. */
const shapes: readonly ((run: string) => string)[] = [
  (run) => run,
  (run) => `${run}\u0001`,
  (run) => `a${run}a`,
  (run) => `bouncer_session=a${run}!`,
  (run) => `/${run}`,
];

/** @param atLeast so long it is repeated, microseconds: what is shorter than the clock is told as a mean */
function microsecondsOf(read: EntryPoint['read'], text: string, atLeast: number): number {
  const before = process.cpuUsage();
  let runs = 0;
  let spent = 0;
  do {
    try {
      read(text);
    } catch {
      // A refusal is an answer.
    }
    runs += 1;
    const { user, system } = process.cpuUsage(before);
    spent = user + system;
  } while (spent < atLeast && runs < 64);
  return spent / runs;
}

/** Of three rounds the least: whatever else happens here makes a reader look slower than it is, never faster. */
function leastOf(read: EntryPoint['read'], text: string, atLeast: number): number {
  return Math.min(...[1, 2, 3].map(() => microsecondsOf(read, text, atLeast)));
}

/** What one look at each character costs here and now, microseconds for the text. */
function baselineOf(text: string): number {
  let sum = 0;
  return leastOf(
    (given) => {
      for (let i = 0; i < given.length; i++) sum = (sum * 31 + given.charCodeAt(i)) | 0;
      return sum;
    },
    text,
    500,
  );
}

/** A reader may look at each character as often as this and it is still cheap, however it grows. */
const cheapLooks = 60;
/** Four times the text may cost this much: four, and what noise and caches add. */
const mostGrowth = 8;

/**
 * The whole text is measured once and the quarter thrice: a busy moment can only make the growth look larger than it is, and then
 * it is measured again.
 *
 * @returns 0 for what is cheap: most runs are refused or read in no time, and one round tells
 */
function growthOf(read: EntryPoint['read'], whole: string, quarter: () => string, cheap: number): number {
  let growth = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 8 && growth > mostGrowth; tries++) {
    const large = microsecondsOf(read, whole, tries === 0 ? 0 : 4_000);
    if (large <= cheap) return 0;
    growth = Math.min(growth, large / Math.max(leastOf(read, quarter(), 1_000), 0.1));
  }
  return growth;
}

/**
 * Every shape of every run at this entry point, at its full length and at a quarter of it.
 *
 * @param options `looks`: how many looks at each character of the whole text it may cost at most, in any case; `every`: of so many
 *   texts one is tried, of each shape in turn
 */
export function pump(
  entryPoint: EntryPoint,
  { looks = Number.POSITIVE_INFINITY, every = 1 }: { readonly looks?: number; readonly every?: number } = {},
): Finding[] {
  const findings: Finding[] = [];
  let turn = 0;
  const { longest, read, wrap = (run: string) => run } = entryPoint;
  const perCharacter = Math.max(baselineOf('a'.repeat(16_384)) / 16_384, 0.0005);
  for (const piece of [...pieces, ...(entryPoint.pieces ?? [])]) {
    for (const [index, shape] of shapes.entries()) {
      if (turn++ % every !== 0) continue;
      const make = (length: number): string =>
        wrap(shape(piece.repeat(Math.ceil(length / piece.length)).slice(0, length)));
      const whole = make(longest);
      const cheap = whole.length * perCharacter * cheapLooks;
      const growth = growthOf(read, whole, () => make(Math.floor(longest / 4)), cheap);
      const isSteep = growth > mostGrowth;
      if (growth === 0 || (!isSteep && looks === Number.POSITIVE_INFINITY)) continue;
      const microseconds = leastOf(read, whole, 4_000);
      if (isSteep || microseconds > whole.length * perCharacter * looks)
        findings.push({
          entryPoint: entryPoint.name,
          shape: `${JSON.stringify(piece)} in shape ${index}`,
          microseconds,
          growth,
        });
    }
  }
  return findings;
}
