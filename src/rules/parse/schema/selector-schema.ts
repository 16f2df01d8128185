// The shape of one selector of a policy, a rule group or a list of either.
import { z } from 'zod';
import { keySources } from '../../model/key-source.ts';
import { duration, text, texts } from './fields.ts';

/** Selectors that are written as a single word. */
const wordSelectors = ['everyone', 'authenticated', 'hardware_key', 'any_service_token', 'granted'] as const;

const claimValue = z.union([text, z.number(), z.boolean()]);

const claimSelector = z.strictObject({
  name: text.meta({ description: 'A claim that the settings keep.', examples: ['department'] }),
  equals: z
    .union([claimValue, z.array(claimValue).min(1)])
    .meta({ description: 'The claim is this, or one of these, or a list that contains one of these.' }),
});

const hardwareKeySelector = z.strictObject({
  max_age: duration.optional().meta({ description: 'The key was used at most this long ago.' }),
  aaguid: texts.optional().meta({
    description:
      "The makes of keys that count. Only a key of bouncer's own ceremony whose attestation proves its make meets it.",
  }),
  source: z
    .enum(keySources)
    .optional()
    .meta({
      description:
        "Whose word counts: that of bouncer's own ceremony, that of the identity provider, or (default) either.",
      examples: ['bouncer'],
    }),
});

const claimPattern = z.union([text, z.number(), z.boolean()]);

/** What is asked of the claims of a workload's token. What a `*` may stand for is checked where they are read. */
export const workloadClaims = z.record(z.string(), z.unknown());

const workloadPattern = z.strictObject({
  issuer: text.meta({ description: 'The name of one of `trusted_issuers`.', examples: ['github'] }),
  subject: z
    .union([claimPattern, z.array(claimPattern).min(1)])
    .optional()
    .meta({
      description:
        'The claim `sub`: a text, or a list of which one is enough. A `*` stands for any characters.',
      examples: ['repo:acme/app:ref:refs/heads/main'],
    }),
  claims: workloadClaims.optional().meta({
    description:
      'What further claims are: each a text as in `subject`, a number, `true` or `false`, a list of which one is enough, or a mapping that reaches into an object.',
    examples: [{ repository: 'acme/app' }, { 'kubernetes.io': { namespace: 'prod' } }],
  }),
});

const workload = z.union([text, workloadPattern]);

export const timeSelector = z.strictObject({
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

export const selectorObject = z
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
    workload: z
      .union([workload, z.array(workload).min(1)])
      .optional()
      .meta({
        description: 'A valid token of that trusted issuer was presented, and its claims are as is said.',
        examples: ['github', { issuer: 'github', claims: { repository: 'acme/app' } }],
      }),
  })
  .meta({ minProperties: 1, maxProperties: 1 });

const selector = z
  .union([z.enum(wordSelectors).meta({ description: 'A selector that takes no value.' }), selectorObject])
  .meta({ id: 'selector' });
export const selectors = z.array(selector).min(1);

export const someSelectors = selectors;

export const selectorLists = {
  include: selectors.meta({ description: 'At least one of these holds.' }),
  require: selectors.optional().meta({ description: 'Every one of these holds.' }),
  exclude: selectors.optional().meta({ description: 'None of these holds.' }),
};
