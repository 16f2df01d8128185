// The shape of a rules file: the one source of its types, its JSON Schema and its reference. What the words mean is checked in parse-rules.ts.
import { z } from 'zod';

const text = z.string().min(1);
const texts = z.union([text, z.array(text).min(1)]);
const duration = text.meta({
  description: 'A whole number and a unit.',
  examples: ['90s', '15m', '24h', '7d'],
});

/** Selectors that are written as a single word. */
const wordSelectors = ['everyone', 'authenticated', 'hardware_key', 'any_service_token'] as const;

const claimValue = z.union([text, z.number(), z.boolean()]);

const claimSelector = z.strictObject({
  name: text.meta({ description: 'A claim that the settings keep.', examples: ['department'] }),
  equals: z
    .union([claimValue, z.array(claimValue).min(1)])
    .meta({ description: 'The claim is this, or one of these, or a list that contains one of these.' }),
});

const hardwareKeySelector = z.strictObject({
  max_age: duration.optional().meta({ description: 'The key was used at most this long ago.' }),
  aaguid: texts.optional().meta({ description: 'The makes of keys that count.' }),
});

const timeSelector = z.strictObject({
  days: texts.optional().meta({
    description: 'Days or ranges of days, in the time zone.',
    examples: ['mon-fri', ['mon', 'wed-thu']],
  }),
  from: text.optional().meta({
    description: 'From this time of day on. Later than `to` means over midnight.',
    examples: ['08:00'],
  }),
  to: text.optional().meta({ description: 'Until before this time of day.', examples: ['18:00', '24:00'] }),
  timezone: text
    .optional()
    .meta({ description: 'An IANA name; UTC if absent.', examples: ['Europe/Lisbon'] }),
  not_before: text
    .optional()
    .meta({ description: 'A date, or a date and time.', examples: ['2026-01-01', '2026-01-01T08:00'] }),
  not_after: text.optional().meta({
    description: 'A date (its whole day counts), or a date and time.',
    examples: ['2026-12-31', '2026-12-31T18:00+01:00'],
  }),
});

const selectorObject = z
  .strictObject({
    email: texts.optional().meta({
      description: 'The verified e-mail address equals it.',
      examples: ['mom@example.org', ['mom@example.org', 'dad@example.org']],
    }),
    email_domain: texts.optional().meta({
      description: 'The whole domain of the verified address equals it.',
      examples: ['example.com'],
    }),
    group: texts
      .optional()
      .meta({ description: "The identity provider's groups contain it, exactly.", examples: ['admins'] }),
    rule_group: texts
      .optional()
      .meta({ description: 'The rule group of that name matches.', examples: ['staff'] }),
    claim: claimSelector.optional().meta({
      description: 'A kept claim equals a value.',
      examples: [{ name: 'department', equals: 'it' }],
    }),
    login_method: texts
      .optional()
      .meta({ description: 'The session was made with that identity provider.', examples: ['google'] }),
    auth_method: texts.optional().meta({
      description: 'The login used this authentication method (`amr`, RFC 8176).',
      examples: ['hwk', 'mfa'],
    }),
    hardware_key: hardwareKeySelector.optional().meta({
      description: 'A hardware key was used in this session.',
      examples: [{ max_age: '12h' }],
    }),
    login_age: duration.optional().meta({
      description:
        'The last login is not older than this. Never holds where the provider does not say when it was (`auth_time`).',
      examples: ['1h'],
    }),
    ip: texts.optional().meta({
      description: "The client's address lies in it (IPv4 or IPv6, an address or a CIDR).",
      examples: ['10.0.0.0/8', ['192.0.2.0/24', '2001:db8::/32']],
    }),
    country: texts
      .optional()
      .meta({ description: 'ISO 3166-1 alpha-2 code, from `country_header`.', examples: ['PT'] }),
    method: texts
      .optional()
      .meta({ description: "The request's method is it.", examples: [['GET', 'HEAD']] }),
    time: z
      .union([timeSelector, z.array(timeSelector).min(1)])
      .optional()
      .meta({
        description: 'Now lies within.',
        examples: [{ days: 'mon-fri', from: '08:00', to: '18:00', timezone: 'Europe/Lisbon' }],
      }),
    service_token: texts
      .optional()
      .meta({ description: 'A valid service token of that name was presented.', examples: ['ci'] }),
  })
  .meta({ minProperties: 1, maxProperties: 1 });

const selector = z
  .union([z.enum(wordSelectors).meta({ description: 'A selector that takes no value.' }), selectorObject])
  .meta({ id: 'selector' });
const selectors = z.array(selector).min(1);

const selectorLists = {
  include: selectors.meta({ description: 'At least one of these holds.' }),
  require: selectors.optional().meta({ description: 'Every one of these holds.' }),
  exclude: selectors.optional().meta({ description: 'None of these holds.' }),
};

