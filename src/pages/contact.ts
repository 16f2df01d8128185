// Whom to ask about an application, as a link: the rules took an e-mail address or a web page and nothing else.
import { html, type SafeHtml, safeHref } from '../ui/html.ts';

export function renderContact(contact: string): SafeHtml {
  const page = /^https?:/i.test(contact) ? safeHref(contact) : null;
  if (page !== null)
    return html`<a href="${page}" rel="noreferrer">${contact.replace(/^https?:\/\//i, '').replace(/\/$/, '')}</a>`;
  return html`<a href="mailto:${encodeURIComponent(contact).replace('%40', '@')}">${contact}</a>`;
}
