import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maxFileBytes } from '../../src/source/check-characters.ts';
import { maxDepth } from '../../src/source/compose-yaml.ts';
import { parseYaml, type SourceDocument } from '../../src/source/yaml-document.ts';

function parse(text: string | Uint8Array): SourceDocument {
  const parsed = parseYaml('f.yaml', text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** `line:column-endColumn code` of every problem. */
function faults(text: string | Uint8Array): string[] {
  const parsed = parseYaml('f.yaml', text);
  if (parsed.ok) return [];
  return parsed.problems.map(({ line, column, endColumn, code }) => `${line}:${column}-${endColumn} ${code}`);
}

const utf16 = new Uint8Array([0xff, 0xfe, 0x61, 0x00, 0x3a, 0x00]);

describe('refuses, at its place,', () => {
  const table: readonly (readonly [name: string, text: string | Uint8Array, ...expected: string[]])[] = [
    ['an empty file', '', '1:1-2 empty-file'],
    ['a file of comments', '# nothing\n\n', '1:1-2 empty-file'],
    ['an empty document', '---\n', '1:1-2 empty-file'],
    ['a list', '# c\n- a\n- b\n', '2:1-4 not-a-mapping'],
    ['a single text', 'auth_url\n', '1:1-9 not-a-mapping'],
    ['a key without a space after the colon', 'a:1', '1:1-4 not-a-mapping'],
    ['tabs, each', 'a:\n\tb: 1\n  \tc: 2\n', '2:1-2 tab', '3:3-4 tab'],
    ['a tab before a comment', 'a: 1\n\t# c\n', '2:1-2 tab'],
    ['duplicate keys, also when quoted', 'a: 1\nb: 2\n"a": 3\n', '3:1-4 duplicate-key'],
    ['duplicate keys within braces', 'x: { a: 1, a: 2 }', '1:12-13 duplicate-key'],
    [
      'duplicate keys at several places at once',
      'a: 1\na: 2\nb: { c: 1, c: 2 }\n',
      '2:1-2 duplicate-key',
      '3:12-13 duplicate-key',
    ],
    ['an anchor and its alias', 'a: &x 1\nb: *x\n', '1:4-6 anchor', '2:4-6 alias'],
    ['an alias as a key', 'a: &x k\n*x : 1\n', '1:4-6 anchor', '2:1-3 alias'],
    ['tags', 'a: !!str 1\nb: !x { c: 1 }\n', '1:4-9 tag', '2:4-6 tag'],
    ['a merge key', 'a:\n  <<: { b: 1 }\n', '2:3-5 merge-key'],
    ['a second document', 'a: 1\n---\nb: 2\n', '2:1-4 several-documents'],
    ['a directive', '%YAML 1.1\n---\na: no\n', '1:1-10 directive'],
    ['the key __proto__', 'a: { __proto__: { b: 1 } }', '1:6-15 forbidden-key'],
    ['a number as a key', 'a: { 1: x }', '1:6-7 key-not-text'],
    ['nothing as a key', '{ ? , b: 1 }', '1:5-6 key-not-text'],
    ['a list as a key', '? [a]\n: b\n', '1:3-6 key-not-text'],
    ['a NUL', 'a: b\0c\n', '1:5-6 control-character'],
    [
      'control characters, each',
      'a: \u0007\nb: \u001b[31m\u007f\n',
      '1:4-5 control-character',
      '2:4-5 control-character',
      '2:9-10 control-character',
    ],
    ['a carriage return alone', 'a: 1\rb: 2\n', '1:5-6 control-character'],
    ['a NUL by an escape', 'a: "x\\0"\n', '1:4-9 control-character'],
    ['half a surrogate pair by an escape', 'a: "\\ud800"\n', '1:4-12 control-character'],
    ['text that reads in another order than it stands', 'a: x\u202Ey\n', '1:5-6 invisible-character'],
    ['a byte order mark in the middle', 'a: x\uFEFF\n', '1:5-6 invisible-character'],
    ['half a surrogate pair', 'a: \uD800\n', '1:4-5 invisible-character'],
    [
      'bytes that are not UTF-8, on each line',
      bytes('a: ', 0xff, '\nb: é', 0xc3, 0x28, '\n'),
      '1:4-5 invalid-utf8',
      '2:5-6 invalid-utf8',
    ],
    ['a character that is cut off', bytes('a: ', 0xe2, 0x82), '1:4-5 invalid-utf8'],
    ['an overlong encoding', bytes('a: ', 0xc0, 0xaf), '1:4-5 invalid-utf8'],
    ['UTF-16', utf16, '1:1-2 invalid-utf8'],
    ['a quote that is not closed', 'a: 1\nb: "x\nc: 2\n', '2:4-5 missing-quote'],
    ['a bracket that is not closed', 'a: [1, 2\nb: 1\n', '1:4-5 missing-bracket'],
    ['a brace that is not closed at the end', 'a: 1\nb: { c: 1', '2:4-5 missing-bracket'],
    ['a colon too many', 'a: b: c\n', '1:4-5 nested-mapping'],
    ['a line without a colon', 'a\nb: 1\n', '1:1-2 missing-colon'],
    ['a text that starts with @', 'a: @b\n', '1:4-5 bad-text'],
    ['an escape that is none', 'a: "\\q"\n', '1:5-7 bad-escape'],
    ['indentation that fits nothing', 'a:\n    b: 1\n  c: 2\n', '3:3-4 bad-indentation'],
  ];
  for (const [name, text, ...expected] of table) {
    it(name, () => {
      expect(faults(text)).toEqual(expected);
    });
  }

  it('more than the greatest size, and reads the greatest', () => {
    const filler = `a: 1\n#${'x'.repeat(maxFileBytes - 6)}`;
    expect(faults(filler)).toEqual([]);
    expect(faults(`${filler}x`)).toEqual(['1:1-2 file-too-large']);
    expect(faults(new Uint8Array(maxFileBytes + 1))).toEqual(['1:1-2 file-too-large']);
  });

  it('deeper nesting than the limit, in every style, without exhausting the stack', () => {
    const flow = (depth: number) => `${'{a: '.repeat(depth)}1${'}'.repeat(depth)}`;
    expect(faults(flow(maxDepth))).toEqual([]);
    expect(faults(flow(maxDepth + 1)).map((fault) => fault.split(' ')[1])).toEqual(['nested-too-deep']);
    expect(faults('['.repeat(1_000_000))[0]).toContain('nested-too-deep');
    const block = Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join('');
    expect(faults(block)[0]).toContain('nested-too-deep');
    expect(faults('- '.repeat(100_000))[0]).toContain('nested-too-deep');
  });

  it('every fault with a hint or a reason that says it all, and quotes nothing that is long', () => {
    for (const [, text] of table) {
      const parsed = parseYaml('f.yaml', text);
      for (const { reason } of parsed.ok ? [] : parsed.problems) {
        expect(reason).toMatch(/^[a-z`][^\n]{5,120}[^.]$/);
      }
    }
  });
});

function bytes(...parts: readonly (string | number)[]): Uint8Array {
  return new Uint8Array(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : [...new TextEncoder().encode(part)])),
  );
}

describe('reads', () => {
  it('the core schema of YAML 1.2, in which no, yes, on and off are texts', () => {
    const { value } = parse(
      'a: no\nb: on\nc: true\nd: 010\ne: 0x10\nf: 1.5\ng: ~\nh: 2026-01-01\ni: 12:30\nj: 1_000\n',
    );
    expect({ ...(value as object) }).toEqual({
      ...{
        a: 'no',
        b: 'on',
        c: true,
        d: 10,
        e: 16,
        f: 1.5,
        g: null,
        h: '2026-01-01',
        i: '12:30',
        j: '1_000',
      },
    });
  });

  it('a byte order mark, line ends of Windows and a document start as if they were not there', () => {
    const document = parse(bytes(0xef, 0xbb, 0xbf, '---\r\na: 1\r\nb: x\r\n'));
    expect({ ...(document.value as object) }).toEqual({ a: 1, b: 'x' });
    expect(document.locate(['b'], 'key')).toEqual({ file: 'f.yaml', line: 3, column: 1, endColumn: 2 });
    expect(document.locate(['b'])).toEqual({ file: 'f.yaml', line: 3, column: 4, endColumn: 5 });
  });

  it('mappings without a prototype, everything frozen', () => {
    const value = parse('a: { constructor: 1, toString: 2 }\nb: [{ c: 1 }]').value as Record<
      string,
      Record<string, unknown>
    >;
    expect(Object.getPrototypeOf(value['a'])).toBeNull();
    expect(Object.keys(value['a'] ?? {})).toEqual(['constructor', 'toString']);
    const open: unknown[] = [value];
    while (open.length > 0) {
      const each = open.pop();
      if (typeof each !== 'object' || each === null) continue;
      expect(Object.isFrozen(each)).toBe(true);
      open.push(...Object.values(each));
    }
  });

  it('a large file in time that grows with its size', () => {
    const text = Array.from({ length: 20_000 }, (_, index) => `key${index}: { a: [x${index}] }\n`).join('');
    const document = parse(text);
    expect(Object.keys(document.value as object)).toHaveLength(20_000);
    for (let index = 0; index < 20_000; index += 100) {
      expect(document.locate([`key${index}`, 'a', 0]).line).toBe(index + 1);
    }
  });
});

describe('locates', () => {
  const text = [
    'name: x',
    'list:',
    '  - one',
    '  - { two: 2, "three": [3] }',
    'block: |',
    '  several',
    '  lines',
    'empty:',
    'map:',
    '  deep: 1',
  ].join('\n');
  const table: readonly (readonly [
    path: readonly (string | number)[],
    part: 'key' | 'value',
    place: string,
  ])[] = [
    [[], 'value', '1:1-5'],
    [['name'], 'key', '1:1-5'],
    [['name'], 'value', '1:7-8'],
    [['list'], 'value', '3:5-8'],
    [['list', 1], 'value', '4:5-29'],
    [['list', 1, 'two'], 'key', '4:7-10'],
    [['list', 1, 'three', 0], 'value', '4:25-26'],
    [['block'], 'value', '5:8-9'],
    [['empty'], 'value', '8:1-6'],
    [['map'], 'value', '10:3-7'],
    [['map', 'deep'], 'value', '10:9-10'],
    // A path that leads nowhere means the nearest parent.
    [['map', 'missing'], 'value', '9:1-4'],
    [['map', 'deep', 'deeper', 3], 'value', '10:3-7'],
    [['list', 7], 'value', '2:1-5'],
    [['list', 'name'], 'value', '2:1-5'],
    [['missing'], 'value', '1:1-5'],
    [['toString'], 'key', '1:1-5'],
  ];
  for (const [path, part, place] of table) {
    it(`the ${part} of ${JSON.stringify(path)} at ${place}`, () => {
      const { line, column, endColumn } = parse(text).locate(path, part);
      expect(`${line}:${column}-${endColumn}`).toBe(place);
    });
  }
});

describe('for any input', () => {
  const good = 'a: 1\nlist:\n  - { b: "x", c: [1, 2] }\n  - d: |\n      text\n    e: \'y\'\n# end\n';
  const wellFormed = (text: string | Uint8Array) => {
    const parsed = parseYaml('f.yaml', text);
    if (parsed.ok) return typeof parsed.value.value === 'object' && parsed.value.value !== null;
    return (
      parsed.problems.length > 0 &&
      parsed.problems.every(({ line, column, endColumn }) => line >= 1 && column >= 1 && endColumn > column)
    );
  };

  it('any bytes give a document or problems, never a throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), wellFormed), { numRuns: 500 });
  });

  it('any text of YAML signs gives a document or problems, never a throw', () => {
    const signs = fc.constantFrom(
      ...'ab1 \n\t:-?[]{},&*!|>\'"%@`#<~.\\\u{1F600}é'.split(''),
      '---',
      '...',
      '<<',
      ': ',
      '- ',
      '\n  ',
      '\r\n',
    );
    const texts = fc.array(signs, { maxLength: 60 }).map((parts) => parts.join(''));
    fc.assert(fc.property(texts, wellFormed), { numRuns: 3000 });
  });

  it('any mutation of a valid file gives a document or problems, never a throw', () => {
    const original = new TextEncoder().encode(good);
    const mutations = fc.array(fc.tuple(fc.nat(original.length - 1), fc.nat(255)), {
      minLength: 1,
      maxLength: 4,
    });
    fc.assert(
      fc.property(mutations, (changes) => {
        const mutated = original.slice();
        for (const [at, byte] of changes) mutated[at] = byte;
        return wellFormed(mutated);
      }),
      { numRuns: 2000 },
    );
  });

  it('what JSON can say is read as JSON reads it', () => {
    const keys = fc
      .string({ maxLength: 8 })
      .filter(
        (key) =>
          key !== '__proto__' && key !== '<<' && !/[\u0000-\u001f\u007f]/.test(key) && key.isWellFormed(),
      );
    const leaves = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), keys);
    const values = fc.dictionary(keys, fc.oneof(leaves, fc.array(leaves, { maxLength: 4 })), {
      minKeys: 1,
      maxKeys: 5,
    });
    fc.assert(
      fc.property(values, (value) => {
        const text = JSON.stringify(value);
        const parsed = parseYaml('f.yaml', text);
        if (!parsed.ok)
          return parsed.problems.every(
            ({ code }) =>
              code === 'invisible-character' || code === 'control-character' || code === 'key-too-long',
          );
        expect(JSON.parse(JSON.stringify(parsed.value.value))).toEqual(JSON.parse(text));
        return true;
      }),
    );
  });
});
