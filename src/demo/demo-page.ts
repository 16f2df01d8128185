// The frame of the pages that are not bouncer's: the identity provider and the sample applications, each with a colour of its own.
import { html, type SafeHtml } from '../ui/html.ts';

export type Theme = 'provider' | 'wiki' | 'photos' | 'git';

const styleSheet = html`
:root{color-scheme:light dark;--page:#f6f6f8;--card:#fff;--ink:#1b1c22;--soft:#565a68;--line:#dcdee6;--edge:#83879a;--accent:#3d4fb3;--on-accent:#fff;--tint:#e8ebfa;--on-tint:#2c3a8c;--good:#0b6b3a;--good-tint:#dff3e6;--bad:#9c2316;--bad-tint:#fbe5e1;--focus:#1a5fd0}
.wiki{--accent:#8a3f0c;--tint:#f8e9dc;--on-tint:#733306;--page:#faf7f3}
.photos{--accent:#8d2a63;--tint:#f9e4ef;--on-tint:#7c2157;--page:#fcf7fa}
.git{--accent:#24527a;--tint:#e0ecf6;--on-tint:#1c4468;--page:#f4f7fa}
@media (prefers-color-scheme:dark){:root{--page:#121319;--card:#1c1e27;--ink:#eceef5;--soft:#a9aec0;--line:#30333f;--edge:#7d8297;--accent:#aab6ff;--on-accent:#151a3d;--tint:#282d4d;--on-tint:#c3cbff;--good:#8fe0b0;--good-tint:#143322;--bad:#ffb4a6;--bad-tint:#42201b;--focus:#8ab8ff}
.wiki{--accent:#f0b487;--on-accent:#3a1a04;--tint:#3d2918;--on-tint:#f6c9a6;--page:#15120f;--card:#1f1b16;--line:#3a332b}
.photos{--accent:#f5a6cf;--on-accent:#45102e;--tint:#40203a;--on-tint:#f9c2de;--page:#161116;--card:#211a20;--line:#3c3039}
.git{--accent:#9ac8f0;--on-accent:#0b2740;--tint:#1a3247;--on-tint:#b5d8f5;--page:#10151a;--card:#18202a;--line:#2b3642}}
*,*::before,*::after{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100dvh;background:var(--page);color:var(--ink);font:1rem/1.6 ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;overflow-wrap:anywhere}
h1,h2,h3,p,ul,ol,dl,dd,form,figure,fieldset{margin:0;padding:0;border:0;min-width:0}
ul,ol{list-style:none}
a{color:var(--accent)}
svg{display:block}
h1{font-size:1.625rem;line-height:1.25;letter-spacing:-.02em;text-wrap:balance}
h2{font-size:1.125rem;line-height:1.35}
:focus-visible{outline:3px solid var(--focus);outline-offset:3px}
[hidden]{display:none!important}
.soft{color:var(--soft)}
.page{display:grid;gap:1.75rem;width:100%;max-width:64rem;margin:0 auto;padding:1.5rem 1.25rem 3rem}
.top{border-bottom:1px solid var(--line);background:var(--card)}
.top>div{display:flex;flex-wrap:wrap;align-items:center;gap:.5rem 1.25rem;width:100%;max-width:64rem;margin:0 auto;padding:.625rem 1.25rem}
.name{display:inline-flex;align-items:center;min-width:44px;min-height:44px;color:var(--ink);font-weight:700;text-decoration:none}
.top nav{display:flex;flex:1;flex-wrap:wrap;gap:.25rem}
.top nav a{display:inline-flex;flex:none;align-items:center;min-width:44px;min-height:44px;padding:0 .75rem;border-radius:.625rem;color:var(--soft);text-decoration:none}
.top nav a:hover{background:var(--tint);color:var(--on-tint)}
.top nav a[aria-current]{color:var(--on-tint);background:var(--tint);font-weight:600}
.who{display:flex;align-items:center;gap:.75rem;margin-inline-start:auto}
.card{padding:1.5rem;border:1px solid var(--line);border-radius:1rem;background:var(--card)}
.card h2 a{display:inline-flex;align-items:center;min-height:44px}
.stack{display:grid;gap:1rem}
.grid{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,18rem),1fr))}
.button{display:inline-flex;align-items:center;justify-content:center;min-height:44px;padding:.5rem 1.125rem;border:1px solid transparent;border-radius:.75rem;background:var(--accent);color:var(--on-accent);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.quiet{border-color:var(--edge);background:transparent;color:var(--ink)}
.quiet:hover{background:var(--tint)}
.tag{display:inline-block;padding:.0625rem .625rem;border-radius:1rem;background:var(--tint);color:var(--on-tint);font-size:.8125rem;font-weight:600}
.good{background:var(--good-tint);color:var(--good)}
.bad{background:var(--bad-tint);color:var(--bad)}
.claims{display:grid;gap:0;font-size:.9375rem}
.claims div{display:grid;grid-template-columns:9rem 1fr;gap:0 1rem;padding:.5rem 0;border-top:1px solid var(--line)}
.claims dt{color:var(--soft)}
code,pre,.code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.875rem}
@media (max-width:40rem){.top nav{order:1;flex-basis:100%}.claims div{grid-template-columns:1fr}}
.choose{width:100%;max-width:30rem;margin:0 auto;padding:3rem 1.25rem}
.people{display:grid;gap:.75rem}
.person{display:flex;align-items:center;gap:.875rem;width:100%;min-height:64px;padding:.75rem 1rem;border:1px solid var(--line);border-radius:.875rem;background:var(--card);color:var(--ink);font:inherit;text-align:start;cursor:pointer}
.person:hover{border-color:var(--accent);background:var(--tint)}
.person strong{display:block;line-height:1.4}
.face{display:grid;place-items:center;flex:none;width:2.75rem;height:2.75rem;border-radius:50%;background:var(--tint);color:var(--on-tint);font-weight:700}
.key{display:flex;align-items:center;gap:.75rem;min-height:44px;padding:0 1rem}
.key input{flex:none;width:1.25rem;height:1.25rem;accent-color:var(--accent)}
.photo{overflow:hidden;border-radius:1rem;border:1px solid var(--line);background:var(--card)}
.photo svg{width:100%;height:auto}
.photo figcaption{padding:.75rem 1rem}
.hero{overflow:hidden;border-radius:1.25rem}
.hero svg{width:100%;height:auto}
.lines{overflow:auto;height:15rem;padding:1rem;border:1px solid var(--line);border-radius:.75rem;background:#10151a;color:#d8e6f2}
.lines li{white-space:pre}
.files{margin-top:.75rem}
.files li{display:flex;justify-content:space-between;gap:1rem;padding:.625rem 0;border-top:1px solid var(--line)}
.files .code{flex:none}
.files .soft{text-align:end}
.buttons{display:flex;flex-wrap:wrap;gap:.75rem}
.rowed{display:flex;flex-wrap:wrap;align-items:center;justify-content:space-between;gap:.75rem}
`;

/** What a page of the demonstration is made of. `body` has the landmarks. */
export interface DemoPage {
  readonly title: string;
  readonly theme: Theme;
  readonly body: SafeHtml;
}

/** A whole HTML document. */
export function renderDemoPage(page: DemoPage): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title}</title>
<link rel="icon" href="data:,">
<style>${styleSheet}</style>
</head>
<body class="${page.theme}">
${page.body}
</body>
</html>
`.toString();
}

/** Header fields of every page of the demonstration. Forms may lead anywhere, because a logout passes three hosts. */
export const demoPageHeaders: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Cache-Control': 'no-store',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'self'; img-src data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'same-origin',
};
