// What the settings say of the brand: a picture that is one, a colour that is one, and what is told otherwise.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { maxLogoBytes, parseLogo } from '../../src/settings/logo.ts';

const folder = mkdtempSync(join(tmpdir(), 'bouncer-branding-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function chunk(type: string, data: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, Buffer.from(type, 'latin1'), data, Buffer.alloc(4)]);
}

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(16))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const svg = (attributes: string, inside = '<path d="M0 0h9v9z"/>') =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" ${attributes}>${inside}</svg>\n`);

function load(branding: string) {
  const file = join(folder, 'bouncer.yaml');
  writeFileSync(
    file,
    `auth_url: https://auth.example.com\nrules: rules.yaml\nidentity_providers: [{ id: a, type: oidc, issuer: https://id.example, client_id: x, client_secret: y }]\nbranding:\n${branding}\n`,
  );
  return loadSettings(file, {});
}

function problemsOf(branding: string): readonly string[] {
  const loaded = load(branding);
  if (loaded.ok) return [];
  return loaded.problems.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

describe('a logo', () => {
  test('is a PNG or an SVG, by what is in the file', () => {
    writeFileSync(join(folder, 'a.svg'), png(40, 40));
    const loaded = load('  logo_file: a.svg');
    expect(loaded.ok && loaded.value.branding.logo).toMatchObject({ type: 'image/png', isWide: false });
    expect(loaded.ok && loaded.value.referencedFiles).toContain(join(folder, 'a.svg'));
    writeFileSync(join(folder, 'b'), svg('viewBox="0 0 10 10"'));
    const other = load('  logo_file: b');
    expect(other.ok && other.value.branding.logo).toMatchObject({ type: 'image/svg+xml', isWide: false });
  });

  test('has another version when it is another file', () => {
    const [one, same, other] = [png(4, 4), png(4, 4), png(4, 5)].map((bytes) => parseLogo(bytes));
    if (one === undefined || !('version' in one)) throw new Error('no logo');
    expect(one.version).toMatch(/^[\w-]{16}$/);
    expect(same).toEqual(one);
    expect(other).not.toMatchObject({ version: one.version });
  });

  test.each([
    [png(100, 50), false],
    [png(101, 50), true],
    [svg('viewBox="0 0 300 100"'), true],
    [svg("viewBox='-5,-5 20 20' width='900' height='10'"), false],
    [svg('width="64px" height="16"'), true],
    [svg('width="100%" height="100%"'), false],
    [svg('viewBox="0 0 0 0"'), false],
    [svg('viewBox="0 0 10 0"'), false],
    [svg('viewBox="0 0 1..2 3"'), false],
  ])('stands alone when it is wide (%#)', (bytes, isWide) => {
    expect(parseLogo(bytes)).toMatchObject({ isWide });
  });

  test('may begin with what editors of SVG write', () => {
    const prolog =
      '\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by an editor -->\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">\n';
    const bytes = Buffer.concat([Buffer.from(prolog), svg('viewBox="0 0 8 8"')]);
    expect(parseLogo(bytes)).toMatchObject({ type: 'image/svg+xml' });
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('logo')],
    ['a page', Buffer.from('<!doctype html><html><svg xmlns="http://www.w3.org/2000/svg"></svg></html>')],
    ['a JPEG', Buffer.from([0xff, 0xd8, 0xff, 0xe0, ...Array.from({ length: 60 }, () => 0)])],
    ['the start of a PNG', png(4, 4).subarray(0, 20)],
    ['a PNG without a size', png(0, 4)],
    ['an SVG without its namespace', Buffer.from('<svg viewBox="0 0 1 1"></svg>')],
    ['half an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0')],
    ['an SVG that is not UTF-8', Buffer.concat([svg('viewBox="0 0 1 1"'), Buffer.from([0xff])])],
    ['blanks without end', Buffer.from(' '.repeat(60_000))],
    ['comments without end', Buffer.from('<!--'.repeat(15_000))],
    ['a tag without end', Buffer.from(`<svg ${'a="b" '.repeat(10_000)}`)],
  ])('is not %s', (_, bytes) => {
    expect(parseLogo(bytes)).toMatchObject({ code: 'logo-unknown', hint: expect.stringContaining('PNG') });
  });

  test('is small, is there, and is told of at its place', () => {
    writeFileSync(join(folder, 'large.svg'), svg('viewBox="0 0 9 9"', ' '.repeat(maxLogoBytes)));
    writeFileSync(join(folder, 'text.svg'), 'logo');
    expect(problemsOf('  logo_file: large.svg')).toEqual(['5:14 logo-too-large']);
    expect(problemsOf('  logo_file: text.svg')).toEqual(['5:14 logo-unknown']);
    expect(problemsOf('  logo_file: missing.svg')).toEqual(['5:14 file-unreadable']);
    expect(problemsOf('  logo_file: .')).toEqual(['5:14 file-unreadable']);
    expect(problemsOf('  logo_file: ""')).toEqual(['5:14 empty-text']);
  });
});

describe('a colour', () => {
  test.each(['"#0b5fff"', '"#ABC"', '"#000"'])('is %s', (color) => {
    const loaded = load(`  color: ${color}`);
    expect(loaded.ok && loaded.value.branding.color).toBe(color.slice(1, -1));
  });

  test.each(['blue', '"#12"', '"#1234567"', '"#ggg"', '"rgb(1,2,3)"', '"#fff;}"', '"#fff\\n"'])(
    'is not %s',
    (color) => {
      expect(problemsOf(`  color: ${color}`)).toEqual(['5:10 bad-color']);
    },
  );

  test('without quotation marks is a comment, and that is told', () => {
    expect(problemsOf('  color: #0b5fff')).not.toEqual([]);
  });
});
