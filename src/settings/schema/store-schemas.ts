// The shape of `store` and `store_loss`: where sessions and keys are kept, and what goes on without it.
import { z } from 'zod';
import { checkPostgresUrl } from '../postgres-url.ts';
import { duration, minute, text } from './fields.ts';

const postgres = z.strictObject({
  url: text(checkPostgresUrl, 'database address').meta({
    description:
      'The database, as its own tools write it; several hosts are separated by commas, and the one that takes writes is used. Off this machine the server must prove its name with a certificate (`sslmode=verify-full`), unless `sslmode=disable` says that the network is your own.',
    examples: [{ env: 'DATABASE_URL' }, 'postgres://bouncer@db1.internal,db2.internal/bouncer'],
  }),
  listen_url: text(checkPostgresUrl, 'database address')
    .optional()
    .meta({
      description:
        'The same database without a pooler in between, where `url` leads to PgBouncer: a pooler forgets who listens.',
      examples: [{ env: 'DATABASE_LISTEN_URL' }],
    }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description:
        "The certificate authority of the server, PEM; with it, connections on this machine are encrypted too. A new file counts without a restart. Default: the system's.",
      examples: ['postgres-ca.pem'],
    }),
});

export const store = z.strictObject({
  postgres: postgres.meta({
    description: 'PostgreSQL 14 or newer, for several bouncers that are one. Absent: SQLite in `data_dir`.',
  }),
});

export const storeLoss = z.strictObject({
  keep: duration(0, 60 * minute)
    .default('60s')
    .meta({
      description:
        'How long who is logged in carries on while PostgreSQL does not answer: so long a revocation may stay unknown to a bouncer that is cut off. `0s`: not at all.',
      examples: ['60s'],
    }),
});
