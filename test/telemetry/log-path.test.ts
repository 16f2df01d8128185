// Long paths in the log can be told apart.
import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { logPath } from '../../src/telemetry/log-path.ts';

describe('logPath', () => {
  it('leaves a path of up to 512 characters as it is', () => {
    expect(logPath(`/${'a'.repeat(511)}`)).toBe(`/${'a'.repeat(511)}`);
  });

  it('cuts a longer one with the hash of the whole', () => {
    const long = `/${'a'.repeat(600)}`;
    const digest = hash('sha256', long, 'base64url').slice(0, 22);
    expect(logPath(long)).toBe(`${long.slice(0, 489)}…${digest}`);
    expect(logPath(`${long}b`)).not.toBe(logPath(`${long}c`));
    expect(logPath(`${long}b`)).toHaveLength(512);
  });

  it('escapes what a reader of the log would obey, and never grows over 512', () => {
    expect(logPath('/a\u001b[31m')).toBe('/a\\u001b[31m');
    expect(logPath(`/${'\n'.repeat(200)}x`)).toHaveLength(512);
    expect(logPath(`/${'\n'.repeat(200)}x`)).not.toBe(logPath(`/${'\n'.repeat(200)}y`));
  });
});