const mode = z
  .enum(['enforce', 'report'])
  .meta({ description: '`report` logs what it would have decided, and decides nothing.' });

const policy = z
  .strictObject({
    name: text.meta({ description: 'Stands in the log and on the page of who was refused.' }),
    action: z.enum(['allow', 'deny', 'bypass']).meta({
      description:
        '`allow` lets logged-in people (and service tokens that are named) in, `deny` keeps out, `bypass` lets in without a login.',
    }),
    mode: mode.optional(),
    ...selectorLists,
  })
  .meta({ id: 'policy' });
const policies = z.array(policy).min(1).meta({
  id: 'policies',
  description: 'Read from top to bottom; the first one that matches decides; none matches: deny.',
});

const ruleGroup = z.strictObject(selectorLists);

const headerEdit = z.strictObject({
  set: z.record(z.string(), z.string()).optional().meta({ description: 'Set, in place of what was there.' }),
  remove: z.array(text).optional().meta({ description: 'Removed.' }),
});

const requestHeaderEdit = headerEdit.extend({
  pass: z
    .array(text)
    .min(1)
    .optional()
    .meta({
      description:
        'Headers of the client that would be dropped, since they look like a proxy’s word: believed no more.',
      examples: [['X-Auth-User']],
    }),
});

const count = z.number().int().min(1).max(1_000_000);

const upstreamOptions = z.strictObject({
  host_header: text.optional().meta({
    description: "`preserve` (default): the client's Host; `upstream`: the upstream's own; else this text.",
    examples: ['preserve', 'upstream', 'wiki.internal'],
  }),
  ca_file: text
    .optional()
    .meta({ description: 'PEM; who may sign the certificate of the upstream.', examples: ['ca.pem'] }),
  server_name: text.optional().meta({
    description: "The name in the upstream's certificate, when it is not the upstream's host.",
    examples: ['wiki.internal'],
  }),
  client_cert_file: text.optional().meta({ description: 'PEM; with `client_key_file`.' }),
  client_key_file: text.optional().meta({ description: 'PEM; with `client_cert_file`.' }),
  http2: z
    .boolean()
    .optional()
    .meta({ description: 'Speak HTTP/2 to the upstream, and nothing else. Default false.' }),
  connect_timeout: duration.optional().meta({ description: 'Default 5s.' }),
  response_timeout: duration
    .optional()
    .meta({ description: "From the end of the request to the response's head. `0s` = none. Default 60s." }),
  idle_timeout: duration
    .optional()
    .meta({ description: "Silence inside a response's body. `0s` = none (default)." }),
  max_connections: count.optional().meta({ description: 'To one upstream. Default 256.' }),
  max_queue: z
    .number()
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .meta({ description: 'Requests that may wait for a connection; more get 503. Default 1024.' }),
  max_websockets: count.optional().meta({ description: 'Open at once. Default 10000.' }),
  websocket_idle_timeout: duration
    .optional()
    .meta({ description: 'Silence in both directions. `0s` = none. Default 1h.' }),
  health_check: z
    .strictObject({
      path: text.meta({ description: 'Asked with GET; 2xx and 3xx are healthy.', examples: ['/healthz'] }),
      interval: duration.optional().meta({ description: 'Default 10s.' }),
      timeout: duration.optional().meta({ description: 'Default 2s.' }),
    })
    .optional(),
});

