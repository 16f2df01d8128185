// Access for a time: who asked for it, who gave it and why, and how it ended.
import { type EventRows, visit } from './event-row.ts';

/** What it is about. */
const about = { application: 'text', area: 'text or null', email: 'text', access: 'text' } as const;

export const access = {
  access_requested: {
    level: 'info',
    fields: {
      ...visit,
      ...about,
      sub: 'text',
      session: 'text',
      reason: 'text',
      seconds: 'number',
      told: 'number',
    },
    means:
      'somebody who was refused asked for access for `seconds`; `access` is the id of the request, `area` the path that it is for, `told` to how many addresses a mail went',
    hint: 'when `told` is 0: nobody hears of it; is there `smtp`, and does an address in `approvers` or `notify` take mail?',
  },
  access_granted: {
    level: 'info',
    fields: { ...about, by: 'text', reason: 'text', until: 'text' },
    means:
      'access was given for a time, by an approver or with `bouncer access grant` (`by: operator`; one of the running processes tells of it); `access` is the id of the grant',
    hint: 'when nobody you know gave it: `bouncer access revoke`',
  },
  access_refused: {
    level: 'info',
    fields: { ...visit, ...about, by: 'text' },
    means: 'an approver said no to a request',
    hint: null,
  },
  access_revoked: {
    level: 'info',
    fields: { ...about, by: 'text' },
    means:
      'access for a time was ended before its end, by an approver or with `bouncer access revoke` (`by: operator`); what it let in ends within a second',
    hint: null,
  },
} as const satisfies EventRows;
