// Programs: their tokens, the issuers that vouch for them, and what they cannot read.
import { type EventRows, failure, visit } from './event-row.ts';

export const programs = {
  token_created: {
    level: 'info',
    fields: { token: 'text', applications: 'texts', expires: 'text or null' },
    means: 'a service token was made, by whoever may write to the store',
    hint: 'when nobody you know made it',
  },
  token_rotated: {
    level: 'info',
    fields: {
      token: 'text',
      applications: 'texts',
      expires: 'text or null',
      old_secret_ends: 'text or null',
    },
    means: 'a service token got another secret; the one before ends at `old_secret_ends`',
    hint: 'when nobody you know did it',
  },
  token_revoked: {
    level: 'info',
    fields: { token: 'text' },
    means: 'a service token was ended, and what it let in with it',
    hint: null,
  },
  group_left_out: {
    level: 'warn',
    fields: { application: 'text', group: 'text' },
    means:
      'a group has a comma, or characters that are not printable ASCII, so that it is left out of the header in which programs written for another proxy read the groups; once for each group and application',
    hint: 'rename the group, or let the application read the assertion',
  },
  token_used: {
    level: 'info',
    fields: { ...visit, token: 'text', session: 'text' },
    means:
      'a service token, or with `issuer:subject` as `token` one of a trusted issuer, was used; once an hour for each token, application and address. `session` is what its requests have in the log',
    hint: 'when the address is not one of yours',
  },
  token_use_failed: {
    level: 'warn',
    fields: { ...visit, 'token?': 'text', cause: 'text' },
    means:
      'what was presented is not a valid service token or token of a trusted issuer (`cause` says what is wrong with it), or (with `token`) one that has ended or is for other applications; of each address the first 20, then 20 a minute',
    hint: 'with `token`: give that program a new secret; without, when many',
  },
  issuer_unreachable: {
    level: 'error',
    fields: { issuer: 'text', ...failure },
    means:
      'the keys of a trusted issuer cannot be had: programs with new tokens of it get 503, those whose token was verified carry on',
    hint: '**always**: can this machine read the discovery document of the issuer?',
  },
  issuer_reachable: {
    level: 'info',
    fields: { issuer: 'text' },
    means: 'a trusted issuer answers again',
    hint: null,
  },
} as const satisfies EventRows;
