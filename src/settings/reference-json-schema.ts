// Lets `{ env: NAME }` and `{ file: PATH }` stand wherever a JSON Schema wants a text. Knows no key in particular.

type Json = Record<string, unknown>;

/**
 * @param schema a JSON Schema as zod makes it
 * @returns a copy in which any text may also be a reference, defined once under `$defs`
 */
export function allowReferences(schema: Readonly<Json>): Json {
  const { $schema, title, description, $defs, ...rest } = withReferences(schema) as Json;
  return { $schema, title, description, ...rest, $defs: { ...($defs as Json | undefined), reference } };
}

const reference = {
  description: 'A text that stands elsewhere.',
  oneOf: [
    {
      type: 'object',
      properties: { env: { type: 'string', minLength: 1, description: 'An environment variable.' } },
      required: ['env'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: {
        file: {
          type: 'string',
          minLength: 1,
          description: 'A file, relative to the settings file; line breaks at its end do not count.',
        },
      },
      required: ['file'],
      additionalProperties: false,
    },
  ],
};

const annotations = new Set(['description', 'title', 'default', 'examples']);

/** Lets a reference stand wherever a text may. */
function withReferences(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withReferences);
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [
    key,
    isData(key) ? value : withReferences(value),
  ]);
  const copy = Object.fromEntries(entries) as Json;
  if (copy['type'] !== 'string' || 'const' in copy) return copy;
  const all = Object.entries(copy);
  const outside = Object.fromEntries(all.filter(([key]) => annotations.has(key)));
  const inside = Object.fromEntries(all.filter(([key]) => !annotations.has(key)));
  return { ...outside, anyOf: [inside, { $ref: '#/$defs/reference' }] };
}

function isData(key: string): boolean {
  return key === 'default' || key === 'examples' || key === 'enum' || key === 'required';
}
