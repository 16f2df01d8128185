// docs/settings.md from the schema: every key with its kind, default, meaning and examples. The schema is the only source.
import { z } from 'zod';
import { alternatives, unwrapped } from '../source/schema-shape.ts';
import { textKinds } from './schema/fields.ts';
import { settingsSchema } from './settings-schema.ts';

type AnySchema = z.core.$ZodType;

const head = `# Settings

The settings stand in \`bouncer.yaml\`, or in the file that \`-c\` names. \`bouncer check\` says what is wrong with it, all at once and with the
line; a running bouncer reads it again when it changes, and keeps the old settings while the new ones are wrong.

\`\`\`yaml
# yaml-language-server: $schema=docs/schema/settings.json
auth_url: https://auth.example.com
listen: 127.0.0.1:8080
trusted_proxies: [127.0.0.1/32] # the reverse proxy (or cloudflared) on this machine
rules: policies
data_dir: data
identity_providers:
  - id: google
    type: oidc
    label: Google
    issuer: https://accounts.google.com
    client_id: abc
    client_secret: { env: GOOGLE_CLIENT_SECRET }
\`\`\`

The comment in the first line lets editors complete and check the file; \`bouncer schema settings\` prints the schema.

**How to write it**

- It is YAML 1.2 in UTF-8, one document of at most 10 MB and 64 levels. Anchors, aliases, tags, merge keys, directives, tabs for indentation, double keys and
  invisible characters are refused. \`no\` and \`on\` are texts; \`true\` and \`false\` are not.
- Any text may be \`{ env: NAME }\` or \`{ file: PATH }\`. A variable that is not set or empty is an error, and so is a file that is missing or empty; line breaks at
  a file's end do not count. What was read so is never printed. Put secrets there, not into the file.
- Durations are a whole number and a unit: \`90s\`, \`15m\`, \`24h\`, \`7d\`. Paths are relative to the settings file.
- Unknown keys, empty texts and empty lists are errors: nothing that you write is ignored.
- With every provider register the redirect URI \`<auth_url>/.bouncer/callback/<id>\`, with the id that its entry has here: one for each, so that no provider
  can answer for another. \`bouncer check\` prints them.
`;

/** The whole page as Markdown. */
export function renderSettingsReference(): string {
  const sections: string[] = [head, '## Top level\n', renderTable(settingsSchema)];
  for (const [key, schema] of shapeOf(settingsSchema)) sections.push(...renderSection(key, schema));
  return `${sections.join('\n').trimEnd()}\n`;
}

function renderSection(path: string, schema: AnySchema): string[] {
  return alternatives(schema).flatMap((inner) => renderMapping(path, schema, inner));
}

/** @param inner one of the alternatives of `schema`; only mappings have a section */
function renderMapping(path: string, schema: AnySchema, inner: AnySchema): string[] {
  const { def } = (inner as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return renderSection(`${path}[]`, def.element);
  if (def.type !== 'object') return [];
  const description = noteOf(schema, 'description');
  const nested = shapeOf(inner).flatMap(([key, each]) => renderSection(`${path}.${key}`, each));
  return [
    `## \`${path}\`\n`,
    ...(typeof description === 'string' && !path.endsWith('[]') ? [`${description}\n`] : []),
    renderTable(inner),
    ...nested,
  ];
}

function renderTable(schema: AnySchema): string {
  const fields = shapeOf(schema).map(([key, field]) =>
    [`\`${key}\``, nameKind(field), nameDefault(field), describe(field)].map((cell) =>
      cell.replaceAll('|', '\\|'),
    ),
  );
  const rows = [['key', 'kind', 'default', 'meaning'], ...fields];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [first, ...rest] = rows.map((row) =>
    line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))),
  );
  return [first, line(widths.map((width) => '-'.repeat(width))), ...rest, ''].join('\n');
}

function shapeOf(schema: AnySchema): [string, AnySchema][] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? Object.entries(def.shape) : [];
}

function nameKind(schema: AnySchema): string {
  return alternatives(schema).map(nameKindOf).join(' or ');
}

function nameKindOf(inner: AnySchema): string {
  const { def } = (inner as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'string':
      return textKinds.get(inner)?.kind ?? 'text';
    case 'number':
      return nameRange(inner);
    case 'boolean':
      return '`true` or `false`';
    case 'array': {
      const isMapping = alternatives(def.element).every(
        (element) => (element as z.core.$ZodTypes)._zod.def.type === 'object',
      );
      return isMapping ? 'list of mappings' : `list: ${nameKind(def.element)}`;
    }
    case 'enum':
      return Object.values(def.entries)
        .map((value) => `\`${value}\``)
        .join(', ');
    case 'literal':
      return def.values.map((value) => `\`${String(value)}\``).join(', ');
    default:
      return 'mapping';
  }
}

function nameRange(schema: AnySchema): string {
  const { minimum, maximum } = z.toJSONSchema(schema);
  if (minimum === undefined || maximum === undefined) return 'number';
  return maximum >= Number.MAX_SAFE_INTEGER
    ? `number, at least ${minimum}`
    : `number, ${minimum} to ${maximum}`;
}

function nameDefault(schema: AnySchema): string {
  const [inner] = alternatives(schema);
  const isMapping = inner !== undefined && (inner as z.core.$ZodTypes)._zod.def.type === 'object';
  for (const each of [schema, ...unwrapped(schema)]) {
    const { def } = (each as z.core.$ZodTypes)._zod;
    if (def.type === 'default') return `\`${toYaml(def.defaultValue)}\``;
    if (def.type === 'prefault') return isMapping ? 'see below' : `\`${toYaml(def.defaultValue)}\``;
    if (def.type === 'optional') return '';
  }
  return '**required**';
}

function describe(schema: AnySchema): string {
  const description = noteOf(schema, 'description');
  const examples = noteOf(schema, 'examples');
  const shown = Array.isArray(examples) ? examples.map((example) => `\`${toYaml(example)}\``) : [];
  const text = typeof description === 'string' ? description : '';
  const isDefault = shown.length === 1 && shown[0] === nameDefault(schema);
  return shown.length === 0 || isDefault ? text : `${text} Example: ${shown.join(', ')}`;
}

function noteOf(schema: AnySchema, name: 'description' | 'examples'): unknown {
  for (const each of [schema, ...unwrapped(schema)]) {
    const note = z.globalRegistry.get(each)?.[name];
    if (note !== undefined) return note;
  }
  return undefined;
}

/** A value on one line, as one would write it in the file. */
function toYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(toYaml).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, each]) => `${key}: ${toYaml(each)}`);
    return `{ ${entries.join(', ')} }`;
  }
  const text = String(value);
  return typeof value === 'string' && text.startsWith('[') ? `"${text}"` : text;
}
