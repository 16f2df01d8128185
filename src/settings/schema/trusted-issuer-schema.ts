// The shape of one entry of `trusted_issuers`: who makes tokens for programs that prove themselves without a secret of bouncer's.
import { z } from 'zod';
import { checkAudience, checkIssuer, checkIssuerName } from '../field-checks.ts';
import { text } from './fields.ts';

const subject = text().meta({ examples: ['repo:acme/*'] });

export const trustedIssuer = z.strictObject({
  name: text(checkIssuerName).meta({
    description: 'What rules call it: lower-case letters, digits, `-` and `_`.',
    examples: ['github'],
  }),
  issuer: text(checkIssuer, 'web address').meta({
    description:
      'The claim `iss` of its tokens, exactly. Its keys are found by the discovery document below it, or at `jwks_uri`.',
    examples: ['https://token.actions.githubusercontent.com'],
  }),
  audience: text(checkAudience).meta({
    description:
      'The claim `aud` of its tokens, and the only one: a name for this bouncer that nobody else is called by, such as `auth_url`.',
    examples: ['https://auth.example.com'],
  }),
  subject: z
    .union([subject, z.array(subject).min(1)])
    .optional()
    .meta({
      description:
        'The claim `sub`: a text, or a list of which one is enough. A `*` stands for any characters; the text is compared as a whole. An issuer that serves strangers needs this or `claims` to name the owner.',
      examples: ['repo:acme/*'],
    }),
  claims: z
    .record(text(), z.unknown())
    .optional()
    .meta({
      description:
        'What further claims are: each a text as in `subject`, a number, `true` or `false`, a list of which one is enough, or a mapping that reaches into an object.',
      examples: [{ repository_owner_id: 1234567 }],
    }),
  jwks_uri: text(checkIssuer, 'web address')
    .optional()
    .meta({
      description:
        'Where its keys are (JWKS), for an issuer without a discovery document that this machine can read, such as a Kubernetes cluster.',
      examples: ['https://10.0.0.1:6443/openid/v1/jwks'],
    }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description:
        'For an issuer with a certificate of a private authority: that authority\u2019s certificate, PEM; relative to this file. It counts for this issuer alone.',
      examples: ['private-ca.pem'],
    }),
});
