// Values of every kind that a JSON Schema takes: its examples, its defaults, each word of a list, both ends of a number. A key that is
// added to a schema is among them without anybody's doing.

type Json = Readonly<Record<string, unknown>>;

/** The ends of what the durations of settings and rules may be, and what lies between. */
const durations = ['0s', '1s', '15s', '30s', '10m', '60m', '24h', '366d'];

/** A place in a document: keys, or numbers in lists. */
export type Place = readonly string[];

/** One value for one place. */
export interface Offer {
  readonly place: Place;
  readonly value: unknown;
}

function at(schema: Json, key: string): readonly Json[] {
  const found = schema[key];
  return Array.isArray(found) ? (found as readonly Json[]) : [];
}

/** The least of an object: what it must have. */
function least(schema: Json, root: Json): Json {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
  const required = (schema['required'] ?? []) as readonly string[];
  return Object.fromEntries(
    required.map((key) => [key, valuesOf(properties[key] ?? {}, root)[0] ?? `any-${key}`]),
  );
}

/** @param root where `$ref` leads */
export function valuesOf(schema: Json, root: Json = schema): readonly unknown[] {
  const { $ref: reference } = schema;
  if (typeof reference === 'string') {
    // References to the environment and to files lead elsewhere: what they lead to is checked as if it stood here.
    const definitions = (root['$defs'] ?? {}) as Readonly<Record<string, Json>>;
    const name = reference.replace('#/$defs/', '');
    return name === 'reference' ? [] : valuesOf(definitions[name] ?? {}, root);
  }
  const values: unknown[] = [...((schema['examples'] ?? []) as readonly unknown[])];
  if ('const' in schema) values.push(schema['const']);
  values.push(...((schema['enum'] ?? []) as readonly unknown[]));
  if (schema['type'] === 'boolean') values.push(true, false);
  for (const end of ['minimum', 'maximum']) if (end in schema) values.push(schema[end]);
  if (values.some((value) => typeof value === 'string' && /^\d+[smhd]$/.test(value)))
    values.push(...durations);
  for (const branch of ['anyOf', 'oneOf', 'allOf'])
    for (const one of at(schema, branch)) values.push(...valuesOf(one, root));
  if (schema['type'] === 'array')
    values.push(...valuesOf((schema['items'] ?? {}) as Json, root).map((value) => [value]));
  if (schema['type'] === 'object') {
    const base = least(schema, root);
    const properties = (schema['properties'] ?? {}) as Readonly<Record<string, Json>>;
    values.push(base);
    for (const [key, property] of Object.entries(properties))
      for (const value of valuesOf(property, root)) values.push({ ...base, [key]: value });
  }
  return values;
}

/** Each value of each key of an object. @param schema of the whole document @param object the part of it */
export function offersOf(object: Json, schema: Json): readonly Offer[] {
  const properties = (object['properties'] ?? {}) as Readonly<Record<string, Json>>;
  return Object.entries(properties).flatMap(([key, property]) =>
    valuesOf(property, schema).map((value) => ({ place: [key], value })),
  );
}
