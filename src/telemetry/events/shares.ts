// Shares: sites of people's own machines that they show to others.
import { type EventRows, person } from './event-row.ts';

export const shares = {
  share_begun: {
    level: 'info',
    fields: { share: 'text', host: 'text', ...person, ip: 'text or null', with: 'texts', until: 'text' },
    means: 'somebody shares a site of their own machine with the people named in `with`',
    hint: '`bouncer tunnel delete` with the name of the share ends it',
  },
  share_ended: {
    level: 'info',
    fields: { share: 'text', reason: 'text', sub: 'text', email: 'text or null' },
    means:
      'a share is over: its sharer ended it (`asked`), its time is up (`expired`), their login ended (`session-ended`), `share.allow` is no longer true for them (`not-allowed`), their machine was away for an hour (`connector-away`) or its connector was revoked (`connector-revoked`), or `share` in the settings changed (`settings-changed`)',
    hint: null,
  },
  share_refused: {
    level: 'warn',
    fields: { reason: 'text', ...person, ip: 'text or null' },
    means: 'somebody wanted to share and may not (`denied`), or has as many shares as they may (`too-many`)',
    hint: '`share.allow` and `share.max_per_person` in the settings say who may, and how many',
  },
} as const satisfies EventRows;
