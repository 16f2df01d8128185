// The shape of one entry of `identity_providers` that is GitHub.
import { z } from 'zod';
import { checkAuthUrl, checkOrganization } from '../field-checks.ts';
import { text } from './fields.ts';
import { emailDomains, providerId } from './provider-fields.ts';

const organization = z.strictObject({
  name: text(checkOrganization).meta({
    description: 'The name in its address; groups are called by it.',
    examples: ['acme'],
  }),
  id: z
    .int()
    .min(1)
    .meta({
      description:
        'Its number at GitHub, which stays when the name changes: `id` in `https://api.github.com/orgs/acme`. Whoever has the name and another number is not it.',
      examples: [583_231],
    }),
});

export const githubProvider = z.strictObject({
  id: providerId('github'),
  type: z.literal('github').meta({
    description:
      'GitHub, or GitHub Enterprise by `url`: an OAuth app or a GitHub App that is registered there.',
    examples: ['github'],
  }),
  label: text()
    .optional()
    .meta({ description: 'What people read where they choose. Default: `GitHub`.', examples: ['GitHub'] }),
  url: text(checkAuthUrl, 'web address')
    .optional()
    .meta({
      description:
        'The address of GitHub Enterprise, an origin: a server of your own, or `https://<name>.ghe.com`. Default: `https://github.com`.',
      examples: ['https://github.example.com'],
    }),
  client_id: text().meta({ description: 'As registered with GitHub.', examples: ['Iv1.8a61f9b3a7aba766'] }),
  client_secret: text().meta({
    description: 'As registered with GitHub. Better not in this file: use `{ env: … }` or `{ file: … }`.',
    examples: [{ env: 'GITHUB_CLIENT_SECRET' }],
  }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description:
        'For GitHub Enterprise with a certificate of a private authority: that authority\u2019s certificate, PEM; relative to this file. Read again when it changes.',
      examples: ['private-ca.pem'],
    }),
  organizations: z
    .array(z.union([text(checkOrganization), organization]))
    .min(1)
    .max(20)
    .optional()
    .meta({
      description:
        'The organisations that count: their active members are in the group `acme`, those of its team `ops` in `acme/ops`. With its number an organisation is known also when somebody else takes its name. Absent: nobody is in any group, and that is known.',
      examples: [['acme'], [{ name: 'acme', id: 583_231 }]],
    }),
  email_domains: emailDomains.meta({
    description:
      'The domains that GitHub speaks for: other addresses of its people do not count, and addresses of these domains count from no provider that does not name them. Absent: all domains that no other provider names.',
    examples: [['example.com']],
  }),
});
