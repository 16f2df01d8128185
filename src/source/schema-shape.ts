// Walks a zod schema the way a path walks a value: which keys a place knows, what it means, what an example is.
import { z } from 'zod';
import type { SourcePath } from './problem-at.ts';

type AnySchema = z.core.$ZodType;

/** The schemas that may stand behind one: wrappers are taken off, unions are spread. */
export function alternatives(schema: AnySchema): AnySchema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return alternatives(def.innerType);
    case 'pipe':
      return alternatives(def.in);
    case 'lazy':
      return alternatives(def.getter());
    case 'union':
      return def.options.flatMap((option) => alternatives(option));
    case 'intersection':
      return [...alternatives(def.left), ...alternatives(def.right)];
    default:
      return [schema];
  }
}

/** The schemas that may apply at a path; empty when the path leads nowhere. */
export function schemasAt(root: AnySchema, path: SourcePath): AnySchema[] {
  let schemas: AnySchema[] = [root];
  for (const step of path) {
    schemas = schemas.flatMap((schema) => alternatives(schema).flatMap((each) => child(each, step)));
  }
  return schemas;
}

function child(schema: AnySchema, step: string | number): AnySchema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'object': {
      const found = Object.hasOwn(def.shape, step) ? def.shape[String(step)] : def.catchall;
      return found === undefined ? [] : [found];
    }
    case 'record':
      return [def.valueType];
    case 'array':
      return [def.element];
    case 'tuple': {
      const item = def.items[Number(step)] ?? def.rest;
      return item === null || item === undefined ? [] : [item];
    }
    default:
      return [];
  }
}

/** Every key that a mapping at the path may have by name. */
export function knownKeys(root: AnySchema, path: SourcePath): string[] {
  const keys = schemasAt(root, path).flatMap((schema) => alternatives(schema).flatMap(objectKeys));
  return [...new Set(keys)];
}

function objectKeys(schema: AnySchema): string[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? Object.keys(def.shape) : [];
}

/** The first example that the schema gives for a place, wherever among its wrappers it was noted. */
export function exampleAt(root: AnySchema, path: SourcePath): unknown {
  for (const schema of schemasAt(root, path)) {
    for (const each of [schema, ...unwrapped(schema), ...alternatives(schema)]) {
      const examples = z.globalRegistry.get(each)?.['examples'];
      if (Array.isArray(examples) && examples.length > 0) return examples[0];
    }
  }
  return undefined;
}

/** The schemas under a schema's wrappers, outermost first, itself left out. */
export function unwrapped(schema: AnySchema): AnySchema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return [def.innerType, ...unwrapped(def.innerType)];
    case 'pipe':
      return [def.in, ...unwrapped(def.in)];
    default:
      return [];
  }
}

/** Where else in the schema a mapping knows this key: the path without list indexes, or `null`. */
export function findHome(root: AnySchema, key: string): readonly string[] | null {
  const seen = new Set<AnySchema>();
  let places: { schema: AnySchema; path: readonly string[] }[] = [{ schema: root, path: [] }];
  while (places.length > 0) {
    const next: typeof places = [];
    for (const { schema, path } of places) {
      for (const each of alternatives(schema)) {
        if (seen.has(each)) continue;
        seen.add(each);
        if (path.length > 0 && objectKeys(each).includes(key)) return path;
        next.push(...children(each, path));
      }
    }
    places = next;
  }
  return null;
}

function children(
  schema: AnySchema,
  path: readonly string[],
): { schema: AnySchema; path: readonly string[] }[] {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return [{ schema: def.element, path }];
  if (def.type !== 'object') return [];
  return Object.entries(def.shape).map(([name, each]) => ({ schema: each, path: [...path, name] }));
}
