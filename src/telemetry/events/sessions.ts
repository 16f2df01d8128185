// Sessions and what people gave their terminals and programs: how each begins, lasts and ends.
import { type EventRows, person, visit } from './event-row.ts';

/** A form, by whose ended session it is known. */
const form = {
  request_id: 'text',
  host: 'text',
  application: 'text',
  sub: 'text',
  session: 'text',
} as const;

export const sessions = {
  logout: { level: 'info', fields: { ...visit, ...person }, means: 'a person logged out', hint: null },
  terminal_login: {
    level: 'info',
    fields: { ...visit, ...person, name: 'text', by: 'text' },
    means:
      'a person let a terminal act as them; `name` is what it calls itself, `by`: `code` on the same computer, `device` where they typed its code',
    hint: 'when the person knows nothing of it: end the session',
  },
  terminal_logout: {
    level: 'info',
    fields: { ...visit, ...person, name: 'text' },
    means: 'a terminal was logged out; the session of its person goes on',
    hint: null,
  },
  personal_token_created: {
    level: 'info',
    fields: {
      ...visit,
      ...person,
      name: 'text',
      applications: 'texts',
      expires: 'text',
      is_rechecked: 'flag',
    },
    means:
      'a person made a token for one of their programs; with `is_rechecked: false` the provider gave nothing to ask with later, and it ends with the session',
    hint: null,
  },
  personal_token_revoked: {
    level: 'info',
    fields: { ...visit, ...person, name: 'text' },
    means: 'a person ended one of their personal tokens',
    hint: null,
  },
  session_revoked: {
    level: 'info',
    fields: {
      'request_id?': 'text',
      'host?': 'text',
      'ip?': 'text or null',
      'user_agent?': 'text or null',
      reason: 'text',
      'provider?': 'text',
      'sub?': 'text',
      session: 'text',
      'cause?': 'text',
    },
    means:
      'a login ended: by the provider (`backchannel-logout`, `provider-ended`), by the person (`ended-by-person`), by an operator with `bouncer session revoke` (`ended-by-operator`) or `bouncer person` (`person-blocked`, `person-erased`; one of the running processes tells of it), by another login (`replaced`, or `max-per-person` where a person had more than they may), because the provider could not be asked for as long as `session.recheck_grace` lets it stand (`recheck-grace-over`), because the provider’s settings mean something else now (`provider-settings-changed`), or because the clock was put back behind it (`made-ahead-of-the-clock`)',
    hint: null,
  },
  form_kept: {
    level: 'info',
    fields: { ...form, bytes: 'number', is_kept: 'flag' },
    means:
      'a form met an ended session and is kept until its person has logged in again; with `is_kept: false` there was no room for it',
    hint: 'when `is_kept: false` comes often: who sends so many forms? At a time 1,000 are kept, and 64 MB',
  },
  form_sent: {
    level: 'info',
    fields: { ...form, bytes: 'number' },
    means:
      'a person sent a form that was kept for them, after another login; the record of the request with this id says what the rules and the application made of it',
    hint: null,
  },
  form_dropped: {
    level: 'info',
    fields: { ...form, reason: 'text' },
    means:
      'a kept form was thrown away unsent: its person did it (`discarded`), another person logged in in that browser (`another-person`), or another application is at its address now (`another-application`)',
    hint: null,
  },
  session_refreshed: {
    level: 'debug',
    unless: { field: 'is_refreshed', is: false, level: 'warn' },
    fields: {
      provider: 'text',
      sub: 'text',
      session: 'text',
      'is_refreshed?': 'flag',
      'cause?': 'text',
      'hint?': 'text',
    },
    means:
      'the provider was asked again whether a login holds; with `is_refreshed: false` it did not answer (or wants to see the person, who is sent there with the next page), and the login carries on',
    hint: null,
  },
  recheck_impossible: {
    level: 'warn',
    fields: { provider: 'text', hint: 'text' },
    means:
      'somebody logged in and the provider gave no refresh token: such logins are not checked again (`session.recheck`) and last their whole time, unless the provider ends them by a back-channel logout. Once a provider and hour',
    hint: 'at leisure: the field `hint` says what the provider wants',
  },
} as const satisfies EventRows;
