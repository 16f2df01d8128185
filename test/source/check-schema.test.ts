import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type CheckSchemaOptions, checkSchema } from '../../src/source/check-schema.ts';
import { objectDocument } from '../../src/source/object-document.ts';
import { parseYaml, type SourceDocument } from '../../src/source/yaml-document.ts';

const word = z.string().min(1);
const words = z.union([word, z.array(word).min(1)]);
const host = word.superRefine((text, context) => {
  if (/^[a-z.]+$/.test(text)) return;
  context.addIssue({
    code: 'custom',
    message: `\`${text}\` is not a host`,
    params: { code: 'bad-host', hint: 'a-z' },
  });
});
const selector = z.union([
  z.enum(['everyone', 'authenticated']),
  z.strictObject({ email: words }),
  z.strictObject({ group: words }),
  z.strictObject({ claim: z.strictObject({ name: word, equals: words }) }),
]);
const schema = z.strictObject({
  name: word.meta({ examples: ['wiki'] }),
  host: host.optional(),
  hosts: z.array(host).min(1).optional(),
  mode: z.enum(['enforce', 'report']).default('enforce'),
  count: z.int().min(1).max(5).optional(),
  isOpen: z.boolean().optional(),
  names: words.optional(),
  headers: z.record(z.string().regex(/^[a-z-]+$/), word).optional(),
  include: z.array(selector).min(1).optional(),
  session: z.strictObject({ duration: word.optional(), limit: z.number().optional() }).prefault({}),
  login: z.discriminatedUnion('type', [z.strictObject({ type: z.literal('oidc'), issuer: word })]).optional(),
  pattern: word.regex(/^x/).optional(),
  label: word.max(3).optional(),
});

