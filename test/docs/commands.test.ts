// Every command that the documents and the product's own texts name is one that `bouncer --help` lists, and none of them fetches the
// package `bouncer`, which is somebody else's.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { foreignCommands } from '../../build/check-texts.ts';
import { runCommand } from '../cli/run-command.ts';
import { blocksOf, pages, readPage, root } from './pages.ts';

const { stdout: help } = await runCommand(['--help'], { cwd: root });
const known = new Set([
  ...[...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(([, name]) => name),
  '--help',
  '--version',
]);

test('the help lists commands', () => {
  expect([...known]).toEqual(expect.arrayContaining(['demo', 'serve', 'check', 'signing-key']));
});

describe('a command in a block', () => {
  const lines = pages
    .flatMap((page) => blocksOf(page, 'sh').map((block) => [page, block] as const))
    .flatMap(([page, block]) => block.split('\n').map((line) => [page, line] as const))
    .filter(
      ([, line]) =>
        /(?:^|run (?:--silent )?|[|…] *)bouncer (?!&&)/.test(line) && !/^git clone|npm install/.test(line),
    );

  test.each(lines)('%s: %s', (_page, line) => {
    const [, command = ''] = /(?:^|run (?:--silent )?|[|…] *)bouncer (?:-- )?(\S+)/.exec(line) ?? [];
    expect([...known]).toContain(command);
  });
});

describe('a command in a sentence', () => {
  const quotedInPage = /`(?:npm run )?bouncer (?:-- )?([^`]+)/g;
  const quotedInSource = /(?:\\`|(?:\/\/|\*|').*`)bouncer ([^`\\]+)/g;
  const sources = globSync('src/**/*.ts', { cwd: root });
  const texts = [
    ...pages.map((page) => [page, readPage(page)] as const),
    ...sources.map((name) => [name, readFileSync(join(root, name), 'utf8')] as const),
  ];
  const named = texts.flatMap(([page, text]) =>
    // In a source, the text of a comment, or of a string that quotes: a template may begin with the word, too.
    [...text.matchAll(page.endsWith('.ts') ? quotedInSource : quotedInPage)].map(
      ([, words = '']) => [page, words] as const,
    ),
  );

  test('is found', () => {
    expect(named.length).toBeGreaterThan(20);
  });

  test.each(named)('%s: bouncer %s', (_page, words) => {
    // `check`, `session list|revoke`, `serve -c FILE`; several are separated by `|`.
    for (const name of (words.split(' ')[0] ?? '').split('|')) expect([...known, '…']).toContain(name);
  });
});

describe('a text that fetches a package by the name of the command', () => {
  const name = ['boun', 'cer'].join('');

  test.each(['npx', 'npx --yes', 'npx --no-install', 'npm exec', 'npm install --global', 'bunx', 'pnpm dlx'])(
    'is found: %s',
    (runner) => {
      expect(foreignCommands(`one\nrun \`${runner} ${name} serve\` now`)).toEqual([
        { line: 2, found: `${runner} ${name}` },
      ]);
    },
  );

  test.each([
    `npx ${name}-proxy`,
    `npm install ./${name}-proxy-0.1.0.tgz`,
    `npm run ${name} -- serve`,
    `npm exec --package=${name}-proxy -- ${name} serve`,
  ])('%s is not one', (text) => {
    expect(foreignCommands(text)).toEqual([]);
  });
});
