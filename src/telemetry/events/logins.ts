// Logins, and the keys, codes and letters that belong to them.
import { type EventRows, failure, person, visit } from './event-row.ts';

export const logins = {
  login: {
    level: 'info',
    fields: { ...visit, provider: 'text', ...person, amr: 'texts' },
    means: 'a person logged in',
    hint: null,
  },
  step_up: {
    level: 'info',
    fields: { ...visit, provider: 'text', ...person, amr: 'texts', 'key?': 'text' },
    means:
      "a person logged in again, with a security key or because their login was old; `key`: with that one in bouncer's own ceremony",
    hint: null,
  },
  hardware_key_enrolled: {
    level: 'info',
    fields: { ...visit, ...person, by: 'text', key: 'text', aaguid: 'text', is_attested: 'flag' },
    means: 'a person enrolled a hardware key; `aaguid` is its make, which `is_attested` proves',
    hint: null,
  },
  hardware_key_removed: {
    level: 'info',
    fields: {
      'request_id?': 'text',
      'host?': 'text',
      'ip?': 'text or null',
      'user_agent?': 'text or null',
      sub: 'text',
      email: 'text or null',
      'session?': 'text',
      by: 'text',
      key: 'text',
      aaguid: 'text',
      is_attested: 'flag',
    },
    means:
      'a hardware key was removed, `by` its `owner` or an `operator` with `bouncer hardware-key remove`; all logins of its owner ended. Of what an operator did one of the running processes tells',
    hint: null,
  },
  hardware_key_copied: {
    level: 'error',
    fields: { ...visit, ...person, key: 'text' },
    means: 'the counter of a hardware key went back: there may be two keys with one secret. It was refused',
    hint: 'talk to the person; then remove the key with `bouncer hardware-key remove` and invite them anew',
  },
  person_blocked: {
    level: 'info',
    fields: { email: 'text', sessions: 'number' },
    means:
      'an operator blocked an address with `bouncer person block`; so many sessions ended, each with an event of its own. One of the running processes tells of it',
    hint: null,
  },
  person_unblocked: {
    level: 'info',
    fields: { email: 'text' },
    means: 'an operator let an address log in again with `bouncer person unblock`',
    hint: null,
  },
  passkey_enrolled: {
    level: 'info',
    fields: {
      ...visit,
      email: 'text',
      key: 'text',
      is_backup_eligible: 'flag',
      is_break_glass: 'flag',
      expires: 'text or null',
    },
    means: 'whoever had the invitation for this address enrolled a passkey, by which they log in as it',
    hint: 'when the person says that it was not them: `bouncer passkey remove`',
  },
  passkey_removed: {
    level: 'info',
    fields: {
      'request_id?': 'text',
      'host?': 'text',
      'ip?': 'text or null',
      'user_agent?': 'text or null',
      'session?': 'text',
      by: 'text',
      email: 'text',
      key: 'text',
    },
    means:
      'a passkey was removed, `by` its `owner` or an `operator` with `bouncer passkey remove`; all logins of its owner ended',
    hint: null,
  },
  break_glass_used: {
    level: 'warn',
    fields: { ...visit, provider: 'text', email: 'text', key: 'text' },
    means: 'somebody logged in by a passkey that is kept for the day when nothing else lets anybody in',
    hint: 'is this that day? If not, ask the person, and remove the passkey with `bouncer passkey remove`',
  },
  mail_lost: {
    level: 'warn',
    fields: { subject: 'text', ...failure },
    means: 'a letter to a person did not get through',
    hint: 'is the mail server of `smtp` right? `bouncer check --online` tries it',
  },
  login_failed: {
    level: 'warn',
    fields: {
      ...visit,
      reason: 'text',
      'provider?': 'text',
      'sub?': 'text',
      'email?': 'text or null',
      'session?': 'text',
      'cause?': 'text or null',
      'hint?': 'text',
    },
    means:
      '`reason` says how: `expired`, `other-browser`, `provider-answer-invalid` …; `cause` what was seen and what is wanted, `hint` the setting to change',
    hint: 'when many; `provider-answer-invalid` always: [what each cause means](#a-login-fails)',
  },
  claim_unusable: {
    level: 'warn',
    unless: { field: 'is_used', is: false, level: 'debug' },
    fields: {
      'request_id?': 'text',
      provider: 'text',
      sub: 'text',
      session: 'text',
      claim: 'text',
      shape: 'text',
      'is_used?': 'flag',
      cause: 'text',
      hint: 'text',
    },
    means:
      'a claim of a login cannot be used (`shape`: `by-reference`, `wrong-type`, `odd-items`, `too-large`; of an address `email-not-verified`, `email-outside-provider`, `email-malformed`, `email-missing`), so that rules about it let nobody in and keep out whom they could keep out; once a login. With `is_used: false` the claim is `missing` and no rule looks at it',
    hint: 'when rules look at that claim',
  },
  code_sent: {
    level: 'info',
    fields: { ...visit, provider: 'text', email: 'text', attempts: 'number' },
    means:
      'the mail server took the mail with a login code; `attempts`: when the server put it off before, more than 1',
    hint: null,
  },
  code_not_sent: {
    level: 'info',
    unless: { field: 'cause', level: 'warn' },
    fields: {
      ...visit,
      provider: 'text',
      email: 'text',
      reason: 'text',
      'attempts?': 'number',
      'cause?': 'text',
      'hint?': 'text',
    },
    means:
      'somebody asked for a login code and gets none, of which they are told nothing: no policy names the address (`address-not-named`), an operator blocked the person (`person-blocked`), strangers have asked for it too often today (`too-many-mails`), the mail server does not take it (`mail-refused`) or put it off until the code was too old (`mail-server`), `queue-full`, `store`, or a `fault` of bouncer’s, which `internal_error` tells more of',
    hint: 'when it has a `cause`; and when somebody says that no mail comes: is the address spelt as in the rules?',
  },
  organization_renamed: {
    level: 'error',
    fields: { provider: 'text', organization: 'text', number: 'text' },
    means:
      'somebody is a member of a GitHub organisation that has a name of the settings and another number than is said there: yours was renamed, and somebody else took its name. It counts for nobody; told once by each process',
    hint: 'write the new name of yours into `organizations` and the rules',
  },
  codes_guessed: {
    level: 'warn',
    fields: { request_id: 'text', tries: 'number' },
    means:
      'within a day so many codes were tried by browsers that never logged in here, at all addresses together, that for a day the codes of such browsers have ten digits in place of six. Nobody is kept out',
    hint: 'on a busy site nothing; else see from where `login_failed` with `wrong-code` comes',
  },
} as const satisfies EventRows;
