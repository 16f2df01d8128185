// The shape of `hardware_keys`: bouncer's own ceremony with keys that people enrol.
import { z } from 'zod';
import { checkMoment } from '../field-checks.ts';
import { text } from './fields.ts';

const metadata = z.strictObject({
  file: text(undefined, 'path').meta({
    description: 'The file as the FIDO Alliance publishes it (`blob.jwt`). Its signature is checked.',
    examples: ['fido-metadata.jwt'],
  }),
  root_file: text(undefined, 'path')
    .optional()
    .meta({
      description: "What its signature leads to, PEM. Default: the FIDO Alliance's own roots.",
      examples: ['metadata-root.pem'],
    }),
});

export const hardwareKeys = z.strictObject({
  enrolment: z
    .enum(['invitation', 'first_login'])
    .default('invitation')
    .meta({
      description:
        'Who may enrol a first key: whoever has an invitation (`bouncer hardware-key invite`), or everybody who logs in before `enrolment_until`. A further key always needs one that is enrolled.',
      examples: ['invitation'],
    }),
  enrolment_until: text(checkMoment, 'moment')
    .optional()
    .meta({
      description: 'When the time of `first_login` ends. Needed with it.',
      examples: ['2026-12-31T18:00:00Z'],
    }),
  rp_id: text(undefined, 'host')
    .optional()
    .meta({
      description:
        "What keys are bound to: the host of `auth_url` (default), or a parent of it, for a site that will move. Keys do not follow when it changes; they answer on `auth_url`'s origin alone, whatever it is.",
      examples: ['example.com'],
    }),
  attestation_roots: text(undefined, 'path')
    .optional()
    .meta({
      description:
        'A folder of PEM files: the certificates of makers whose attestations prove the make of a key.',
      examples: ['attestation-roots'],
    }),
  attestation_metadata: metadata.optional().meta({
    description:
      'A metadata file of the FIDO Alliance: the roots of many makers, names of makes, and what is known against them.',
  }),
});
