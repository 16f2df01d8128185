// What is in force: settings, rules, certificates and signing keys.
import type { EventRows } from './event-row.ts';

export const configuration = {
  reloaded: {
    level: 'info',
    unless: { field: 'waits_for_restart', level: 'warn' },
    fields: {
      what: 'text',
      'reason?': 'text',
      'applications?': 'number',
      'rules_hash?': 'text',
      'warnings?': 'number',
      'duration_ms?': 'number',
      'waits_for_restart?': 'texts',
      'valid_to?': 'text',
    },
    means:
      'new settings and rules are in force (`what: configuration`), or a new certificate; `waits_for_restart` names what is not yet',
    hint: null,
  },
  reload_failed: {
    level: 'error',
    fields: { what: 'text', 'reason?': 'text', problems: 'texts', 'hint?': 'text' },
    means:
      'the files are wrong and what was in force stays, also the old certificate: `problems` has each with its line',
    hint: '**always**: mend the file; nothing has changed until then',
  },
  configuration_warnings: {
    level: 'warn',
    fields: { count: 'number', warnings: 'texts' },
    means: 'rules that are in force and look like a mistake',
    hint: 'at leisure',
  },
  key_created: {
    level: 'info',
    fields: { kid: 'text', signs_from: 'text' },
    means: 'a new signing key; it is published at once and signs from `signs_from` on',
    hint: null,
  },
  key_retired: {
    level: 'info',
    fields: { kid: 'text', is_published: 'flag' },
    means: 'a signing key signs no more; with `is_published: false` it is gone',
    hint: null,
  },
} as const satisfies EventRows;
