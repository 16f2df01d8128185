// The shape of one entry of `applications`, with its policies.
import { z } from 'zod';
import { dialectNames } from '../../../http/dialects.ts';
import { duration, text, texts } from './fields.ts';
import { selectorLists, someSelectors } from './selector-schema.ts';
import { upstreamOptions } from './upstream-options-schema.ts';

const mode = z
  .enum(['enforce', 'report'])
  .meta({ description: '`report` logs what it would have decided, and decides nothing.' });

const policy = z
  .strictObject({
    name: text.meta({ description: 'Stands in the log, in `bouncer explain` and in the events.' }),
    label: text.optional().meta({
      description:
        'What who is refused reads of it, in place of the kinds of things that it asks for: at most 60 characters. Of a policy that lets in, what is missing; of one that denies, why.',
      examples: ['a place in the payroll team'],
    }),
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

const headerEdit = z.strictObject({
  set: z.record(z.string(), z.string()).optional().meta({ description: 'Set, in place of what was there.' }),
  remove: z.array(text).optional().meta({ description: 'Removed.' }),
});

const requestHeaderEdit = headerEdit.extend({
  set: z
    .record(z.string(), z.union([z.string(), z.strictObject({ secret: text })]))
    .optional()
    .meta({
      description:
        'Set, in place of what was there. `{ secret: NAME }`: the whole value is a secret of the settings, such as the application’s own credentials.',
      examples: [{ Authorization: { secret: 'grafana' } }],
    }),
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

export const application = z.strictObject({
  name: text.meta({ description: 'Unique; the default audience of its assertions.', examples: ['wiki'] }),
  label: text.optional().meta({
    description: 'What people read in place of `name`: at most 60 characters.',
    examples: ['Family photos'],
  }),
  contact: text.optional().meta({
    description: 'Who helps: an e-mail address or a web page. Shown to who is refused, or meets trouble.',
    examples: ['it@example.com', 'https://help.example.com/access'],
  }),
  denied_text: text.optional().meta({
    description:
      'What who is refused by the rules reads in place of what bouncer would say they can do: at most 500 characters, plain text.',
    examples: ['The wiki is for staff. New here? Your manager can ask for access.'],
  }),
  host: text.optional().meta({
    description: 'A host name; `*.example.com` stands for one label.',
    examples: ['wiki.example.com'],
  }),
  hosts: z.array(text).min(1).optional().meta({ description: 'Several host names, in place of `host`.' }),
  upstream: texts.meta({
    description:
      "The application's own server or servers: `http:`, `https:` or `unix:`. `forward_auth`: another proxy forwards to it, and asks bouncer first.",
    examples: ['http://127.0.0.1:8090', 'unix:/run/app.sock', 'forward_auth'],
  }),
  audience: text.optional().meta({ description: "The assertions' `aud`; the application's name if absent." }),
  assertion: z
    .strictObject({
      also: z
        .array(
          z.union([
            z.enum(dialectNames).meta({ description: 'A proxy whose words the application understands.' }),
            z.strictObject({
              cloudflare: text.meta({ description: 'The audience (AUD tag) that it expects.' }),
            }),
          ]),
        )
        .min(1)
        .meta({
          description:
            'What the application is told besides the assertion, as programs written for another access proxy read it: `cloudflare` and `pomerium` with a JWT of their own, `oauth2-proxy` and `remote` in plain headers.',
          examples: [['cloudflare'], [{ cloudflare: '32eafc7626e974616deaf0dc3ce63d7b' }, 'remote']],
        }),
    })
    .optional()
    .meta({ description: 'Who it is, in further words.' }),
  mode: z
    .enum(['enforce', 'report', 'maintenance'])
    .optional()
    .meta({
      description:
        '`report` logs what it would have decided, and lets nobody in. `maintenance`: whoever would get in reads that the application is being worked on (503), and open streams end. Absent: `enforce`.',
      examples: ['maintenance'],
    }),
  login_methods: texts.optional().meta({
    description:
      'The identity providers that people are asked to log in with here, in this order; one alone is asked at once. Who logged in with another one is asked to log in again. Default: all of the settings.',
    examples: ['google', ['google', 'email']],
  }),
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
      '`pass`: a preflight (`OPTIONS` with `Origin` and `Access-Control-Request-Method`, without body, `Upgrade`, `Cookie` or `Authorization`) reaches the application without an identity where the request that it asks for would need a login. Absent: it is a request like any other.',
  }),
  clients: z.literal('basic').optional().meta({
    description:
      '`basic`: programs that know no other way in than a name and a password (WebDAV, calendars, package managers, container registries) are asked for them (`WWW-Authenticate: Basic`), and people may make personal tokens for them, which `session` of this application does not end. Absent: only Git is asked, and personal tokens do not count.',
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
  requests: z
    .strictObject({
      from: someSelectors.meta({ description: 'Who may ask, when they are refused: one of these holds.' }),
      approvers: someSelectors.meta({
        description:
          'Who may give it: one of these holds. Nobody decides about what they asked for themselves.',
      }),
      approver_login_methods: texts.optional().meta({
        description:
          'The identity providers whose logins count for approvers. Default: those of `login_methods`, where the application has them.',
        examples: ['corp'],
      }),
      notify: z
        .array(text)
        .min(1)
        .optional()
        .meta({
          description:
            'Addresses that are told of each request by mail, besides those that `approvers` names one by one.',
          examples: [['it@example.com']],
        }),
      max_duration: duration.optional().meta({
        description: 'How long access may be given for at most: up to `90d`. Default `24h`.',
        examples: ['8h'],
      }),
      purpose: z.enum(['required', 'optional']).optional().meta({
        description: 'Whether whoever asks must say why. Default `required`.',
      }),
    })
    .optional()
    .meta({
      description:
        'Who is refused may ask for access for a time. Policies say with `granted` what that opens; without `requests` no grant counts.',
      examples: [{ from: [{ email_domain: 'example.com' }], approvers: [{ email: 'lead@example.com' }] }],
    }),
  policies,
  paths: z
    .array(
      z.strictObject({
        path: text.meta({
          description: 'This path and what lies below it, whole segments only.',
          examples: ['/admin'],
        }),
        upstream: texts.optional().meta({
          description:
            'Where requests below it go in place of the application’s `upstream`, with the path as it is: the same application to people, rules and assertions. Paths further down take it over.',
          examples: ['http://127.0.0.1:8092'],
        }),
        policies,
      }),
    )
    .min(1)
    .optional()
    .meta({ description: "The longest matching path decides, instead of the application's policies." }),
});
