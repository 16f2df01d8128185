// The shape of bouncer.yaml: the one source of its keys, defaults, descriptions and examples, and so of the JSON Schema
// for editors and of the reference page. What fields mean together is checked in check-together.ts.
import { z } from 'zod';
import { checkNetwork } from './check-network.ts';
import {
  checkAddressHeader,
  checkAssertionHeader,
  checkAuthUrl,
  checkDuration,
  checkEmailDomain,
  checkGroupPattern,
  checkHeaderName,
  checkIssuer,
  checkListen,
  checkManagement,
  checkManagementName,
  checkMasterKey,
  checkProviderId,
  checkScope,
  type Fault,
} from './field-checks.ts';
import { checkPostgresUrl } from './postgres-url.ts';
import { providerKinds } from './provider-presets.ts';
import { allowReferences } from './reference-json-schema.ts';
import { checkMailbox, checkSmtpUrl } from './smtp-url.ts';

const second = 1000;
const minute = 60 * second;
const day = 24 * 60 * minute;

/** What kind of text a field takes, for the reference page. */
export const textKinds = z.registry<{ readonly kind: string }>();

function text(check: (value: string) => Fault | null = () => null, kind = 'text') {
  const schema = z
    .string()
    .min(1)
    .superRefine((value, context) => {
      const fault = value === '' ? null : check(value);
      if (fault === null) return;
      const { code, reason, hint } = fault;
      context.addIssue({ code: 'custom', message: reason, params: { code, hint } });
    });
  return schema.register(textKinds, { kind });
}

function duration(min: number, max: number) {
  return text((value) => checkDuration(value, { min, max }), 'duration').meta({ pattern: '^[0-9]+[smhd]$' });
}

function bytes(min: number, max: number) {
  return z.int().min(min).max(max);
}

/** No `none`, no HMAC: an ID token is only ever accepted with a signature that the provider alone can make. */
export const idTokenAlgorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
] as const;

const hardwareKey = z.strictObject({
  amr: z
    .array(text())
    .min(1)
    .default(['hwk'])
    .meta({
      description: 'Values of `amr` that mean a hardware key was used (RFC 8176).',
      examples: [['hwk']],
    }),
  acr: z
    .array(text())
    .min(1)
    .default(['phrh'])
    .meta({ description: 'Values of `acr` that mean a hardware key was used.', examples: [['phrh']] }),
  acr_values: text()
    .optional()
    .meta({
      description:
        'What the provider is asked for at a step-up (`acr_values`). Default: `phrh`, unless the provider lists what it supports and that is not among it. `none`: nothing; the person is asked to log in again (`prompt=login`) and may take the key.',
      examples: ['phrh', 'none'],
    }),
});

const keptClaim = z.strictObject({
  name: text().meta({
    description: 'The claim of the ID token or of UserInfo; dots reach into objects.',
    examples: ['suspended'],
  }),
  missing: z
    .enum(['unknown', 'none'])
    .default('unknown')
    .meta({
      description:
        'What it means when the claim is absent. `unknown` (as for a claim that is given as a text): nobody knows, so that rules about it let nobody in and keep everybody out. `none`: the person has none.',
      examples: ['none'],
    }),
});

