// A look at the mail server: does it answer, prove its name and take our password? No mail is sent.
import type { SmtpSettings } from '../settings/settings.ts';
import { deadLook, type Look } from '../source/finding.ts';
import { deliver } from './deliver.ts';

/** @param signal ends the look */
export async function lookAtMail(smtp: SmtpSettings, signal: AbortSignal): Promise<Look> {
  const { address } = smtp;
  const about = address === null ? 'mail server' : `mail server \`${address.host}:${address.port}\``;
  const delivery = await deliver(smtp, null, signal);
  if (delivery.kind === 'accepted') {
    const isInTheClear = address?.tls === 'none';
    return {
      about,
      seen: isInTheClear ? 'answers, without TLS' : 'answers, and its certificate holds',
      findings: [],
    };
  }
  const { cause, hint } = delivery;
  return deadLook(about, 'mail-unusable', hint === null ? { cause } : { cause, hint });
}
