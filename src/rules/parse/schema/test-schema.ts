// The shape of one entry of `tests`: a request, who asks, and what is expected.
import { z } from 'zod';
import { duration, text, texts } from './fields.ts';
import { workloadClaims } from './selector-schema.ts';

const usedKey = z.strictObject({
  source: z.enum(['bouncer', 'provider']).optional().meta({ description: 'Who saw it. Default: `bouncer`.' }),
  aaguid: text.optional().meta({ description: 'Its make, proven by an attestation.' }),
  age: duration.optional().meta({ description: 'How long ago. Default: just now.' }),
});

const workload = z.strictObject({
  issuer: text.meta({ description: 'The name of one of `trusted_issuers`.' }),
  subject: text.optional().meta({ description: 'The claim `sub`.' }),
  claims: workloadClaims.optional().meta({ description: 'What else the token says.' }),
});

const person = z.strictObject({
  workload: z
    .union([text, workload])
    .optional()
    .meta({
      description: 'Not a person: a program with a valid token of a trusted issuer. Stands alone.',
      examples: [{ issuer: 'github', claims: { repository: 'acme/app' } }],
    }),
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
  hardware_key: usedKey.optional().meta({
    description:
      "A hardware key that was used, in bouncer's own ceremony or by the identity provider's word.",
    examples: [{ source: 'bouncer', age: '5m' }],
  }),
  hardware_key_age: duration.optional().meta({
    description: "How long ago a hardware key was used, by the identity provider's word.",
  }),
});

export const test = z.strictObject({
  name: text.meta({ description: 'What is expected, as a sentence.' }),
  url: text.meta({ examples: ['https://wiki.example.com/page'] }),
  as: person.optional().meta({ description: 'Who asks. Absent: nobody is logged in.' }),
  granted: z.literal(true).optional().meta({
    description: 'The person was granted access to what the URL leads to, and the grant has not ended.',
  }),
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