const oidcProvider = z.strictObject({
  id: text(checkProviderId).meta({
    description: 'Unique. The `login_method` selector and the log name it; sessions are bound to it.',
    examples: ['google'],
  }),
  type: z.enum(providerKinds).meta({
    description:
      'Which provider: `oidc` is any OpenID Connect provider; the others are the same with the scopes, the groups claim, the label and, where all customers share it, the issuer of that provider filled in. What is written goes first.',
    examples: ['oidc', 'google'],
  }),
  label: text()
    .optional()
    .meta({ description: 'What people read where they choose. Default: the id.', examples: ['Google'] }),
  issuer: text(checkIssuer, 'web address')
    .optional()
    .meta({
      description:
        'The issuer exactly as the provider writes it; its discovery document is found below it. Required but for `google` and `gitlab` (gitlab.com).',
      examples: ['https://accounts.google.com'],
    }),
  client_id: text().meta({ description: 'As registered with the provider.', examples: ['bouncer'] }),
  client_secret: text()
    .optional()
    .meta({
      description:
        'As registered with the provider. Absent: a public client. Better not in this file: use `{ env: … }` or `{ file: … }`.',
      examples: [{ env: 'GOOGLE_CLIENT_SECRET' }, { file: '/run/secrets/google' }],
    }),
  client_key: text()
    .optional()
    .meta({
      description:
        'The private key for `token_endpoint_auth: private_key_jwt`, as PEM or as one JWK: RSA, or P-256, P-384, P-521. Put it into a file.',
      examples: [{ file: '/run/secrets/client-key.pem' }],
    }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description:
        'For a provider with a certificate of a private authority: that authority\u2019s certificate, PEM; relative to this file. It counts besides those that this machine knows, for this provider alone. Read again when it changes.',
      examples: ['private-ca.pem'],
    }),
  token_endpoint_auth: z
    .enum(['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'])
    .optional()
    .meta({
      description:
        'How bouncer proves itself to this provider. Absent: as the provider lists (`client_secret_basic` first), and `none` without a `client_secret`.',
      examples: ['client_secret_post'],
    }),
  authorization_parameters: z
    .record(text(), text())
    .optional()
    .meta({
      description:
        'What this provider wants in the address that people log in at, besides what bouncer says itself. Google gives a refresh token, with which a login is checked again, only for these.',
      examples: [{ access_type: 'offline', prompt: 'consent' }],
    }),
  scopes: z
    .array(text(checkScope))
    .min(1)
    .default(['openid', 'email', 'profile'])
    .meta({
      description: 'What the provider is asked for; `openid` must be among them.',
      examples: [['openid', 'email', 'profile', 'groups']],
    }),
  groups_claim: z
    .union([text(), z.array(text()).min(1)])
    .default('groups')
    .meta({
      description:
        'The claim of the ID token or of UserInfo that says the groups: a list, a text (one group; with commas or brackets in it, nobody knows whether there are more) or an object (its keys, where `true` or an object stands beside them). Dots reach into objects; a list of steps reaches into keys that have dots themselves. `none`: this provider knows no groups, and that is known.',
      examples: ['groups', 'realm_access.roles', ['resource_access', 'app.example.com', 'roles'], 'none'],
    }),
  groups_missing: z
    .enum(['unknown', 'none'])
    .default('unknown')
    .meta({
      description:
        'What it means when that claim is absent. `unknown`: nobody knows, so that rules by group let nobody in and keep everybody out. `none`: the person is in no group; for a provider that leaves an empty list out.',
      examples: ['none'],
    }),
  groups: z
    .strictObject({
      only: z
        .array(text(checkGroupPattern))
        .min(1)
        .meta({
          description: 'The groups that count; a `*` at the end stands for anything. All others are ignored.',
          examples: [['acme', 'acme/*']],
        }),
    })
    .optional()
    .meta({ description: 'For a provider where strangers make groups of their own, such as gitlab.com.' }),
  groups_overage: text((value) => (value === 'graph' ? null : checkAuthUrl(value)), 'web address')
    .optional()
    .meta({
      description:
        'For Entra ID, which sends more than 200 groups by reference: `graph` has Microsoft Graph asked for their object ids, another cloud\u2019s Graph is given by its address. Needs the scopes `User.Read` and `GroupMember.Read.All`; rules then name groups by object id. Absent: such groups are not known.',
      examples: ['graph', 'https://graph.microsoft.us'],
    }),
  long_logout: z
    .enum(['address', 'form'])
    .optional()
    .meta({
      description:
        'How a person is sent to the provider at a logout where the ID token is too long for an address (over 2,000 characters in all: many groups). `address`: without the ID token; the provider may then ask the person. `form`: with it, by a form (POST), for a provider that needs it. Default: `form` for Okta and Authentik, else `address`.',
      examples: ['form'],
    }),
  email_verified: z
    .enum(['required', 'if_absent', 'ignored'])
    .default('required')
    .meta({
      description:
        'When an address counts. `required`: the provider says that it is verified. `if_absent`: also where it says nothing about it. `ignored`: also where it says that it is not. The last two need `email_domains`, and are refused for domains and issuers where anybody can have an account.',
      examples: ['if_absent'],
    }),
  email_domains: z
    .array(text(checkEmailDomain, 'domain'))
    .min(1)
    .optional()
    .meta({
      description:
        'The domains that this provider speaks for: other addresses of its people do not count, and addresses of these domains count from no provider that does not name them. Absent: all domains that no other provider names.',
      examples: [['example.com']],
    }),
  claims: z
    .array(z.union([text(), keptClaim]))
    .min(1)
    .optional()
    .meta({
      description:
        'Further claims to keep, for the `claim` selector and `identity_headers`: each at most 4096 characters as JSON.',
      examples: [['department'], [{ name: 'suspended', missing: 'none' }]],
    }),
  hardware_key: hardwareKey.prefault({}).meta({
    description: 'Which words of this provider mean that a hardware key was used, and how to ask for one.',
  }),
  id_token_algorithms: z
    .array(z.enum(idTokenAlgorithms))
    .min(1)
    .optional()
    .meta({
      description:
        'The signature algorithms that are accepted for its ID tokens and logout tokens. Absent: those that the provider lists, but never `none` and no HMAC.',
      examples: [['RS256'], ['ES256']],
    }),
});

