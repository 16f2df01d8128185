// The table of events: names and fields that stay, and levels that follow what is said.
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { createTelemetry } from '../../src/telemetry/create-telemetry.ts';
import { events } from '../../src/telemetry/events.ts';

function logged(write: (telemetry: ReturnType<typeof createTelemetry>) => void): unknown {
  const lines: string[] = [];
  const telemetry = createTelemetry(
    { level: 'debug', format: 'json' },
    { stream: { write: (line) => lines.push(line) } },
  );
  write(telemetry);
  return lines.map((line) => JSON.parse(line));
}

test('names and fields are snake_case, and say what they mean', () => {
  for (const [name, { fields, means }] of Object.entries(events)) {
    for (const text of [name, ...Object.keys(fields)]) expect(text).toMatch(/^[a-z]+(?:_[a-z]+)*\??$/);
    expect(means, name).toMatch(/[^.]$/);
  }
});

test('every row of every file is in the table, and no name stands twice', async () => {
  const folder = new URL('../../src/telemetry/events/', import.meta.url);
  const names: string[] = [];
  for (const file of await readdir(folder)) {
    if (file === 'event-row.ts') continue;
    const module = (await import(new URL(file, folder).href)) as Readonly<Record<string, object>>;
    for (const rows of Object.values(module)) names.push(...Object.keys(rows));
  }
  expect(names.toSorted()).toEqual(Object.keys(events).toSorted());
});

test('the level is the row’s', () => {
  expect(logged((log) => log.event('log_dropped', { lines: 3 }))).toMatchObject([
    { level: 'warn', event: 'log_dropped', lines: 3 },
  ]);
});

test('a reload that leaves something for a restart is a warning', () => {
  const lines = logged((log) => {
    log.event('reloaded', { what: 'configuration' });
    log.event('reloaded', { what: 'configuration', waits_for_restart: ['listen'] });
  });
  expect(lines).toMatchObject([{ level: 'info' }, { level: 'warn' }]);
});

test('a provider that did not answer when it was asked again is a warning', () => {
  const fields = { provider: 'a', sub: 'b', session: 'c' };
  const lines = logged((log) => {
    log.event('session_refreshed', fields);
    log.event('session_refreshed', { ...fields, is_refreshed: false, cause: 'silence' });
  });
  expect(lines).toMatchObject([{ level: 'debug' }, { level: 'warn' }]);
});
