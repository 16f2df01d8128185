// What CONTRIBUTING sends a newcomer to is there: every path, every file, every script.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPage, root } from './pages.ts';

const page = readPage('CONTRIBUTING.md');
const quoted = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

const paths = [...new Set(quoted.filter((text) => /^[\w.-]+(?:\/[\w.-]*)+$/.test(text)))];
const files = [
  ...new Set(quoted.filter((text) => /^[\w.-]+\.(?:ts|md|yaml|cjs)$/.test(text) && text !== 'bouncer.yaml')),
];
const names = new Set(globSync('{src,test,build}/**/*.*', { cwd: root }).map((path) => basename(path)));
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

test('much is named', () => {
  expect(paths.length).toBeGreaterThan(25);
  expect(files.length).toBeGreaterThan(20);
});

test.each(paths)('%s is there', (path) => {
  expect(existsSync(join(root, path))).toBe(true);
});

test.each(files)('%s is there', (name) => {
  expect(names.has(name) || existsSync(join(root, name))).toBe(true);
});

test('every room of the house is named', () => {
  for (const room of globSync('src/*/', { cwd: root }))
    expect(paths, room).toContain(`${room.replaceAll('\\', '/').replace(/\/$/, '')}/`);
});

test('a room imports only rooms that are named before it', () => {
  const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs');
  const order = [...page.matchAll(/^\| `src\/([a-z]+)\//gm)].map(([, room = '']) => room);
  let count = 0;
  for (const { name, to } of forbidden) {
    const [, room] = /^(.+)-imports-what-lies-below$/.exec(name) ?? [];
    if (room === undefined) continue;
    count++;
    for (const other of /\((.+?)\)/.exec(to.pathNot[0])?.[1]?.split('|') ?? ['']) {
      expect(order, room).toContain(other);
      expect(order.indexOf(other), `${other} before ${room}`).toBeLessThanOrEqual(order.indexOf(room));
    }
  }
  expect(count).toBeGreaterThan(10);
});

describe('a script', () => {
  test.each([...page.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name))('%s is there', (name) => {
    expect(scripts).toHaveProperty([name]);
  });
});
