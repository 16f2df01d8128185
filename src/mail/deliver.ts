// One attempt to hand one mail to the mail server, or only to look whether it answers. nodemailer speaks SMTP (RFC 5321) and writes
// the message (RFC 5322); what bouncer adds is an end to every wait and a word for every failure.
import { readFile } from 'node:fs/promises';
import type { NodemailerError } from 'nodemailer/lib/errors';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { logText } from '../http/log-text.ts';
import type { SmtpAddress, SmtpSettings } from '../settings/settings.ts';
import type { RenderedLetter } from './letter.ts';

export type Delivery =
  | { readonly kind: 'accepted' }
  /** @property isOurTrouble no mail would get through, whoever it is for */
  | ({ readonly kind: 'later' | 'refused'; readonly isOurTrouble: boolean } & DeliveryFailure);

export interface DeliveryFailure {
  readonly cause: string;
  readonly hint: string | null;
}

/** The longest that one attempt may take, whatever the server does. Milliseconds. */
const deadlineMs = 30_000;
/** To the connection, and to the server's greeting. */
const connectTimeoutMs = 10_000;
/** Silence. */
const socketTimeoutMs = 15_000;
/** How long a server may take to say goodbye. */
const quitMs = 2_000;

/**
 * Never rejects.
 *
 * @param letter `null`: connect, prove who we are, and go
 * @param signal ends the attempt
 */
export async function deliver(
  smtp: SmtpSettings,
  letter: RenderedLetter | null,
  signal: AbortSignal,
): Promise<Delivery> {
  const { address } = smtp;
  if (address === null) return trouble('the address of the mail server is not at hand', null);
  try {
    const ca = smtp.caFile === null ? null : await readFile(smtp.caFile, 'utf8');
    const message = letter === null ? null : await compose(smtp, letter);
    const { default: Connection } = await import('nodemailer/lib/smtp-connection');
    if (signal.aborted) return stopping;
    return await converse(new Connection(optionsFor(address, ca)), {
      smtp,
      address,
      letter,
      message,
      signal,
    });
  } catch (error) {
    return trouble(error instanceof Error ? error.message : 'unknown failure', null);
  }
}

const stopping: Delivery = { kind: 'later', isOurTrouble: false, cause: 'bouncer is stopping', hint: null };

function trouble(cause: string, hint: string | null): Delivery {
  return { kind: 'later', isOurTrouble: true, cause: logText(cause, 300), hint };
}

function optionsFor(address: SmtpAddress, ca: string | null): SMTPConnection.Options {
  return {
    host: address.host,
    port: address.port,
    secure: address.tls === 'implicit',
    requireTLS: address.tls === 'starttls',
    ignoreTLS: address.tls === 'none',
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2', ...(ca === null ? {} : { ca }) },
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    dnsTimeout: connectTimeoutMs,
    socketTimeout: socketTimeoutMs,
    logger: false,
  };
}

/** The message as it goes over the wire. Nothing is fetched for it. */
async function compose({ from }: SmtpSettings, letter: RenderedLetter): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  return new MailComposer({
    from: { name: from.name ?? '', address: from.email },
    to: { name: '', address: letter.to },
    subject: letter.subject,
    text: letter.text,
    html: letter.html,
    // RFC 3834 section 5: nobody's holiday notice need answer.
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}

interface Conversation {
  readonly smtp: SmtpSettings;
  readonly address: SmtpAddress;
  readonly letter: RenderedLetter | null;
  readonly message: Buffer | null;
  readonly signal: AbortSignal;
}

function converse(connection: SMTPConnection, conversation: Conversation): Promise<Delivery> {
  const { smtp, address, letter, message, signal } = conversation;
  return new Promise((resolve) => {
    const end = (delivery: Delivery): void => {
      clearTimeout(deadline);
      signal.removeEventListener('abort', onAbort);
      // First: to close it makes it say more.
      resolve(delivery);
      if (delivery.kind === 'accepted') {
        connection.quit();
        setTimeout(() => connection.close(), quitMs).unref();
      } else connection.close();
    };
    const onAbort = (): void => end(stopping);
    const deadline = setTimeout(
      () => end(trouble(`the mail server did not finish within ${deadlineMs / 1000} s`, null)),
      deadlineMs,
    );
    signal.addEventListener('abort', onAbort, { once: true });
    // It may speak of errors more than once; the first word counts, and none may go unheard.
    connection.on('error', (error) => end(failureOf(error)));
    connection.once('end', () => end(trouble('the mail server closed the connection', null)));
    const send = (): void => {
      if (letter === null || message === null) {
        end({ kind: 'accepted' });
        return;
      }
      const envelope = { from: smtp.from.email, to: [letter.to], size: message.length };
      connection.send(envelope, message, (error) => end(error ? failureOf(error) : { kind: 'accepted' }));
    };
    connection.connect((error) => {
      if (error) end(failureOf(error));
      else if (address.user === null) send();
      else
        connection.login({ user: address.user, pass: address.password ?? '' }, (failure) =>
          failure ? end(failureOf(failure)) : send(),
        );
    });
  });
}

/** What was meant by a failure, by its codes; only its words are for people. */
function failureOf(error: NodemailerError): Delivery {
  const cause = logText(error.message, 300);
  const status = error.responseCode ?? 0;
  const isOfMail = error.command === 'RCPT TO' || error.command === 'DATA';
  // RFC 5321 section 4.2.1: 4xx may be asked again, as greylisting wants it; 5xx may not.
  if (status >= 500 && status < 600 && isOfMail)
    return { kind: 'refused', isOurTrouble: false, cause, hint: 'the mail server does not take mail to it' };
  if (status >= 400 && status < 500 && isOfMail)
    return { kind: 'later', isOurTrouble: false, cause, hint: null };
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH')
    return {
      kind: 'refused',
      isOurTrouble: true,
      cause,
      hint: 'see the user name and password in `smtp.url`',
    };
  if (status >= 500 && error.command === 'MAIL FROM')
    return {
      kind: 'refused',
      isOurTrouble: true,
      cause,
      hint: 'see `smtp.from`: may this account send as it?',
    };
  return { kind: 'later', isOurTrouble: true, cause, hint: hintFor(error) };
}

function hintFor({ code, originalCode = '', message }: NodemailerError): string | null {
  if (/CERT|SELF_SIGNED|UNABLE_TO|ALTNAME/.test(originalCode) || /certificate/i.test(message))
    return 'its certificate does not hold for the host in `smtp.url`: name the host that it is for, or its authority as `smtp.ca_file`';
  if (code === 'ETLS' || /STARTTLS/i.test(message))
    return 'the server has no STARTTLS at this port: try `smtps:`, or another port';
  if (code === 'EDNS') return 'the host in `smtp.url` has no address';
  if (code === 'ESOCKET' || code === 'ECONNECTION' || code === 'ETIMEDOUT')
    return 'can this machine reach the host and port in `smtp.url`?';
  return null;
}
