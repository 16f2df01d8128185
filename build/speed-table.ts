// What README says of speed, out of docs/performance.md: so that it cannot say anything else.

const small = 'GET of 1 KB, 32 keep-alive connections';
const targets = 'Against the targets';

/** Rows that are no proxies. */
const floors = /^(node:http, no proxy|Node itself, no proxy|bouncer, the build before)$/;
/** Peers that authenticate nobody. */
const open = /nginx$|undici|express/;

/** The rows of the first table below a heading, as cells; the head is not among them. @throws Error without such a table */
function rowsBelow(page: string, heading: string): readonly (readonly string[])[] {
  const [, section] = page.split(`\n## ${heading}\n`);
  const lines = section?.split('\n## ')[0]?.split('\n') ?? [];
  const rows = lines.filter((line) => line.startsWith('|')).slice(2);
  if (rows.length === 0) throw new Error(`docs/performance.md has no table below \`${heading}\``);
  return rows.map((row) =>
    row
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** The median of a cell that may have a spread in parentheses. */
function medianOf(cell: string | undefined): number {
  return Number.parseFloat((cell ?? '').replaceAll(',', ''));
}

function numberOf(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** @param page the text of docs/performance.md */
export function renderSpeed(page: string): string {
  const proxies = rowsBelow(page, small)
    .filter(([name = '']) => !floors.test(name))
    .map(([name = '', rate, cpu]) => ({ name, rate: medianOf(rate), cpu: medianOf(cpu) }))
    .toSorted((a, b) => b.rate - a.rate);
  const rows = proxies.map(({ name, rate, cpu }) => {
    if (name.startsWith('bouncer')) return `| **bouncer** | **${numberOf(rate)}** | **${numberOf(cpu)}** |`;
    return `| ${name}${open.test(name) ? ', no authentication' : ''} | ${numberOf(rate)} | ${numberOf(cpu)} |`;
  });
  const verdicts = rowsBelow(page, targets);
  const missed = verdicts.filter((cells) => cells.at(-1)?.startsWith('**missed**'));
  const list = missed.map(
    ([what, target, measured = '']) =>
      `${what}: ${measured.replace(/ \(.*\)/, '')}, where ${target} is wanted`,
  );
  const told =
    list.length === 0
      ? `All ${verdicts.length} targets are met.`
      : `Of its own ${verdicts.length} targets bouncer misses ${list.length}:\n\n${list.map((one) => `- ${one}`).join('\n')}`;
  return `| | requests a second | CPU µs a request |
|---|---:|---:|
${rows.join('\n')}

${told}`;
}
