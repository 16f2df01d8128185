// What a `connector.yaml` may not say: a fault in it leads nowhere, in place of somewhere else.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readConnectorConfig } from '../../src/tunnel/connector/connector-config.ts';

function reasonsOf(text: string): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'bouncer-connector-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'connector.yaml');
  writeFileSync(file, text);
  const read = readConnectorConfig(file);
  return read.ok ? [] : read.problems.map(({ reason }) => reason);
}

const withService = (more: string): string =>
  `services:\n  wiki:\n    upstream: http://127.0.0.1:8090\n    ${more}\n`;

test.each([
  ['a key that there is not', 'service: {}\n'],
  ['a name that no service can have', 'services: { ../x: "http://127.0.0.1:1" }\n'],
  ['another tunnel', 'services: { wiki: "tunnel:office/wiki" }\n'],
  ['a certificate without its key', withService('client_cert_file: a.pem')],
  ['a file that is not there', withService('ca_file: a.pem')],
  ['no time to connect in', withService('connect_timeout: 0s')],
  ['a time that is none', withService('connect_timeout: soon')],
  ['an address that is none', 'management: everywhere\nservices: { wiki: "http://127.0.0.1:1" }\n'],
])('%s is refused', (_what, text) => {
  expect(reasonsOf(text)).not.toEqual([]);
});

test('what is right is taken', () => {
  expect(reasonsOf(withService('connect_timeout: 1s'))).toEqual([]);
});
