// Refuses texts that would make a reader run somebody else's program: on npm the name `bouncer` is not this project's. And two records
// of decisions with one number, and comments that are too wide to be read. Names each place on standard error and exits
// with 1. Part of `npm run docs:check`.
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

/** What is not written here: installed, built, or run-time data. */
const foreign = /^(?:node_modules|dist|coverage|data|\.git)$/;

const runners = 'npx|bunx|pnpx|npm (?:exec|x)|(?:pnpm|yarn) dlx';
const installers = '(?:npm|pnpm|yarn|bun) (?:install|i|add)';
/** The name as a package: not `bouncer-proxy`, not `./bouncer…`, not after `--package=bouncer-proxy --`. */
const command = new RegExp(
  String.raw`\b(?:${runners}|${installers})(?: -(?!-package=)[^\s\`]+)* bouncer(?![\w-])`,
  'g',
);

/**
 * The places of a text that tell somebody to fetch the package `bouncer`.
 *
 * @returns line numbers from 1 with the words found
 */
export function foreignCommands(text: string): readonly { readonly line: number; readonly found: string }[] {
  return [...text.matchAll(command)].map((match) => ({
    line: text.slice(0, match.index).split('\n').length,
    found: match[0],
  }));
}

/** File names of records whose number another one has already. */
export function repeatedNumbers(names: readonly string[]): readonly string[] {
  const sorted = names.toSorted();
  return sorted.filter((name, at) => sorted[at - 1]?.slice(0, 3) === name.slice(0, 3));
}

/** In characters. The formatter wraps code and leaves comments as they are. */
const widest = 140;

/** Lines, from 1, of comments that are too wide. */
export function wideComments(text: string): readonly number[] {
  return text
    .split('\n')
    .flatMap((line, index) => (line.length > widest && /^\s*(?:\/\/|\/?\*)/.test(line) ? [index + 1] : []));
}

function main(): void {
  const files = globSync(['*', '.ci/*', '{build,docs,policies,src,test}/**'], {
    cwd: root,
    exclude: (name) => foreign.test(name),
  }).filter((name) => statSync(join(root, name)).isFile());
  let found = 0;
  for (const name of files) {
    const text = readFileSync(join(root, name), 'utf8');
    for (const line of /^(?:src|build|test)[\\/].*\.ts$/.test(name) ? wideComments(text) : []) {
      found += 1;
      process.stderr.write(`${name}:${line}: a comment of more than ${widest} characters: wrap it\n`);
    }
    for (const place of foreignCommands(text)) {
      found += 1;
      process.stderr.write(
        `${name}:${place.line}: \`${place.found}\` runs another project's program: write \`npm run bouncer --\` or \`bouncer\`\n`,
      );
    }
  }
  for (const name of repeatedNumbers(readdirSync(join(root, 'docs/decisions')))) {
    found += 1;
    process.stderr.write(`docs/decisions/${name}: its number is taken: take the next free one\n`);
  }
  if (found > 0) process.exitCode = 1;
}

if (import.meta.main) main();
