// The shape of one entry of `identity_providers` that is passkeys.
import { z } from 'zod';
import { text } from './fields.ts';
import { emailDomains, providerId } from './provider-fields.ts';

export const passkeyProvider = z.strictObject({
  id: providerId('passkey'),
  type: z.literal('passkey').meta({
    description:
      'A passkey of a phone, computer or password manager, for people whom `bouncer passkey invite` invited. It proves no hardware key.',
    examples: ['passkey'],
  }),
  label: text()
    .optional()
    .meta({
      description: 'What people read where they choose. Default: `Passkey`.',
      examples: ['Passkey'],
    }),
  rp_id: text(undefined, 'host')
    .optional()
    .meta({
      description:
        'What passkeys are bound to: the host of `auth_url` (default), or a parent of it, for a site that will move. Passkeys do not follow when it changes.',
      examples: ['example.com'],
    }),
  email_domains: emailDomains.meta({
    description:
      'The domains whose addresses can be invited; addresses of these domains count from no provider that does not name them. Absent: all domains that no other provider names.',
    examples: [['family.example']],
  }),
});
