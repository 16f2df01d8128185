// Writes the generated part of docs/: the JSON Schemas for editors and the settings reference.
// With `--check` it writes nothing, names what is stale on standard error and exits with 1.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rulesJsonSchema } from '../src/rules/rules-schema.ts';
import { renderSettingsReference } from '../src/settings/render-settings-reference.ts';
import { settingsJsonSchema } from '../src/settings/settings-schema.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Every generated file: its path in the repository and what it must hold. */
const documents: Readonly<Record<string, () => string>> = {
  'docs/schema/settings.json': () => renderJson(settingsJsonSchema()),
  'docs/schema/rules.json': () => renderJson(rulesJsonSchema()),
  'docs/settings.md': renderSettingsReference,
};

function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

function readOrNull(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function main(isCheck: boolean): void {
  let stale = 0;
  for (const [name, render] of Object.entries(documents)) {
    const path = fileURLToPath(new URL(`../${name}`, import.meta.url));
    const content = render();
    if (readOrNull(path) === content) continue;
    stale++;
    if (isCheck) {
      process.stderr.write(`${relative(root, path)} is stale: run \`npm run docs\`\n`);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, content);
      process.stdout.write(`wrote ${relative(root, path)}\n`);
    }
  }
  if (isCheck && stale > 0) process.exitCode = 1;
}

main(process.argv.includes('--check'));
