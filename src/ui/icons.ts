// The few line icons of the pages. Decoration only: every meaning is in the words beside them.
import { html, type SafeHtml } from './html.ts';

const shapes = {
  key: html`<circle cx="8" cy="15" r="4.5"/><path d="m11.5 11.5 8-8M16 7l3 3"/>`,
  hand: html`<path d="M8 12V5.5a1.5 1.5 0 0 1 3 0V11M11 10.5v-6a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8.5c0 4-2.5 6.5-6 6.5-3 0-4.5-1.5-6-4l-2-3.5c-.8-1.4 1-2.8 2.2-1.6L8 14"/>`,
  clock: html`<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>`,
  cloud: html`<path d="M7 18.5a4.5 4.5 0 0 1-.5-9 6 6 0 0 1 11.3 1.6A3.75 3.75 0 0 1 17.5 18.5M9.5 14.5l5 5M14.5 14.5l-5 5"/>`,
  compass: html`<circle cx="12" cy="12" r="8.5"/><path d="m15.5 8.5-2 5-5 2 2-5z"/>`,
  terminal: html`<rect x="3.5" y="4.5" width="17" height="15" rx="2.5"/><path d="m7.5 9 3 3-3 3M13 15h3.5"/>`,
  door: html`<path d="M6 20.5v-16h9v16M3.5 20.5h14M12 12.5v.01M18 9l3 3-3 3M21 12h-3"/>`,
  check: html`<circle cx="12" cy="12" r="8.5"/><path d="m8 12.5 2.75 2.75L16 9.5"/>`,
  mail: html`<rect x="3.5" y="5.5" width="17" height="13" rx="2.5"/><path d="m4.5 7.5 7.5 6 7.5-6"/>`,
  arrow: html`<path d="m9 5.5 6.5 6.5L9 18.5"/>`,
  plug: html`<rect x="2.5" y="7.5" width="12" height="9" rx="2.75"/><path d="M14.5 9.5h6v5h-6M17.5 11v.01M17.5 13v.01"/><circle cx="8" cy="12" r="1.5"/>`,
  pin: html`<rect x="2.5" y="7.5" width="19" height="9" rx="2.75"/><path stroke-width="2.5" d="M7.5 12v.01M12 12v.01M16.5 12v.01"/>`,
  touch: html`<path d="M9 13.5V6a1.6 1.6 0 0 1 3.2 0v5.2l4.3 1.1a2 2 0 0 1 1.5 2.2l-.6 3.7a3 3 0 0 1-3 2.5h-3a3 3 0 0 1-2.5-1.3L5.4 14.6c-.7-1.2.8-2.5 1.9-1.6L9 14.4M5.9 7.2a4.8 4.8 0 1 1 9.4 0"/>`,
} as const;

export type IconName = keyof typeof shapes;

/** An icon in the colour of the text around it. */
export function renderIcon(name: IconName, sizePx = 28): SafeHtml {
  return html`<svg width="${sizePx}" height="${sizePx}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">${shapes[name]}</svg>`;
}
