import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseSettings } from '../../src/settings/parse-settings.ts';
import { renderSettingsReference } from '../../src/settings/render-settings-reference.ts';
import { settingsJsonSchema, settingsSchema } from '../../src/settings/settings-schema.ts';
import { alternatives, unwrapped } from '../../src/source/schema-shape.ts';
import { parseYaml } from '../../src/source/yaml-document.ts';

type AnySchema = z.core.$ZodType;

interface Json {
  readonly properties?: Readonly<Record<string, Json>>;
  readonly anyOf?: unknown;
  readonly required?: unknown;
  readonly additionalProperties?: unknown;
}

/** Every field of the schema by its path. */
function fields(schema: AnySchema, path = ''): [string, AnySchema][] {
  return alternatives(schema).flatMap((each): [string, AnySchema][] => {
    const { def } = (each as z.core.$ZodTypes)._zod;
    if (def.type === 'array') return fields(def.element, path);
    if (def.type !== 'object') return [];
    return Object.entries(def.shape).flatMap(([key, field]): [string, AnySchema][] => {
      const below = path === '' ? key : `${path}.${key}`;
      return [[below, field], ...fields(field, below)];
    });
  });
}

function noteOf(schema: AnySchema, name: string): unknown {
  return [schema, ...unwrapped(schema)]
    .map((each) => z.globalRegistry.get(each)?.[name])
    .find((note) => note !== undefined);
}

const all = fields(settingsSchema);

describe('every setting', () => {
  it.each(all)('%s has a description', (_path, schema) => {
    expect(noteOf(schema, 'description')).toMatch(/^[A-Z`].*\.$/);
  });

  it.each(all)('%s stands in the reference page', (path) => {
    expect(renderSettingsReference()).toContain(`| \`${path.split('.').at(-1)}\` `);
  });

  it.each(all)('%s takes its own examples', (_path, schema) => {
    const examples = (noteOf(schema, 'examples') ?? []) as readonly unknown[];
    for (const example of examples) {
      const isReference =
        typeof example === 'object' && example !== null && ('env' in example || 'file' in example);
      if (!isReference) expect(z.safeParse(schema, example).success).toBe(true);
    }
  });
});

describe('the pages of the documentation', () => {
  const pages = ['settings.md'];
  it.each(pages)('%s shows settings that are valid', (page) => {
    const text = readFileSync(new URL(`../../docs/${page}`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
    expect(blocks.length).toBeGreaterThan(0);
    for (const block of blocks) {
      const document = parseYaml(page, block);
      if (!document.ok) throw new Error(JSON.stringify(document.problems));
      const sources = { env: { GOOGLE_CLIENT_SECRET: 'x' }, readFile: () => 'x', baseDir: '/' };
      expect(parseSettings(document.value, sources)).toMatchObject({ ok: true });
    }
  });
});

describe('the JSON Schema for editors', () => {
  const schema = settingsJsonSchema() as Json;

  it('knows every setting and refuses all others', () => {
    const text = JSON.stringify(schema);
    for (const [path] of all) expect(text).toContain(`"${path.split('.').at(-1)}":`);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required).toEqual(['auth_url', 'identity_providers']);
  });

  it('lets a reference stand for a text, and for nothing else', () => {
    const { auth_url, limits, log } = schema.properties ?? {};
    const reference = { $ref: '#/$defs/reference' };
    expect(auth_url?.anyOf).toEqual([{ type: 'string', minLength: 1 }, reference]);
    expect(log?.properties?.['level']?.anyOf).toContainEqual(reference);
    expect(limits?.properties?.['connections']).toMatchObject({ type: 'integer', minimum: 1 });
    expect(limits?.properties?.['connections']).not.toHaveProperty('anyOf');
  });
});
