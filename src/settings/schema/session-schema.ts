// The shape of `session`: how long a login lasts.
import { z } from 'zod';
import { day, duration, second } from './fields.ts';

export const session = z.strictObject({
  duration: duration(second, 366 * day)
    .default('24h')
    .meta({ description: 'When a login ends at the latest.', examples: ['24h', '7d'] }),
  idle_timeout: duration(second, 366 * day)
    .default('8h')
    .meta({
      description: 'When a login ends that is not used. An open stream does not count as use.',
      examples: ['8h'],
    }),
  recheck: duration(second, 366 * day)
    .default('15m')
    .meta({
      description: 'How often the identity provider is asked again, where it gave a refresh token.',
      examples: ['15m'],
    }),
  recheck_grace: duration(0, 366 * day)
    .optional()
    .meta({
      description:
        'How long a login stands whose identity provider cannot be asked again, from the first check that got no answer on. Default: to its end. `0s`: not at all.',
      examples: ['1h'],
    }),
  max_per_person: z
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta({
      description:
        'How many logins a person may have at a time, in all their browsers. With one more, the one that was used longest ago ends. Default: any number.',
      examples: [5],
    }),
});
