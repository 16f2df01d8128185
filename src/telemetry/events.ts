// Every event that has a line of its own in the log, in one table: level, fields, what it means, and whether somebody must look.
// Names and fields are stable: people alert on them. The types of the fields, the page for operators and the log come from here.

export type Level = 'debug' | 'info' | 'warn' | 'error';

/** What a field may hold, by the word that stands in the table. */
interface Kinds {
  readonly text: string;
  readonly 'text or null': string | null;
  readonly number: number;
  readonly flag: boolean;
  readonly texts: readonly string[];
}

/** Field → kind; a name that ends in `?` may be absent. */
type FieldTable = Readonly<Record<string, keyof Kinds>>;

interface EventRow {
  readonly level: Level;
  /** The level in place of `level` when this field is there (`name`) or has this value. */
  readonly unless?: { readonly field: string; readonly is?: unknown; readonly level: Level };
  readonly fields: FieldTable;
  /** What happened, for whoever reads the log. */
  readonly means: string;
  /** When to look at it, and what to do then; `null`: it is only to be known. */
  readonly hint: string | null;
}

/** Who came by: of every event that belongs to one visit. */
const visit = { request_id: 'text', host: 'text', ip: 'text or null', user_agent: 'text or null' } as const;
const person = { sub: 'text', email: 'text or null', session: 'text' } as const;
const failure = { cause: 'text', 'hint?': 'text' } as const;

/** Every event by its name. */
export const events = {
  started: {
    level: 'info',
    fields: {
      listen: 'text',
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
      'what the look at the start found: something outside does not answer as the settings and rules say. `bouncer check --online` looks again',
    hint: 'with `severity: error` **always**, else at leisure',
  },
  draining: {
    level: 'info',
    fields: { live_streams: 'number' },
    means: 'the process takes no more connections and ends what is open',
    hint: null,
  },
  stopped: { level: 'info', fields: {}, means: 'the process is about to end', hint: null },
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
    fields: { by: 'text', email: 'text', key: 'text' },
    means: 'an operator removed a passkey with `bouncer passkey remove`; all logins by it ended',
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
      'somebody asked for a login code and gets none, of which they are told nothing: no policy names the address (`address-not-named`), strangers have asked for it too often today (`too-many-mails`), the mail server does not take it (`mail-refused`) or put it off until the code was too old (`mail-server`), `queue-full`, `store`',
    hint: 'when it has a `cause`; and when somebody says that no mail comes: is the address spelt as in the rules?',
  },
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
  tunnel_connected: {
    level: 'info',
    fields: {
      tunnel: 'text',
      connector: 'text',
      ip: 'text',
      version: 'text',
      services: 'texts',
      round_trip_ms: 'number',
    },
    means: 'a connection of a connector was tried out and takes requests',
    hint: null,
  },
  tunnel_disconnected: {
    level: 'warn',
    unless: { field: 'cause', is: 'left', level: 'info' },
    fields: {
      tunnel: 'text',
      connector: 'text',
      ip: 'text',
      cause: 'text',
      duration_ms: 'number',
      connections: 'number',
    },
    means:
      'a connection of a connector is over: it said that it leaves (`left`), was `replaced` by a newer one, `revoked`, gave `no-answer-to-probes`, or broke off',
    hint: 'when it does not come back: `bouncer connector check` beside the application says what is in the way',
  },
  tunnel_refused: {
    level: 'warn',
    fields: { reason: 'text', ip: 'text', tunnel: 'text or null', times: 'number' },
    means:
      'connections to the tunnel listener were not let in: what they showed is `unknown` (revoked, perhaps), `expired`, `spent`, for another `address`, more than allowed (`full`), from a `cloned` key, or nothing that makes sense. Told once a minute for each kind and address',
    hint: 'when the address is one of your connectors; strangers on an open port are to be expected',
  },
  tunnel_joined: {
    level: 'info',
    fields: { tunnel: 'text', connector: 'text', ip: 'text', is_reusable: 'flag' },
    means: 'a new connector joined a tunnel with a join token',
    hint: 'when nobody you know started one: `bouncer tunnel revoke-connector` ends it',
  },
  join_token_reused: {
    level: 'warn',
    fields: { tunnel: 'text', ip: 'text' },
    means: 'a join token that was spent was shown by another connector, which was not let in',
    hint: 'when nobody you know did so, somebody else has the token: look at `bouncer tunnel list` which connector was first, and revoke it if it is not yours',
  },
  tunnel_connector_cloned: {
    level: 'error',
    fields: { tunnel: 'text', connector: 'text', ip: 'text', is_refused: 'flag' },
    means:
      'two processes use the key of one connector: the newest was let in, and the older one ended; with `is_refused`, for the third time in ten minutes, neither is',
    hint: 'a machine was copied with its key file, or somebody has it: revoke the connector, and let each join with a token of its own. Once, after a crash, it is nothing',
  },
  tunnel_edge_key_rotated: {
    level: 'info',
    fields: { pin: 'text' },
    means: 'the tunnel listener shows another key; connectors that were connected lately knew it beforehand',
    hint: 'when nobody ran `bouncer tunnel rotate-edge-key`',
  },
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
  provider_unreachable: {
    level: 'error',
    fields: { provider: 'text', ...failure },
    means: 'nobody new can log in by it; who is logged in carries on',
    hint: '**always**: can this machine reach the provider?',
  },
  provider_reachable: {
    level: 'info',
    fields: { provider: 'text' },
    means: 'it answers again',
    hint: null,
  },
  upstream_unhealthy: {
    level: 'warn',
    fields: { application: 'text', upstream: 'text', cause: 'text' },
    means: 'an application’s server does not answer',
    hint: '**always**: is the application running?',
  },
  upstream_healthy: {
    level: 'info',
    fields: { application: 'text', upstream: 'text' },
    means: 'it answers again',
    hint: null,
  },
  header_dropped: {
    level: 'info',
    fields: { application: 'text', header: 'text', claims: 'text' },
    means:
      'a client sent this header, which claims something that only a proxy may say; the application does not get it. Once for each application and name',
    hint: 'when an application misses it: `request_headers: { pass: […] }`',
  },
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
} as const satisfies Readonly<Record<string, EventRow>>;

export type EventName = keyof typeof events;

type FieldsIn<Table> = {
  readonly [Key in keyof Table as Key extends `${string}?` ? never : Key]: Kinds[Table[Key] & keyof Kinds];
} & {
  readonly [Key in keyof Table as Key extends `${infer Name}?` ? Name : never]?: Kinds[Table[Key] &
    keyof Kinds];
};

/** What an event says; every field in its own type. */
export type FieldsOf<Name extends EventName> = FieldsIn<(typeof events)[Name]['fields']>;

/** What any event may say. */
export type EventFields = Readonly<Record<string, Kinds[keyof Kinds]>>;

/** The level of one event: its row's, unless what it says makes it another. */
export function levelOf(name: EventName, fields: EventFields): Level {
  const { level, unless }: EventRow = events[name];
  if (unless === undefined || !Object.hasOwn(fields, unless.field)) return level;
  return unless.is === undefined || fields[unless.field] === unless.is ? unless.level : level;
}
