// What pages and mail show of whoever runs bouncer: a name, a picture, a colour.
import { z } from 'zod';
import { checkBrandColor, checkBrandName } from '../field-checks.ts';
import { text } from './fields.ts';

export const branding = z.strictObject({
  name: text(checkBrandName, 'name')
    .default('bouncer')
    .meta({
      description: 'What stands at the top of every page: at most 40 characters.',
      examples: ['Acme'],
    }),
  logo_file: text(undefined, 'path')
    .optional()
    .meta({
      description:
        'A PNG or SVG of at most 64 KB, shown beside the name; one that is more than twice as wide as high stands alone, as it has the name in it. It should be readable on light and on dark.',
      examples: ['logo.svg'],
    }),
  color: text(checkBrandColor, 'colour')
    .optional()
    .meta({
      description:
        'Of buttons and links. Where it would be too pale, or in dark too deep, to be read, a shade of it stands in.',
      examples: ['#0a4fd6'],
    }),
});
