// HTML that is escaped by construction: what a template's author wrote is markup, every value put into it is text.
// There is no way to mark a text as markup; only the `html` tag makes `SafeHtml`.

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** A piece of markup whose every foreign part was escaped. Only {@link html} makes one. */
export class SafeHtml {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** The markup itself. */
  toString(): string {
    return this.#markup;
  }

  /** For {@link html} alone: a template's literal parts are vouched for by who wrote the template. */
  static ofTemplate(parts: TemplateStringsArray, values: readonly HtmlValue[]): SafeHtml {
    let markup = parts[0] ?? '';
    for (let i = 0; i < values.length; i++) markup += render(values[i]) + (parts[i + 1] ?? '');
    return new SafeHtml(markup);
  }
}

/** What may stand in a template. `null`, `undefined` and `false` leave nothing behind. */
export type HtmlValue = string | number | SafeHtml | readonly HtmlValue[] | null | undefined | false;

function render(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (value instanceof SafeHtml) return value.toString();
  if (typeof value === 'string') return escapeText(value);
  if (typeof value === 'number') return String(value);
  return value.map(render).join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => escapes[character] ?? '');
}

/**
 * Template tag: literal parts are markup, values are text for element content or for a **quoted** attribute.
 *
 * @returns markup that may be put into other templates as it is
 */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): SafeHtml {
  return SafeHtml.ofTemplate(parts, values);
}

/**
 * A link's address: an absolute `http(s)` URL, or a path on the same host. Anything else, such as `javascript:` or `//host`, is `null`.
 *
 * Not verified: whether the address is one of ours. That is the business of whoever made it.
 */
export function safeHref(address: string | null): string | null {
  if (address === null) return null;
  if (/[\u0000-\u0020\\\u007f-\uffff]/.test(address)) return null;
  if (/^\/(?!\/)/.test(address)) return address;
  return /^https?:\/\/[^/]/i.test(address) ? address : null;
}
