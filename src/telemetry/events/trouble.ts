// The store, limits, the log, and faults of bouncer itself.
import { type EventRows, failure } from './event-row.ts';

export const trouble = {
  store_failed: {
    level: 'error',
    fields: { action: 'text', 'request_id?': 'text', ...failure },
    means: 'the store did not do `action`',
    hint: '**always**: is the disk full, may the account write to `data_dir`?',
  },
  store_lost: {
    level: 'error',
    fields: { keep_seconds: 'number', ...failure },
    means:
      'PostgreSQL does not answer this process: nobody can log in, and who is logged in goes on for `keep_seconds` from memory',
    hint: '**always**: is the database up, and is there a way to it from this machine?',
  },
  store_found: { level: 'info', fields: {}, means: 'PostgreSQL answers again', hint: null },
  store_deaf: {
    level: 'warn',
    fields: { hint: 'text' },
    means:
      'PostgreSQL takes the connection that listens, and no call comes through: a pooler is in between. Changes are looked for three times a second',
    hint: '**always**: give `store.postgres.listen_url`, an address of PostgreSQL itself',
  },
  store_unwritable: {
    level: 'error',
    fields: failure,
    means:
      'the store can be read and not written: nobody can log in, and who is logged in goes on; logouts count in this process alone until they can be written',
    hint: '**always**: is the disk full, may the account write to `data_dir`, is the database read-only?',
  },
  store_writable: { level: 'info', fields: {}, means: 'the store takes writes again', hint: null },
  limit_reached: {
    level: 'warn',
    fields: { limit: 'text', address: 'text or null', 'application?': 'text', count: 'number' },
    means:
      'a limit took something from somebody; what each of them takes is told under "Limits" below. At most one a minute for each limit; `count` since the last, `address` the latest that it met',
    hint: 'when it is an address of your own people: raise the limit',
  },
  proxy_header_refused: {
    level: 'warn',
    fields: { reason: 'text', address: 'text or null', count: 'number', ...failure },
    means:
      'a connection to `proxy_protocol.listen` was closed before anything of it was read: `not-trusted`, `no-header`, `silent`, `cut-off`, `unknown-version`, `unknown-kind`, `too-long`, `malformed`. At most one a minute for each reason; `count` since the last, `address` the peer of the latest',
    hint: '**always** when it is an address of your own; `not-trusted` from anywhere else: the port should not be reachable from there',
  },
  log_dropped: {
    level: 'warn',
    fields: { lines: 'number' },
    means: 'whoever reads the log is too slow: `lines` are lost',
    hint: '**always**',
  },
  internal_error: {
    level: 'error',
    fields: { 'request_id?': 'text', 'action?': 'text', message: 'text' },
    means: 'a fault of bouncer’s, with where it happened',
    hint: '**always**: please report it',
  },
} as const satisfies EventRows;
