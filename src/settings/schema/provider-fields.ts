// The fields that every entry of `identity_providers` has.
import { z } from 'zod';
import { checkEmailDomain, checkProviderId } from '../field-checks.ts';
import { text } from './fields.ts';

/** @param example for the reference page */
export function providerId(example: string) {
  return text(checkProviderId).meta({
    description: 'Unique. The `login_method` selector and the log name it; sessions are bound to it.',
    examples: [example],
  });
}

/** What naming domains does beyond keeping others out, each kind of provider says for itself. */
export const emailDomains = z.array(text(checkEmailDomain, 'domain')).min(1).optional();
