// The shape of one entry of `identity_providers` that is an OpenID Connect provider, of whatever make.
import { z } from 'zod';
import { checkAuthUrl, checkGroupPattern, checkIssuer, checkScope } from '../field-checks.ts';
import { providerKinds } from '../provider-presets.ts';
import { text } from './fields.ts';
import { emailDomains, providerId } from './provider-fields.ts';

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

export const oidcProvider = z.strictObject({
  id: providerId('google'),
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
  email_domains: emailDomains.meta({
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
