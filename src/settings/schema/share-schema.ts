// The shape of `share`: who may show a site of their own machine to others, under which domain, for how long.
import { z } from 'zod';
import { selectors } from '../../rules/parse/schema/selector-schema.ts';
import { checkShareDomain } from '../field-checks.ts';
import { day, duration, minute, text } from './fields.ts';

export const share = z.strictObject({
  domain: text(checkShareDomain, 'domain').meta({
    description:
      'Shares get a name of four words below it. What is shared is foreign script: it must be of another site (registrable domain) than `auth_url` and every application, and nothing else may be below it. Its names must lead to this bouncer: `*.example-share.com` in DNS and in the certificate.',
    examples: ['example-share.com'],
  }),
  allow: selectors.meta({
    description:
      'Who may share: as `include` of a policy, one of these must hold, at the start and all the time.',
    examples: [[{ email_domain: 'example.com' }], [{ rule_group: 'staff' }]],
  }),
  max_duration: duration(minute, 7 * day)
    .default('24h')
    .meta({ description: 'The longest that a share lasts.', examples: ['24h'] }),
  max_per_person: z
    .int()
    .min(1)
    .max(100)
    .default(5)
    .meta({ description: 'How many shares one person may have at a time.', examples: [5] }),
});