const emailPinProvider = z.strictObject({
  id: text(checkProviderId).meta({
    description: 'Unique. The `login_method` selector and the log name it; sessions are bound to it.',
    examples: ['email'],
  }),
  type: z.literal('email_pin').meta({
    description: 'A six-digit code by e-mail, for people without an identity provider. Needs `smtp`.',
    examples: ['email_pin'],
  }),
  label: text()
    .optional()
    .meta({
      description: 'What people read where they choose. Default: `Code by e-mail`.',
      examples: ['Code by e-mail'],
    }),
  email_domains: z
    .array(text(checkEmailDomain, 'domain'))
    .min(1)
    .optional()
    .meta({
      description:
        'The domains that codes are sent to: other addresses get none, and addresses of these domains count from no provider that does not name them. Absent: all domains that no other provider names. Only addresses that some policy names, or whose domain it names, get mail in any case.',
      examples: [['family.example']],
    }),
});

const smtp = z.strictObject({
  url: text(checkSmtpUrl, 'mail server').meta({
    description:
      'The mail server: `smtp:` with STARTTLS, which is required (port 587), or `smtps:` with TLS from the start (port 465). Its certificate is checked. On this machine `smtp:` goes without TLS (port 25); elsewhere only with `?tls=disable`, and then without a password.',
    examples: [{ env: 'SMTP_URL' }, 'smtp://bouncer:PASSWORD@mail.example.com:587'],
  }),
  from: text(checkMailbox, 'sender').meta({
    description: 'Who the mail is from.',
    examples: ['Bouncer <bouncer@example.com>'],
  }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description: "The certificate authority of the mail server, PEM. Default: the system's.",
      examples: ['mail-ca.pem'],
    }),
});

const tls = z.strictObject({
  cert_file: text(undefined, 'path').meta({
    description: 'The certificate with its chain, PEM.',
    examples: ['cert.pem'],
  }),
  key_file: text(undefined, 'path').meta({ description: 'Its private key, PEM.', examples: ['key.pem'] }),
});

const session = z.strictObject({
  duration: duration(second, 366 * day)
    .default('24h')
    .meta({ description: 'When a login ends at the latest.', examples: ['24h', '7d'] }),
  idle_timeout: duration(second, 366 * day)
    .default('8h')
    .meta({ description: 'When a login ends that is not used. An open stream is no use.', examples: ['8h'] }),
  recheck: duration(second, 366 * day)
    .default('15m')
    .meta({
      description: 'How often the identity provider is asked again, where it gave a refresh token.',
      examples: ['15m'],
    }),
});

const assertion = z.strictObject({
  header: text(checkAssertionHeader, 'header name')
    .default('X-Bouncer-Jwt-Assertion')
    .meta({
      description: 'The header in which applications get the signed JWT.',
      examples: ['X-Bouncer-Jwt-Assertion'],
    }),
  lifetime: duration(30 * second, 15 * minute)
    .default('5m')
    .meta({ description: 'How long an assertion is valid: between `30s` and `15m`.', examples: ['5m'] }),
  algorithm: z
    .enum(['ES256'])
    .default('ES256')
    .meta({ description: 'How assertions are signed.', examples: ['ES256'] }),
});

const log = z.strictObject({
  level: z
    .enum(['debug', 'info', 'warn', 'error'])
    .default('info')
    .meta({
      description: 'The least important events that are written. Request records are `info`.',
      examples: ['info'],
    }),
  format: z
    .enum(['json', 'pretty'])
    .default('json')
    .meta({ description: 'One JSON object a line, or lines for people.', examples: ['json'] }),
});

