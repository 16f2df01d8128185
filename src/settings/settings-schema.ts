// The shape of bouncer.yaml: the one source of its keys, defaults, descriptions and examples, and so of the JSON Schema
// for editors and of the reference page. Its larger sections are in schema/; what fields mean together is checked in check-together.ts.
import { z } from 'zod';
import { frontKinds } from '../http/forward-auth-fields.ts';
import { checkNetwork } from './check-network.ts';
import {
  checkAddressHeader,
  checkAssertionHeader,
  checkAuthUrl,
  checkHeaderName,
  checkHeaderSecret,
  checkListen,
  checkManagement,
  checkManagementName,
  checkMasterKey,
  checkProxiedListen,
  type Fault,
} from './field-checks.ts';
import { allowReferences } from './reference-json-schema.ts';
import { branding } from './schema/branding-schema.ts';
import { emailPinProvider } from './schema/email-pin-schema.ts';
import { duration, minute, second, text } from './schema/fields.ts';
import { githubProvider } from './schema/github-schema.ts';
import { hardwareKeys } from './schema/hardware-key-schema.ts';
import { limits } from './schema/limits-schema.ts';
import { oidcProvider } from './schema/oidc-schema.ts';
import { passkeyProvider } from './schema/passkey-schema.ts';
import { session } from './schema/session-schema.ts';
import { share } from './schema/share-schema.ts';
import { smtp } from './schema/smtp-schema.ts';
import { store, storeLoss } from './schema/store-schemas.ts';
import { trustedIssuer } from './schema/trusted-issuer-schema.ts';
import { tunnel } from './schema/tunnel-schema.ts';

const checkTrustedProxy = notEverybody(
  'believe every client',
  'name the addresses of the servers in front of bouncer',
);
const checkForwardAuthNetwork = notEverybody(
  'let everybody ask',
  'name the addresses of the proxy that asks',
);
const checkManagementNetwork = notEverybody(
  'answer everybody',
  'name the network of whoever watches bouncer',
);

const tls = z.strictObject({
  cert_file: text(undefined, 'path').meta({
    description: 'The certificate with its chain, PEM.',
    examples: ['cert.pem'],
  }),
  key_file: text(undefined, 'path').meta({ description: 'Its private key, PEM.', examples: ['key.pem'] }),
});

const forwardAuth = z.strictObject({
  listen: text(checkListen, 'address').meta({
    description: 'Where it asks: an address of its own, which nobody else should reach.',
    examples: ['127.0.0.1:4180', 'unix:/run/bouncer-check.sock'],
  }),
  from: z
    .array(text(checkForwardAuthNetwork, 'network'))
    .min(1)
    .optional()
    .meta({
      description:
        'Addresses and networks that may ask; what they write of the client\u2019s address is believed, as of `trusted_proxies`. Needed unless `listen` is a Unix socket.',
      examples: [['127.0.0.1/32']],
    }),
  proxy: z.enum(frontKinds).meta({
    description: 'Which proxy asks: only the fields that this one writes say which request it is about.',
    examples: ['nginx', 'traefik'],
  }),
});

const proxyProtocol = z.strictObject({
  listen: text(checkProxiedListen, 'address').meta({
    description:
      'An address beside `listen` where the same requests come in over connections that begin with the PROXY protocol; those of other addresses than `trusted_proxies`, and those without it, are closed. TCP alone.',
    examples: ['0.0.0.0:8443'],
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
    .optional()
    .meta({
      description:
        'One JSON object a line, or lines for people. Absent: `pretty` where standard output is a terminal, else `json`.',
      examples: ['json'],
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
    also_listen: z
      .array(text(checkListen, 'address'))
      .min(1)
      .max(16)
      .optional()
      .meta({
        description: 'Further addresses where the same requests come in, as at `listen`.',
        examples: [['[::1]:8080', 'unix:/run/bouncer.sock']],
      }),
    proxy_protocol: proxyProtocol.optional().meta({
      description:
        'For a load balancer that passes TCP on, TLS and all, and tells for whom by the PROXY protocol (version 1 or 2): HAProxy, nginx’s `stream`, AWS NLB. Needs `trusted_proxies`.',
    }),
    http_redirect: text(checkListen, 'address')
      .optional()
      .meta({
        description:
          'A plain http address, beside `tls`, whose only answer is where the same page is by https. Absent: none.',
        examples: ['[::]:80'],
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
    forward_auth: forwardAuth.optional().meta({
      description:
        'For another proxy that asks bouncer about its requests: nginx by `auth_request`, Traefik and Caddy by forward-auth, HAProxy, Envoy by `ext_authz`. Applications behind it write `upstream: forward_auth`.',
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
      .array(z.discriminatedUnion('type', [oidcProvider, githubProvider, emailPinProvider, passkeyProvider]))
      .min(1)
      .meta({ description: 'Where people prove who they are. With several, people choose.' }),
    trusted_issuers: z.array(trustedIssuer).min(1).max(32).optional().meta({
      description:
        'Who makes tokens (JWT) for programs that need no secret of bouncer\u2019s: GitHub Actions, GitLab CI, a Kubernetes cluster. Rules name them by the `workload` selector. Absent: nobody.',
    }),
    hardware_keys: hardwareKeys.optional().meta({
      description:
        "Bouncer's own ceremony with hardware keys that people enrol. `{}` is enough. Absent: a key is only ever the identity provider's word.",
    }),
    smtp: smtp
      .optional()
      .meta({ description: 'The mail server that codes are sent by. Needed for `type: email_pin`.' }),
    tunnel: tunnel.optional().meta({
      description:
        'The edge of [tunnels](tunnels.md): applications that are reached over connections that their own side opens. Absent: none.',
    }),
    share: share.optional().meta({
      description:
        'Lets people show a site of their own machine to the people that they name, by [`bouncer share`](tunnels.md#share-what-runs-on-your-machine). Needs `tunnel`. Absent: nobody may.',
    }),
    session: session.prefault({}).meta({ description: 'How long a login lasts.' }),
    logout: z
      .enum(['at_once', 'confirm'])
      .default('at_once')
      .meta({
        description:
          '`at_once`: a logout at an application ends the login, also when a script of the application sends it. `confirm`: a page on `auth_url` asks the person first, and `auth_url` must not be an application\u2019s own host.',
        examples: ['confirm'],
      }),
    device_login: z.boolean().default(true).meta({
      description:
        'Whether a terminal without a browser may be logged in by a code that the person types on a page. `false`: only one on the computer of the browser may.',
    }),
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
    secrets: z
      .record(
        z.string().regex(/^[a-z][a-z0-9_-]{0,62}$/, 'a name of lower-case letters, digits, `-` and `_`'),
        text(checkHeaderSecret, 'secret'),
      )
      .default({})
      .meta({
        description:
          'Credentials for applications, by names that rules use: `request_headers: { set: { Authorization: { secret: grafana } } }`. The whole value of the header, such as `Bearer …`.',
        examples: [{ grafana: 'Bearer TOKEN' }],
      }),
    branding: branding.prefault({}).meta({ description: 'Whose door this is.' }),
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

/** A network, but not the whole of the internet. */
function notEverybody(would: string, hint: string): (value: string) => Fault | null {
  return (value) => {
    const fault = checkNetwork(value);
    if (fault !== null || !value.endsWith('/0')) return fault;
    return { code: 'trusts-everybody', reason: `\`${value}\` would ${would}`, hint };
  };
}
