// How the command was called, so that what is printed can be typed: by its name, or by npm in a checkout.
import type { Terminal } from './terminal.ts';

export function commandName(env: Terminal['env']): string {
  return ['bouncer', 'start'].includes(env['npm_lifecycle_event'] ?? '') ? 'npm run bouncer --' : 'bouncer';
}
