// The frame of every page: document head, mark, landmarks, footer. No external resource, no style attribute, and no script but the one
// line that sends a page's only form.
import { createHash } from 'node:crypto';
import { shortNumber } from '../http/request-number.ts';
import { fillText } from '../texts/texts.ts';
import type { Texts } from '../texts/texts-shape.ts';
import { html, type SafeHtml, safeHref } from './html.ts';
import { paletteOf } from './palette.ts';
import { styleSheet } from './style-sheet.ts';

/** bouncer's mark: the rope between two posts. Decoration: the name stands beside it. */
export const mark: SafeHtml = html`<svg class="mark" width="28" height="28" viewBox="0 0 28 28" aria-hidden="true" focusable="false"><g fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round"><path d="M6 9v14M22 9v14M3 24h6M19 24h6"/><path d="M7 11c1.5 7.5 12.5 7.5 14 0"/></g><circle cx="6" cy="6" r="2.5" fill="currentColor"/><circle cx="22" cy="6" r="2.5" fill="currentColor"/></svg>`;

/** The browser tab's picture: the brand's where it fits, else bouncer's mark in the brand's colour. */
function iconOf({ logo, color }: Brand): string {
  if (logo !== null && !logo.isWide) return safeHref(logo.href) ?? '';
  const ground = color === null ? '#12584a' : paletteOf(color).light.accent;
  return `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 28 28"><rect width="28" height="28" rx="7" fill="${ground}"/><g fill="none" stroke="#fff" stroke-width="2" stroke-linecap="round"><path d="M8 11v10M20 11v10M6 21.5h4M18 21.5h4"/><path d="M9 12.5c1.5 5.5 8.5 5.5 10 0"/></g><circle cx="8" cy="8" r="2" fill="#fff"/><circle cx="20" cy="8" r="2" fill="#fff"/></svg>`,
  )}`;
}

/** Whose pages these are. */
export interface Brand {
  /** At the top, and at the end of the title. */
  readonly name: string;
  /** A picture in place of bouncer's mark; `isWide`: it has the name in it. */
  readonly logo: { readonly href: string; readonly isWide: boolean } | null;
  /** `#rgb` or `#rrggbb`; `null`: bouncer's own. */
  readonly color: string | null;
}

/** What all pages of one visit have in common. */
export interface PageLook {
  readonly brand: Brand;
  readonly texts: Texts;
}

/** What a page is made of. */
export interface PageParts {
  /** The browser tab's and history's words; the brand is added. */
  readonly title: string;
  /** The content of `<main>`; has the page's only `h1`. */
  readonly main: SafeHtml;
  /** Where the mark leads, such as the start page; `null`: nowhere. */
  readonly homeHref: string | null;
  /** Shown small at the end, so that a person can quote it; `null` where there is no trouble, or the page itself shows it. */
  readonly requestId: string | null;
  /** Go there by itself at once, for hops that a form's redirect must not make. */
  readonly refreshTo?: string;
  /** The page's only form is sent at once where scripts run; elsewhere its button does it. */
  readonly isSentOn?: boolean;
}

/** A whole HTML document. */
export function renderPage(parts: PageParts, { brand, texts }: PageLook): string {
  const { name } = brand;
  return html`<!doctype html>
<html lang="${texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" media="(prefers-color-scheme: light)" content="#f3f5f2">
<meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0f1513">
${parts.refreshTo !== undefined && html`<meta http-equiv="refresh" content="0;url=${parts.refreshTo}">`}
<title>${parts.title} · ${name}</title>
<link rel="icon" href="${iconOf(brand)}">
<style>${styleSheet(brand.color)}</style>
</head>
<body>
<header class="top">${
    parts.homeHref === null
      ? html`<span class="brand">${renderBrand(brand)}</span>`
      : html`<a class="brand" href="${parts.homeHref}" aria-label="${fillText(texts.common.startPage, { brand: name })}">${renderBrand(brand)}</a>`
  }</header>
<main>${parts.main}</main>
<footer class="foot">${parts.requestId !== null && html`<p>${texts.common.requestNumber} <span class="code number">${shortNumber(parts.requestId)}</span></p>`}</footer>
${parts.isSentOn === true && html`<script>${sendOn}</script>`}</body>
</html>
`.toString();
}

/** The picture says nothing that the name does not; alone, it is the name. */
function renderBrand({ name, logo }: Brand): SafeHtml {
  const href = logo === null ? null : safeHref(logo.href);
  if (logo === null || href === null) return html`${mark}<span>${name}</span>`;
  if (logo.isWide) return html`<img class="logo" src="${href}" alt="${name}">`;
  return html`<img class="logo" src="${href}" alt=""><span>${name}</span>`;
}

// Without a character that would be escaped: a script is not text.
const sendOn = 'document.forms[0].submit()';

/** The source expression that admits the line that sends a form, and no other script. */
export function sendOnHash(): string {
  return `'sha256-${createHash('sha256').update(sendOn).digest('base64')}'`;
}

/** The source expression that admits the style sheet and nothing else (CSP Level 3 section 8.4). */
export function styleHash(color: string | null): string {
  return `'sha256-${createHash('sha256').update(styleSheet(color).toString()).digest('base64')}'`;
}
