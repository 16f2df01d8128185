// A letter as text and as HTML: what mail programs show, without pictures, without addresses from elsewhere, and without links but to a
// page of this very site.
import type { Language } from '../http/accept-language.ts';
import { html, safeHref } from '../ui/html.ts';

export interface Letter {
  /** One address, ASCII, without any character that means something in a header. */
  readonly to: string;
  readonly language: Language;
  readonly subject: string;
  /** What it is about, in one line. */
  readonly title: string;
  /** What the reader came for, shown large; `null`: nothing. */
  readonly code: string | null;
  /** Where to go on to, at this very site; absent: nowhere. A letter about a login has none: people learn not to follow one. */
  readonly link?: { readonly label: string; readonly href: string };
  /** Paragraphs after it. */
  readonly text: readonly string[];
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** At the end, small. */
  readonly closing: string;
}

export interface RenderedLetter {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const font = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif';

/** Whose letter it is. Name and colour, and no picture: many mail programs would not show it. */
export interface LetterBrand {
  readonly name: string;
  /** `#rgb` or `#rrggbb`; `null`: none. */
  readonly color: string | null;
}

/** Both forms say the same. */
export function renderLetter(letter: Letter, brand: LetterBrand): RenderedLetter {
  const { to, title, code, facts, closing, link } = letter;
  const href = link === undefined ? null : safeHref(link.href);
  const lines = [
    title,
    ...(code === null ? [] : [`    ${code}`]),
    ...letter.text,
    ...(link === undefined || href === null ? [] : [`${link.label}:\n${href}`]),
    facts.map(({ name, value }) => `${name}: ${value}`).join('\n'),
    closing,
    brand.name,
  ];
  const markup = html`<!doctype html>
<html lang="${letter.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>${letter.subject}</title>
</head>
<body style="margin:0;padding:24px 16px;${font};font-size:16px;line-height:1.5">
<div style="max-width:480px;margin:0 auto${brand.color !== null && html`;padding:20px 0 0;border-top:4px solid ${brand.color}`}">
<p style="margin:0 0 16px;font-size:18px;font-weight:600">${title}</p>
${code !== null && html`<p style="margin:0 0 16px;padding:16px;border:1px solid #7d8a83;border-radius:12px;text-align:center;font-size:32px;font-weight:700;letter-spacing:6px;font-family:ui-monospace,Menlo,Consolas,monospace">${code}</p>`}
${letter.text.map((paragraph) => html`<p style="margin:0 0 16px">${paragraph}</p>`)}
${link !== undefined && href !== null && html`<p style="margin:0 0 16px"><a href="${href}" style="display:inline-block;padding:10px 18px;border:1px solid #7d8a83;border-radius:10px;font-weight:600">${link.label}</a></p>`}
<table role="presentation" style="margin:0 0 16px;border-collapse:collapse;font-size:14px">
${facts.map(({ name, value }) => html`<tr><td style="padding:2px 16px 2px 0">${name}</td><td style="padding:2px 0">${value}</td></tr>`)}
</table>
<p style="margin:0 0 16px;font-size:14px">${closing}</p>
<p style="margin:0;font-size:14px;font-weight:600">${brand.name}</p>
</div>
</body>
</html>
`;
  return {
    to,
    subject: letter.subject,
    text: `${lines.filter((line) => line !== '').join('\n\n')}\n`,
    html: markup.toString(),
  };
}