function document(text: string): SourceDocument {
  const parsed = parseYaml('f.yaml', text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

/** `line:column-endColumn code: reason [hint]` of every problem. */
function faults(text: string, options?: CheckSchemaOptions): string[] {
  const checked = checkSchema(schema, document(text), options);
  if (checked.ok) return [];
  return checked.problems.map(
    ({ line, column, endColumn, code, reason, hint }) =>
      `${line}:${column}-${endColumn} ${code}: ${reason}${hint === undefined ? '' : ` [${hint}]`}`,
  );
}

const table: Readonly<Record<string, readonly [text: string, ...expected: string[]]>> = {
  'an unknown key with what was meant': [
    'name: x\nmod: report\n',
    '2:1-4 unknown-key: unknown key `mod` [did you mean `mode`?]',
  ],
  'an unknown key that belongs elsewhere': [
    'name: x\nduration: 8h\n',
    '2:1-9 unknown-key: unknown key `duration` [`duration` belongs under `session`]',
  ],
  'an unknown key that resembles nothing with all that are known': [
    'name: x\nsession: { zzz: 1 }\n',
    '2:12-15 unknown-key: unknown key `zzz` [known here: `duration` or `limit`]',
  ],
  'a misspelt required key once, and not as missing too': [
    'nmae: x\n',
    '1:1-5 unknown-key: unknown key `nmae` [did you mean `name`?]',
  ],
  'a missing key at what lacks it, with an example': [
    'session: {}\n',
    '1:1-8 missing-key: `name` is missing [for example `name: wiki`]',
  ],
  'a number where a text is expected': [
    'name: 12\n',
    '1:7-9 wrong-type: expected a text, got a number [put it in quotes]',
  ],
  'a boolean where a text is expected': [
    'name: true\n',
    '1:7-11 wrong-type: expected a text, got `true` [put it in quotes]',
  ],
  'nothing where a text is expected': [
    'name:\n',
    '1:1-5 empty-value: expected a text, got nothing [give it a value, or delete the key]',
  ],
  'a list where a text is expected': ['name: [x]\n', '1:7-10 wrong-type: expected a text, got a list'],
  'a text where a number is expected': [
    'name: x\ncount: "3"\n',
    '2:8-11 wrong-type: expected a number, got a text [remove the quotes]',
  ],
  'a size with a unit where a number is expected': [
    'name: x\ncount: 2KB\n',
    '2:8-11 wrong-type: expected a number, got a text [write the number of bytes: `2048`]',
  ],
  'a fraction where a whole number is expected': [
    'name: x\ncount: 1.5\n',
    '2:8-11 wrong-type: expected a whole number, got one with a fraction [write a number without a fraction]',
  ],
  'yes where a boolean is expected': [
    'name: x\nisOpen: yes\n',
    '2:9-12 wrong-type: expected `true` or `false`, got a text [write `true`]',
  ],
  'a text where a list is expected': [
    'name: x\nhosts: a.b\n',
    '2:8-11 wrong-type: expected a list, got a text [write it as a list: `[…]`, or lines that start with `- `]',
  ],
  'a text where a mapping is expected, for a lack of space': [
    'name: x\nsession: { duration:8h }\n',
    // YAML reads `duration:8h` as a key without a value.
    '2:12-23 unknown-key: unknown key `duration:8h` [did you mean `duration`?]',
  ],
  'an empty text': ['name: ""\n', '1:7-9 empty-text: the text is empty [write something, or delete the key]'],
  'an empty list': [
    'name: x\nhosts: []\n',
    '2:8-10 empty-list: the list is empty [name at least one item, or delete the key]',
  ],
  'a number out of bounds': ['name: x\ncount: 9\n', '2:8-9 number-too-big: expected at most 5'],
  'a number below its bounds': ['name: x\ncount: 0\n', '2:8-9 number-too-small: expected at least 1'],
  'a text that is too long': [
    'name: x\nlabel: abcd\n',
    '2:8-12 text-too-long: the text may have at most 3 characters',
  ],
  'a word that is none of the known ones': [
    'name: x\nmode: reprot\n',
    '2:7-13 unknown-value: expected `enforce` or `report`, got `reprot` [did you mean `report`?]',
  ],
  'a number in place of a known word': [
    'name: x\nmode: 1\n',
    '2:7-8 unknown-value: expected `enforce` or `report`, got a number',
  ],
  'what a refinement says, with its hint': ['name: x\nhost: A\n', '2:7-8 bad-host: `A` is not a host [a-z]'],
  'a regular expression where a text is expected': [
    'name: x\nhost: /.*\\.example\\.com/\n',
    '2:7-25 bad-host: `/.*\\.example\\.com/` is not a host [regular expressions are not taken here: write the text itself]',
  ],
  'a bad key of a free mapping at the key': [
    'name: x\nheaders: { A_b: c }\n',
    '2:12-15 bad-value: `A_b` is not valid here',
  ],
  'a text of a wrong format': ['name: x\npattern: y\n', '2:10-11 bad-value: `y` is not valid here'],
  'a value or a list of values, once': [
    'name: x\nnames: 5\n',
    '2:8-9 wrong-type: expected a text or a list, got a number [put it in quotes]',
  ],
  'each bad item of a value or a list of values': [
    'name: x\nnames: [a, 5, ""]\n',
    '2:12-13 wrong-type: expected a text, got a number [put it in quotes]',
    '2:15-17 empty-text: the text is empty [write something, or delete the key]',
  ],
  'a union of mappings: the misspelt one': [
    'name: x\ninclude: [{ emial: a }]\n',
    '2:13-18 unknown-key: unknown key `emial` [did you mean `email`?]',
  ],
  'a union of mappings: the bad value inside of the right one': [
    'name: x\ninclude:\n  - group: [a, 5]\n',
    '3:16-17 wrong-type: expected a text, got a number [put it in quotes]',
  ],
  'a union of mappings: what the right one lacks': [
    'name: x\ninclude:\n  - claim: { name: a }\n',
    '3:5-10 missing-key: `equals` is missing',
  ],
  'a union of mappings: two at once': [
    'name: x\ninclude: [{ email: a, group: b }]\n',
    '2:11-33 keys-exclude-each-other: `email` and `group` cannot stand together [make them separate items of the list]',
  ],
  'a union of mappings: an unknown key beside a known one': [
    'name: x\ninclude: [{ email: a, grup: b }]\n',
    '2:23-27 unknown-key: unknown key `grup` [did you mean `group`?]',
  ],
  'a union of mappings: an empty one': [
    'name: x\ninclude: [{}]\n',
    '2:11-13 empty-mapping: the mapping is empty, expected `email`, `group` or `claim`',
  ],
  'a union of words and mappings: a misspelt word': [
    'name: x\ninclude: [everyon]\n',
    '2:11-18 unknown-value: expected `everyone`, `authenticated`, `email`, `group` or `claim`, got `everyon` [did you mean `everyone`?]',
  ],
  'a union of words and mappings: a key without its value': [
    'name: x\ninclude: [email]\n',
    '2:11-16 missing-value: `email` needs a value [write `email: …`]',
  ],
  'a union of words and mappings: a number': [
    'name: x\ninclude: [5]\n',
    '2:11-12 wrong-type: expected a mapping or a text, got a number [put it in quotes]',
  ],
  'a union by type: an unknown type': [
    'name: x\nlogin: { type: saml }\n',
    '2:16-20 unknown-value: expected `oidc`, got `saml`',
  ],
  'a union by type: no type': ['name: x\nlogin: { issuer: a }\n', '2:1-6 missing-key: `type` is missing'],
  'everything at once, in the order of the file': [
    'mode: x\nhosts: []\ncount: 9\nzzzzzz: 1\n',
    '1:1-5 missing-key: `name` is missing [for example `name: wiki`]',
    '1:7-8 unknown-value: expected `enforce` or `report`, got `x`',
    '2:8-10 empty-list: the list is empty [name at least one item, or delete the key]',
    '3:8-9 number-too-big: expected at most 5',
    '4:1-7 unknown-key: unknown key `zzzzzz` [known here: `name`, `host`, `hosts`, `mode`, `count`, `isOpen`, `names`, `headers`, `include`, `session`, `login`, `pattern` or `label`]',
  ],
};

describe('reports', () => {
  for (const [name, [text, ...expected]] of Object.entries(table)) {
    it(name, () => {
      expect(faults(text)).toEqual(expected);
    });
  }
});

describe('hidden values', () => {
  const isHidden = () => true;

  it('are quoted by no message, whatever is wrong with them', () => {
    const text = 'name: 5\nhost: S3CRET\nmode: S3CRET\npattern: S3CRET\nlabel: S3CRET\ninclude: [S3CRET]\n';
    expect(faults(text, { isHidden })).toHaveLength(6);
    expect(faults(text, { isHidden }).join('\n')).not.toContain('S3CRET');
  });

  it('are not quoted by a refinement that forgot to use backticks', () => {
    const careless = z.strictObject({
      a: z.string().superRefine((value, context) => {
        context.addIssue({
          code: 'custom',
          message: `cannot use ${value}`,
          params: { hint: `not ${value}` },
        });
      }),
    });
    const checked = checkSchema(careless, document('a: S3CRET\n'), { isHidden });
    expect(JSON.stringify(checked)).not.toContain('S3CRET');
    expect(JSON.stringify(checked)).toContain('the value is not valid here');
  });
});

describe('a document from an object', () => {
  it('has the path in the reason, as there are no lines', () => {
    const made = objectDocument('settings', { name: 'x', include: [{ email: 5 }], absent: undefined });
    if (!made.ok) throw new Error('no document');
    const checked = checkSchema(schema, made.value);
    expect(checked.ok ? [] : checked.problems).toEqual([
      {
        ...{ file: 'settings', line: 1, column: 1, endColumn: 2, severity: 'error', code: 'wrong-type' },
        reason: 'include[0].email: expected a text or a list, got a number',
        hint: 'put it in quotes',
      },
    ]);
  });

  it('may not be a circle', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const made = objectDocument('settings', circle);
    expect(made.ok ? [] : made.problems.map(({ code }) => code)).toEqual(['nested-too-deep']);
  });

  it('does not change when the object does', () => {
    const object = { names: ['a'] };
    const made = objectDocument('settings', object);
    object.names.push('b');
    expect(made.ok && JSON.stringify(made.value.value)).toBe('{"names":["a"]}');
  });
});

it('gives the output of the schema, defaults included', () => {
  const checked = checkSchema(schema, document('name: x\n'));
  expect(checked).toEqual({ ok: true, value: { name: 'x', mode: 'enforce', session: {} }, warnings: [] });
});
