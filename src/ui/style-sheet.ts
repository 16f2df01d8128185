// The one style sheet of bouncer's pages: inline, known by its hash in the Content-Security-Policy, and the whole design system.
// Colours are pairs that keep a contrast of 4.5 : 1 or better in both schemes (test/pages/accessibility.test.ts counts them in a browser).
import { html, type SafeHtml } from './html.ts';
import { type Accents, type Palette, paletteOf } from './palette.ts';

const sheets = new Map<string | null, SafeHtml>();

/**
 * The sheet's text. Selectors are single-purpose classes; no page has style attributes.
 *
 * @param color the brand's, as the settings have it; `null`: bouncer's own. There are as many sheets as settings had colours.
 */
export function styleSheet(color: string | null): SafeHtml {
  const known = sheets.get(color);
  if (known !== undefined) return known;
  const sheet = color === null ? common : html`${common}${brandSheet(paletteOf(color))}`;
  sheets.set(color, sheet);
  return sheet;
}

function brandSheet({ light, dark }: Palette): SafeHtml {
  return html`:root{${accentRules(light)}}@media (prefers-color-scheme:dark){:root{${accentRules(dark)}}}`;
}

function accentRules(accents: Accents): SafeHtml {
  const { accent, accentOver, onAccent, tint, onTint, glow } = accents;
  return html`--accent:${accent};--accent-over:${accentOver};--on-accent:${onAccent};--tint:${tint};--on-tint:${onTint};--glow:${glow}`;
}