const application = z.strictObject({
  name: text.meta({ description: 'Unique; the default audience of its assertions.', examples: ['wiki'] }),
  host: text.optional().meta({
    description: 'A host name; `*.example.com` stands for one label.',
    examples: ['wiki.example.com'],
  }),
  hosts: z.array(text).min(1).optional().meta({ description: 'Several host names, in place of `host`.' }),
  upstream: texts.meta({
    description: "The application's own server or servers: `http:`, `https:` or `unix:`.",
    examples: ['http://127.0.0.1:8090', 'unix:/run/app.sock'],
  }),
  audience: text.optional().meta({ description: "The assertions' `aud`; the application's name if absent." }),
  mode: mode.optional(),
  session: z
    .strictObject({ duration: duration.optional(), idle_timeout: duration.optional() })
    .optional()
    .meta({ description: "Tighter limits than the settings'.", examples: [{ duration: '8h' }] }),
  identity_headers: z
    .record(z.string(), text)
    .optional()
    .meta({
      description:
        'Header → `email`, `sub`, `name`, `groups`, `idp` (the id of the identity provider) or a kept claim.',
      examples: [{ 'X-Forwarded-Email': 'email' }],
    }),
  request_headers: requestHeaderEdit
    .optional()
    .meta({ description: 'Changes to what the application receives.' }),
  response_headers: headerEdit.optional().meta({ description: 'Changes to what the browser receives.' }),
  upstream_options: upstreamOptions.optional(),
  allowed_origins: z
    .array(text)
    .min(1)
    .optional()
    .meta({
      description:
        'Further origins whose pages may open WebSockets here and read why bouncer refused a request.',
      examples: [['https://other.example.com']],
    }),
  preflight: z.literal('pass').optional().meta({
    description:
      '`pass`: a preflight (`OPTIONS` with `Origin` and `Access-Control-Request-Method`, without body, `Cookie` or `Authorization`) reaches the application without an identity where the request that it asks for would need a login. Absent: it is a request like any other.',
  }),
  upgrades: z
    .array(text)
    .min(1)
    .optional()
    .meta({
      description:
        'The protocols that a connection may change to (`Upgrade`), in any case. What passes is opaque to bouncer and ends with the access of who opened it. Others are refused. Default `[websocket]`.',
      examples: [['websocket', 'SPDY/3.1']],
    }),
  path_spelling: z.enum(['strict', 'opaque']).optional().meta({
    description:
      '`strict` (default): a path must be UTF-8 without control characters in its percent-encoding. `opaque`: it reaches the application as it came (`%E9`, `%0D`); only where no policy looks at paths.',
  }),
  rewrite_location: z.boolean().optional().meta({
    description:
      "`true`: where the upstream writes its own address in `Location` or `Content-Location`, the client reads the application's. Default false.",
  }),
  policies,
  paths: z
    .array(
      z.strictObject({
        path: text.meta({
          description: 'This path and what lies below it, whole segments only.',
          examples: ['/admin'],
        }),
        policies,
      }),
    )
    .min(1)
    .optional()
    .meta({ description: "The longest matching path decides, instead of the application's policies." }),
});

const person = z.strictObject({
  email: text.optional().meta({ description: 'A verified address.' }),
  sub: text.optional(),
  name: text.optional(),
  groups: z
    .union([z.array(text), text.meta({ enum: ['unsettled'] })])
    .optional()
    .meta({
      description:
        'Absent: they are in none. `unsettled`: the provider did not tell them in a form that can be used.',
      examples: [['staff'], 'unsettled'],
    }),
  claims: z.record(z.string(), z.unknown()).optional().meta({ description: 'Kept claims.' }),
  login_method: text.optional().meta({ description: 'The identity provider.' }),
  amr: texts.optional().meta({ description: 'How they logged in (RFC 8176). `hwk`: with a hardware key.' }),
  login_age: duration.optional().meta({ description: 'How long ago they logged in. Default: just now.' }),
  hardware_key_age: duration.optional().meta({ description: 'How long ago a hardware key was used.' }),
});

const test = z.strictObject({
  name: text.meta({ description: 'What is expected, as a sentence.' }),
  url: text.meta({ examples: ['https://wiki.example.com/page'] }),
  as: person.optional().meta({ description: 'Who asks. Absent: nobody is logged in.' }),
  method: text.optional().meta({ description: 'Default GET.' }),
  ip: text.optional().meta({ description: "The client's address.", examples: ['192.0.2.7'] }),
  country: text.optional().meta({ description: 'ISO 3166-1 alpha-2.' }),
  amr: texts.optional().meta({ description: 'The same as `amr` in `as`.' }),
  service_token: text.optional().meta({ description: 'The name of a valid service token.' }),
  at: text.optional().meta({
    description: 'When. Absent: now.',
    examples: ['2026-03-02T09:30:00+00:00'],
  }),
  expect: z.enum(['allow', 'deny', 'login', 'step_up']),
});

/** The shape of a rules file. */
export const rulesSchema = z
  .strictObject({
    rule_groups: z
      .record(z.string().min(1), ruleGroup)
      .optional()
      .meta({ description: 'Reusable named sets of selectors.' }),
    applications: z.array(application).min(1).optional().meta({ description: 'The protected hosts.' }),
    tests: z.array(test).min(1).optional().meta({
      description: 'Run by `bouncer check` and before every load; a set whose tests fail never goes live.',
    }),
  })
  .meta({ title: 'bouncer rules', description: 'Who may reach which application. See docs/rules.md.' });

/** What a rules file holds once its shape is checked. */
export type RulesFile = z.infer<typeof rulesSchema>;
export type ApplicationEntry = NonNullable<RulesFile['applications']>[number];
export type PolicyEntry = ApplicationEntry['policies'][number];
export type SelectorEntry = PolicyEntry['include'][number];
export type SelectorObject = z.infer<typeof selectorObject>;
export type TimeEntry = z.infer<typeof timeSelector>;
export type TestEntry = NonNullable<RulesFile['tests']>[number];

/** The JSON Schema (2020-12) of a rules file, for editors. */
export function rulesJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(rulesSchema, { io: 'input' }) as Record<string, unknown>;
}
