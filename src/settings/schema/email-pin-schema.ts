// The shape of one entry of `identity_providers` that is codes by e-mail.
import { z } from 'zod';
import { text } from './fields.ts';
import { emailDomains, providerId } from './provider-fields.ts';

export const emailPinProvider = z.strictObject({
  id: providerId('email'),
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
  email_domains: emailDomains.meta({
    description:
      'The domains that codes are sent to: other addresses get none, and addresses of these domains count from no provider that does not name them. Absent: all domains that no other provider names. Only addresses that some policy names, or whose domain it names, get mail in any case.',
    examples: [['family.example']],
  }),
});
