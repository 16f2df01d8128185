// The shape of `smtp`: the mail server that codes are sent by.
import { z } from 'zod';
import { checkMailbox, checkSmtpUrl } from '../smtp-url.ts';
import { text } from './fields.ts';

export const smtp = z.strictObject({
  url: text(checkSmtpUrl, 'mail server').meta({
    description:
      'The mail server: `smtp:` with STARTTLS, which is required (port 587), or `smtps:` with TLS from the start (port 465). Its certificate is checked. On this machine `smtp:` goes without TLS (port 25); elsewhere only with `?tls=disable`, and then without a password.',
    examples: [{ env: 'SMTP_URL' }, 'smtp://bouncer:PASSWORD@mail.example.com:587'],
  }),
  from: text(checkMailbox, 'sender').meta({
    description: 'Who the mail is from.',
    examples: ['Bouncer <bouncer@example.com>'],
  }),
  ca_file: text(undefined, 'path')
    .optional()
    .meta({
      description: "The certificate authority of the mail server, PEM. Default: the system's.",
      examples: ['mail-ca.pem'],
    }),
});
