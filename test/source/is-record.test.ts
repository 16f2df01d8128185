import { describe, expect, it } from 'vitest';
import { isRecord, parseRecord } from '../../src/source/is-record.ts';

describe('a value from outside', () => {
  it('is a record only when it is a JSON object', () => {
    expect([{}, { a: 1 }, Object.create(null)].every(isRecord)).toBe(true);
    expect([null, undefined, [], [{}], 'a', 1, true, () => ({})].some(isRecord)).toBe(false);
  });
});

describe('a text that should be a JSON object', () => {
  it('is its members', () => {
    expect(parseRecord(' {"a": 1, "b": [null]} ')).toEqual({ a: 1, b: [null] });
    expect(parseRecord('{"a": 1, "a": 2}')).toEqual({ a: 2 });
  });

  it('sets no prototype', () => {
    const record = parseRecord('{"__proto__": {"admin": true}}');
    expect(record?.['admin']).toBeUndefined();
    expect(Object.keys(record ?? {})).toEqual(['__proto__']);
  });

  it.each([
    '',
    ' ',
    'null',
    '[]',
    '"{}"',
    '1',
    'true',
    '{',
    '{}{}',
    "{'a': 1}",
    '{"a": undefined}',
    '\u0000{}',
    '\ufeff{}',
  ])('is nothing when it is %j', (text) => {
    expect(parseRecord(text)).toBeNull();
  });
});