const limits = z.strictObject({
  header_bytes: bytes(1024, 262_144)
    .default(16_384)
    .meta({ description: 'All header fields of a request, bytes.', examples: [16_384] }),
  header_count: bytes(10, 2000)
    .default(100)
    .meta({ description: 'Header fields of a request.', examples: [100] }),
  url_bytes: bytes(256, 131_072)
    .default(8192)
    .meta({ description: 'The path and query of a request, bytes.', examples: [8192] }),
  body_bytes: bytes(0, Number.MAX_SAFE_INTEGER)
    .default(0)
    .meta({
      description: 'The body of a request, bytes; 0: no limit, as bodies are never kept.',
      examples: [104_857_600],
    }),
  headers_timeout: duration(second, 15 * second)
    .default('15s')
    .meta({
      description: 'How long a client may take to send the head of a request: at most `15s`.',
      examples: ['15s'],
    }),
  request_timeout: duration(0, day)
    .default('10m')
    .meta({
      description:
        'How long a client may take to send a body of up to 16 KB, and each further 16 KB of a larger one: a steady upload may last. `0s`: no limit.',
      examples: ['10m'],
    }),
  keep_alive_timeout: duration(second, 60 * minute)
    .default('65s')
    .meta({ description: 'How long an idle connection stays open.', examples: ['65s'] }),
  connections: bytes(1, 1_000_000)
    .default(10_000)
    .meta({
      description:
        'Connections at a time. When there are more, the one that has been silent longest goes; when none is silent, the new one is closed.',
      examples: [10_000],
    }),
  connections_per_address: bytes(1, 1_000_000)
    .optional()
    .meta({
      description:
        'Connections at a time from one address (IPv6: one /64), trusted proxies excepted. Default: a tenth of `connections`, and at least 20.',
      examples: [1000],
    }),
  write_timeout: duration(second, 60 * minute)
    .default('60s')
    .meta({
      description:
        'How long a client may take less than 16 KB of an answer that is there; slow links and event streams are not touched.',
      examples: ['60s'],
    }),
  stalled_per_address: bytes(1, 1_000_000)
    .default(64)
    .meta({
      description:
        'Answers that the clients of one address (IPv6: one /64) may leave unread at a time, a sixth of `write_timeout` after they stopped to read.',
      examples: [64],
    }),
  drain_delay: duration(0, 10 * minute)
    .default('0s')
    .meta({
      description:
        'How long after SIGTERM connections are still taken while `/readyz` says 503, so that whoever spreads the load notices first.',
      examples: ['5s'],
    }),
  drain_timeout: duration(0, 60 * minute)
    .default('25s')
    .meta({ description: 'How long SIGTERM waits for requests in flight.', examples: ['25s'] }),
});

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
      description: "The certificate authority of the server, PEM. Default: the system's.",
      examples: ['postgres-ca.pem'],
    }),
});

const store = z.strictObject({
  postgres: postgres.meta({
    description: 'PostgreSQL 14 or newer, for several bouncers that are one. Absent: SQLite in `data_dir`.',
  }),
});

const storeLoss = z.strictObject({
  keep: duration(0, 60 * minute)
    .default('60s')
    .meta({
      description:
        'How long who is logged in carries on while PostgreSQL does not answer: so long a revocation may stay unknown to a bouncer that is cut off. `0s`: not at all.',
      examples: ['60s'],
    }),
});