const common = html`
:root{color-scheme:light dark;--page:#f3f5f2;--glow:#e2ece6;--card:#ffffff;--ink:#16201b;--soft:#515d57;--line:#d8dfda;--edge:#7d8a83;--accent:#12584a;--accent-over:#0c4539;--on-accent:#ffffff;--tint:#e4f0eb;--on-tint:#0f4c40;--warn-tint:#fbeed3;--on-warn:#6b4300;--stop-tint:#fbe4e0;--on-stop:#8c2317;--focus:#1a5fd0;--shadow:0 1px 2px rgb(22 32 27/.05),0 12px 32px -12px rgb(22 32 27/.16)}
@media (prefers-color-scheme:dark){:root{--page:#0f1513;--glow:#16231e;--card:#18201d;--ink:#eaf0ec;--soft:#a6b3ac;--line:#2b3631;--edge:#74827b;--accent:#7fd4bb;--accent-over:#9be3cd;--on-accent:#06251d;--tint:#1d332c;--on-tint:#9fe0cb;--warn-tint:#3a2c10;--on-warn:#f5cf86;--stop-tint:#40201b;--on-stop:#ffb4a6;--focus:#8ab8ff;--shadow:0 1px 2px rgb(0 0 0/.3),0 16px 40px -16px rgb(0 0 0/.6)}}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;background:var(--page) radial-gradient(70rem 30rem at 50% -12rem,var(--glow),transparent) no-repeat;color:var(--ink);font:1rem/1.55 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1,p,ul,dl,dd,form{margin:0;padding:0}
ul{list-style:none}
a{color:var(--accent)}
svg{display:block;flex:none}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px}
.top,.foot{width:100%;max-width:64rem;margin:0 auto;padding:1.25rem 1.25rem 0}
.brand{display:inline-flex;align-items:center;gap:.625rem;min-height:44px;border-radius:.5rem;color:var(--ink);font-weight:650;letter-spacing:-.01em;text-decoration:none}
.mark{color:var(--accent)}
.logo{display:block;height:2rem;width:auto;max-width:min(14rem,60vw);object-fit:contain;object-position:left}
main{flex:1;display:flex;width:100%;max-width:64rem;margin:0 auto;padding:1.25rem}
.card{width:100%;max-width:29rem;margin:auto;padding:1.75rem 1.5rem;border:1px solid var(--line);border-radius:1.25rem;background:var(--card);box-shadow:var(--shadow)}
.wide{width:100%;margin:0 auto;display:grid;align-content:start;gap:1.75rem}
.badge{display:grid;place-items:center;width:3.25rem;height:3.25rem;margin-bottom:1.25rem;border-radius:1rem;background:var(--tint);color:var(--on-tint)}
.warn{background:var(--warn-tint);color:var(--on-warn)}
.stop{background:var(--stop-tint);color:var(--on-stop)}
h1{font-size:1.5rem;line-height:1.25;letter-spacing:-.02em;font-weight:680;text-wrap:balance}
h1+p,h1+.text{margin-top:.625rem}
.text{display:grid;gap:.75rem}
.soft{color:var(--soft)}
.whole{white-space:nowrap}
.text,.lead{text-wrap:pretty}
.actions{display:grid;gap:.75rem;margin-top:1.5rem}
.button{display:flex;align-items:center;justify-content:center;gap:.5rem;width:100%;min-height:48px;padding:.625rem 1.25rem;border:1px solid transparent;border-radius:.75rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:620;text-align:center;text-decoration:none;cursor:pointer;transition:background-color .15s}
.button:hover{background:var(--accent-over)}
.quiet{background:transparent;border-color:var(--edge);color:var(--ink)}
.quiet:hover{background:var(--tint)}
.facts{display:grid;gap:.625rem;margin-top:1.75rem;padding-top:1.25rem;border-top:1px solid var(--line);font-size:.875rem}
.facts div{display:flex;flex-wrap:wrap;justify-content:space-between;gap:0 1rem}
.facts dt{color:var(--soft)}
.facts dd{font-weight:560;margin-inline-start:auto}
.facts a{display:inline-flex;align-items:center;min-height:44px;margin:-.75rem 0}
.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.9em}
.number{-webkit-user-select:all;user-select:all}
.note{padding:.75rem 1rem;border-radius:.75rem;background:var(--tint);color:var(--on-tint);font-size:.9375rem}
h2{margin:0;font-size:1.125rem;line-height:1.3;font-weight:660}
h2+p{margin-top:.375rem}
fieldset{margin:.25rem 0 0;padding:0;border:0}
legend{padding:0;font-weight:620}
.fields .choice{display:flex;align-items:center;gap:.625rem;min-height:44px;font-weight:400}
.choice input{width:1.25rem;height:1.25rem;accent-color:var(--accent)}
.wide>.card{max-width:none;margin:0}
.wide .fields{max-width:29rem}
.wide p+.button{margin-top:.75rem}
.wide .after,.wide .actions{margin-top:0}
.links{display:flex;flex-wrap:wrap;gap:0 1.5rem}
.links a{display:inline-flex;align-items:center;min-width:44px;min-height:44px}
.links a[aria-current]{color:var(--ink);font-weight:620;text-decoration:none}
.card .links{margin-top:1.5rem;padding-top:.75rem;border-top:1px solid var(--line)}
li.row{flex-wrap:wrap}
li.row .grow{flex-basis:min(13rem,100% - 3.375rem)}
.row form{flex:0 1 auto;max-width:100%;margin-inline-start:auto}
.steps{display:grid;gap:.75rem;margin:1.25rem 0 0;padding:0;list-style:none}
.steps li{display:flex;align-items:center;gap:.875rem}
.steps svg{flex:none;color:var(--accent)}
.note.warn{background:var(--warn-tint);color:var(--on-warn)}
.person{display:flex;align-items:center;gap:.875rem;min-width:0}
.person p{min-width:0}
.person strong{display:block;font-weight:650}
.face{display:grid;place-items:center;flex:none;width:2.75rem;height:2.75rem;border-radius:50%;background:var(--tint);color:var(--on-tint);font-weight:680}
.rows{display:grid;gap:.625rem;margin-top:1.5rem}
.row{display:flex;align-items:center;gap:.875rem;min-height:60px;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.875rem;background:var(--card);color:var(--ink);text-decoration:none;transition:border-color .15s,background-color .15s}
.row strong{display:block;font-weight:620;line-height:1.35}
.row small{display:block;color:var(--soft);font-size:.875rem;line-height:1.4}
.row .grow{flex:1;min-width:0}
.row .go{color:var(--soft)}
a.row:hover{border-color:var(--accent);background:var(--tint)}
a.row:hover small,a.row:hover .go{color:var(--on-tint)}
.flush{margin-top:0}
.asked{flex-wrap:wrap}
.asked .grow{flex:1 1 16rem}
.row.asked form{margin-inline-start:0}
.why{display:block;margin:.375rem 0}
.small{width:auto;justify-self:start;min-height:44px;padding:.375rem .875rem}
.initial{display:grid;place-items:center;flex:none;width:2.5rem;height:2.5rem;border-radius:.75rem;background:var(--tint);color:var(--on-tint);font-weight:680}
.pill{display:inline-block;padding:.0625rem .5rem;border-radius:1rem;background:var(--warn-tint);color:var(--on-warn);font-size:.8125rem;font-weight:560}
.calm{background:var(--tint);color:var(--on-tint)}
.after{margin-top:1.5rem}
.fields{display:grid;gap:.5rem;margin-top:1.5rem}
.fields label{font-weight:620}
.fields .button,.fields .soft+label{margin-top:.75rem}
.input{width:100%;min-height:48px;padding:.625rem .875rem;border:1px solid var(--edge);border-radius:.75rem;background:var(--card);color:var(--ink);font:inherit}
.input[aria-invalid]{border-color:var(--on-stop)}
.digits{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:1.5rem;letter-spacing:.25em;text-align:center}
.complaint{padding:.625rem .875rem;border-radius:.75rem;background:var(--stop-tint);color:var(--on-stop);font-size:.9375rem;margin-bottom:.25rem}
.choices{display:grid;gap:.75rem}
.tiles{display:grid;gap:.75rem;grid-template-columns:repeat(auto-fill,minmax(min(100%,17rem),1fr))}
.tiles li:not(.row){display:grid}
.bar{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:1rem;padding:1rem 1.25rem;border:1px solid var(--line);border-radius:1.25rem;background:var(--card)}
.bar form{flex:1 0 auto}
.letter{display:block;width:100%;height:36rem;border:1px solid var(--line);border-radius:.75rem}
summary{min-height:44px;padding:.5rem 0;cursor:pointer}
pre{margin:0;white-space:pre-wrap}
.foot{padding-bottom:1.25rem;color:var(--soft);font-size:.875rem;text-align:center}
@media (min-width:40rem){.bar form{flex:none}.wide>form>.button,.wide .actions .button{width:auto;justify-self:start}.card{padding:2.5rem 2.25rem}main{padding:2rem 1.25rem}h1{font-size:1.75rem}.foot{padding-bottom:1.75rem}}
@media (prefers-reduced-motion:reduce){*{transition:none}}
@media (forced-colors:active){.button,.row,.card,.input{border-color:ButtonText}}
@media print{body{background:none}.card{box-shadow:none}}
`;
