// The process: its start, what it found around it, its end.
import { type EventRows, failure } from './event-row.ts';

export const running = {
  started: {
    level: 'info',
    fields: {
      listen: 'text',
      'proxy_protocol?': 'text',
      'forward_auth?': 'text',
      auth_url: 'text',
      applications: 'number',
      rules_hash: 'text',
      warnings: 'number',
    },
    means: 'the process takes requests',
    hint: null,
  },
  looked_around: {
    level: 'info',
    fields: { looks: 'number', findings: 'number', duration_ms: 'number' },
    means:
      'at the start, providers, upstreams, certificates and the mail server were looked at; each finding has a line of its own',
    hint: null,
  },
  outside_finding: {
    level: 'warn',
    unless: { field: 'severity', is: 'error', level: 'error' },
    fields: { about: 'text', severity: 'text', code: 'text', ...failure },
    means:
      'what the look at the start found: something outside does not answer as the settings and rules say, or people enrolled keys for another host (`keys-of-another-host`). `bouncer check --online` looks again',
    hint: 'with `severity: error` **always**, else at leisure',
  },
  draining: {
    level: 'info',
    fields: { live_streams: 'number' },
    means: 'the process takes no more connections and ends what is open',
    hint: null,
  },
  stopped: { level: 'info', fields: {}, means: 'the process is about to end', hint: null },
} as const satisfies EventRows;