/** bouncer.yaml, with `{ env }` and `{ file }` already replaced by what they stand for. */
export const settingsSchema = z
  .strictObject({
    auth_url: text(checkAuthUrl, 'web address').meta({
      description:
        "Where people log in, and the assertions' issuer: an origin. May be an application's own host.",
      examples: ['https://auth.example.com'],
    }),
    listen: text(checkListen, 'address')
      .default('127.0.0.1:8080')
      .meta({
        description: 'Where requests come in.',
        examples: ['127.0.0.1:8080', '[::]:8443', 'unix:/run/bouncer.sock'],
      }),
    reuse_port: z
      .boolean()
      .default(false)
      .meta({
        description:
          'Let another process listen on the same TCP port (Linux): a new bouncer starts beside the old one. Without it a second one refuses to start.',
        examples: [true],
      }),
    tls: tls
      .optional()
      .meta({ description: 'For https without another server in front. Read again when the files change.' }),
    rules: text(undefined, 'path')
      .default('policies')
      .meta({
        description: 'A rules file, or a folder of `*.yaml`; relative to this file.',
        examples: ['policies'],
      }),
    data_dir: text(undefined, 'path')
      .default('data')
      .meta({
        description:
          'Signing keys and the session store (SQLite); created with mode 0700. Not used with `store.postgres`.',
        examples: ['data'],
      }),
    store: store
      .optional()
      .meta({ description: 'Where sessions and keys are kept, when not in `data_dir`.' }),
    store_loss: storeLoss.optional().meta({ description: 'What goes on without PostgreSQL.' }),
    master_key: text(checkMasterKey, 'key')
      .optional()
      .meta({
        description:
          'What seals the keys and tokens in PostgreSQL, so that a copy of the database opens nothing: 32 random bytes in base64 (`openssl rand -base64 32`), the same for every bouncer. Needed with `store.postgres`.',
        examples: [{ file: '/run/secrets/bouncer-master-key' }],
      }),
    further_master_keys: z.array(text(checkMasterKey, 'key')).min(1).optional().meta({
      description:
        'Keys that only open: the next `master_key` until every bouncer knows it, and the last one until `bouncer store migrate` has sealed everything anew.',
    }),
    trusted_proxies: z
      .array(text(checkTrustedProxy, 'network'))
      .min(1)
      .optional()
      .meta({
        description:
          'Addresses and networks of the servers in front, whose forwarded headers are believed. Default: none.',
        examples: [['127.0.0.1/32']],
      }),
    client_ip_header: text(checkAddressHeader, 'header name')
      .optional()
      .meta({
        description:
          "Where a trusted proxy writes the client's address: a list that each proxy adds to (`X-Forwarded-For`), or one address (any other header). Absent: `X-Forwarded-For`.",
        examples: ['X-Forwarded-For', 'CF-Connecting-IP'],
      }),
    country_header: text(checkHeaderName, 'header name')
      .optional()
      .meta({
        description: "Where a trusted proxy writes the client's country.",
        examples: ['CF-IPCountry'],
      }),
    identity_providers: z
      .array(z.discriminatedUnion('type', [oidcProvider, emailPinProvider]))
      .min(1)
      .meta({ description: 'Where people prove who they are. With several, people choose.' }),
    smtp: smtp
      .optional()
      .meta({ description: 'The mail server that codes are sent by. Needed for `type: email_pin`.' }),
    session: session.prefault({}).meta({ description: 'How long a login lasts.' }),
    assertion: assertion.prefault({}).meta({ description: 'The signed JWT that applications get.' }),
    management: text(checkManagement, 'address')
      .optional()
      .meta({
        description:
          'Where `/livez`, `/readyz` and `/metrics` are: loopback, a Unix socket, or with `management_from` another address. Absent: nowhere.',
        examples: ['127.0.0.1:9464'],
      }),
    management_from: z
      .array(text(checkManagementNetwork, 'network'))
      .min(1)
      .optional()
      .meta({
        description:
          'Addresses and networks that may ask at `management` besides this machine. Needed where `management` is not loopback.',
        examples: [['10.0.0.0/8']],
      }),
    management_names: z
      .array(text(checkManagementName, 'host'))
      .min(1)
      .optional()
      .meta({
        description:
          'Names by which `management` is reached, besides `localhost` and the addresses of this machine: any other `Host` is refused.',
        examples: [['bouncer.monitoring.svc']],
      }),
    log: log.prefault({}).meta({ description: 'The log, on standard output.' }),
    limits: limits.prefault({}).meta({ description: 'What one client may ask of bouncer.' }),
  })
  .meta({ title: 'bouncer.yaml', description: 'The settings of bouncer.' });

/** JSON Schema (draft 2020-12) of bouncer.yaml, for editors. */
export function settingsJsonSchema(): Record<string, unknown> {
  return allowReferences(z.toJSONSchema(settingsSchema, { io: 'input' }) as Record<string, unknown>);
}

/** What the schema makes of a settings file: every default filled in, texts still as written. */
export type SettingsData = z.output<typeof settingsSchema>;

function checkManagementNetwork(value: string): Fault | null {
  const fault = checkNetwork(value);
  if (fault !== null || !value.endsWith('/0')) return fault;
  const hint = 'name the network of whoever watches bouncer';
  return { code: 'trusts-everybody', reason: `\`${value}\` would answer everybody`, hint };
}

function checkTrustedProxy(value: string): Fault | null {
  const fault = checkNetwork(value);
  if (fault !== null || !value.endsWith('/0')) return fault;
  const hint = 'name the addresses of the servers in front of bouncer';
  return { code: 'trusts-everybody', reason: `\`${value}\` would believe every client`, hint };
}
