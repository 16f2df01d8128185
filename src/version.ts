// The version of this program, as its package says.
import { createRequire } from 'node:module';

export function readVersion(): string {
  const parsed: unknown = createRequire(import.meta.url)('bouncer-proxy/package.json');
  if (
    typeof parsed === 'object' &&
    parsed !== null &&
    'version' in parsed &&
    typeof parsed.version === 'string'
  ) {
    return parsed.version;
  }
  return 'unknown';
}
