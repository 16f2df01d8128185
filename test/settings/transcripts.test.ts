// What a person sees when a settings file is wrong: each *.yaml in fixtures/transcripts beside its *.txt. `npx vitest run -u` writes
// the texts anew.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSettings } from '../../src/settings/load-settings.ts';
import { renderProblems } from '../../src/source/render-problems.ts';

const transcripts = new URL('fixtures/transcripts/', import.meta.url);
const names = readdirSync(transcripts).filter((name) => name.endsWith('.yaml'));
const env = { KEY_FILE: 'key.pem', BAD_ISSUER: 'ftp://canary.example.com', EMPTY: '' };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bouncer-transcripts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the settings file', () => {
  it.each(names)('%s is refused as its transcript shows, without its secrets', async (name) => {
    const text = readFileSync(new URL(name, transcripts), 'utf8');
    const file = join(folder, name);
    writeFileSync(file, text);
    const loaded = loadSettings(file, env);
    const problems = loaded.ok ? loaded.warnings : loaded.problems;
    const printed = renderProblems(problems, new Map([[file, text]]), { isColored: false });
    const portable = printed.replaceAll(`${folder}/`, '');
    expect(printed).not.toContain('canary');
    expect(loaded.ok).toBe(false);
    await expect(portable).toMatchFileSnapshot(`fixtures/transcripts/${name.replace('.yaml', '.txt')}`);
  });
});
