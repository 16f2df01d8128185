// The family's photos: small drawings in SVG.
import { html, type SafeHtml } from '../../ui/html.ts';

export interface Picture {
  readonly title: string;
  readonly when: string;
  readonly drawing: SafeHtml;
}

const open = (label: string, height: number, content: SafeHtml) =>
  html`<svg viewBox="0 0 400 ${height}" role="img" aria-label="${label}" preserveAspectRatio="xMidYMid slice">${content}</svg>`;

export const pictures: readonly Picture[] = [
  {
    title: 'Last evening at the lake',
    when: 'August 30',
    drawing: open(
      'The sun sets behind hills, and the lake mirrors it',
      180,
      html`<defs><linearGradient id="dusk" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#3b2a63"/><stop offset=".45" stop-color="#c4577a"/><stop offset=".8" stop-color="#f6a55c"/><stop offset="1" stop-color="#fbd58a"/></linearGradient><linearGradient id="lake" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e98f63"/><stop offset=".5" stop-color="#8a4470"/><stop offset="1" stop-color="#2a2150"/></linearGradient></defs>
<path fill="url(#dusk)" d="M0 0h400v112H0z"/><circle cx="252" cy="98" r="24" fill="#fff1c4"/><path fill="#5b3a6f" d="M0 92q50-34 104-12 46-30 96 10 60-36 108-4 50-22 92 2v26H0z"/><path fill="#3a2754" d="M0 106q70-24 140-6 80-22 150 2 60-14 110 0v12H0z"/><path fill="url(#lake)" d="M0 112h400v68H0z"/><g fill="#ffe3ab" opacity=".75"><path d="M226 116h52l-4 3h-44z"/><path d="M232 124h42l-6 3h-30z"/><path d="M222 134h58l-9 3h-40z"/><path d="M236 146h34l-7 3h-20z"/></g><g fill="#1d1636"><path d="M70 140h64q-6 14-20 14H88q-14 0-18-14z"/><path d="M98 140V98l26 38z"/></g><g stroke="#1d1636" stroke-width="1.5" fill="none" stroke-linecap="round"><path d="M300 40q6-6 10 0 5-6 11 0M330 54q5-5 8 0 4-5 9 0"/></g>`,
    ),
  },
  {
    title: 'Up on the pass',
    when: 'August 12',
    drawing: open(
      'Snowy mountains under a clear sky',
      260,
      html`<path fill="#bfe3f5" d="M0 0h400v260H0z"/><circle cx="318" cy="58" r="28" fill="#fff6d8"/><path fill="#8fa9c4" d="M-20 200 90 74l60 70 52-46 112 110z"/><path fill="#fff" d="m90 74 30 35-17-2-10 13-12-11-15 8zM202 98l30 28-16-1-12 10-9-9-10 4z"/><path fill="#5f7f96" d="M120 230 262 96l70 66 50-30 40 50v60z"/><path fill="#fff" d="m262 96 36 34-20-2-13 13-12-10-19 7z"/><path fill="#5d8a5f" d="M0 196q90-34 190 4t210-14v74H0z"/><path fill="#3f6b47" d="M0 226q120-30 220 4t180-8v38H0z"/><g fill="#2d5038"><path d="m52 222 12-34 12 34zM84 228l10-28 10 28zM330 226l11-32 11 32z"/></g>`,
    ),
  },
  {
    title: 'Nina is seven',
    when: 'July 21',
    drawing: open(
      'A birthday cake with seven candles and bunting',
      260,
      html`<path fill="#fde7d3" d="M0 0h400v260H0z"/><path d="M-10 26q210 66 420 0" fill="none" stroke="#b98a6a" stroke-width="2"/><g><path fill="#e4572e" d="m30 36 26 6-16 24z"/><path fill="#17a398" d="m92 48 28 4-16 24z"/><path fill="#f3a712" d="m158 56 28 2-14 24z"/><path fill="#a8328a" d="m224 57 28-2-12 26z"/><path fill="#3e7cb1" d="m288 51 28-4-10 26z"/><path fill="#e4572e" d="m346 42 26-6-8 26z"/></g><ellipse cx="200" cy="232" rx="130" ry="14" fill="#e9cdb4"/><path fill="#fff" d="M110 150h180v80H110z"/><path fill="#f08aa5" d="M110 150h180v22q-15 18-30 0-15 20-30 0-15 18-30 0-15 20-30 0-15 18-30 0-15 20-30 0-15 18-30 0z"/><path fill="#f7c6d2" d="M110 196h180v10H110z"/><g fill="#6aa9d8"><path d="M124 118h8v32h-8zM148 118h8v32h-8zM172 118h8v32h-8zM196 118h8v32h-8zM220 118h8v32h-8zM244 118h8v32h-8zM268 118h8v32h-8z"/></g><g fill="#f9b233"><path d="M128 98q8 10 0 18-8-8 0-18zM152 98q8 10 0 18-8-8 0-18zM176 98q8 10 0 18-8-8 0-18zM200 98q8 10 0 18-8-8 0-18zM224 98q8 10 0 18-8-8 0-18zM248 98q8 10 0 18-8-8 0-18zM272 98q8 10 0 18-8-8 0-18z"/></g>`,
    ),
  },
  {
    title: 'Miso has found the window',
    when: 'July 9',
    drawing: open(
      'A cat sleeps on a sunny window sill',
      260,
      html`<path fill="#efe3d6" d="M0 0h400v260H0z"/><path fill="#fff" d="M70 20h260v176H70z"/><path fill="#a9d6ee" d="M82 32h112v152H82zM206 32h112v152H206z"/><path fill="#86bb7a" d="M82 146q60-34 112 0v38H82zM206 138q60-22 112 14v32H206z"/><circle cx="274" cy="74" r="20" fill="#ffeeb0"/><path fill="#fff" d="M54 196h292v16H54z"/><path fill="#d9c6b0" d="M54 212h292v6H54z"/><g fill="#4b4453"><path d="M118 196q-6-46 54-50 66-6 92 22 16 18 4 28z"/><circle cx="138" cy="172" r="24"/><path d="m118 160-2-24 20 12zM150 150l16-14 2 24z"/><path d="M262 190q34 2 40-20 2-10 10-8 8 4 2 18-12 22-52 18z"/></g><g stroke="#efe3d6" stroke-width="2.5" fill="none" stroke-linecap="round"><path d="M126 172q5 4 10 0M142 172q5 4 10 0M138 180v3"/></g>`,
    ),
  },
  {
    title: 'The garden, finally',
    when: 'June 27',
    drawing: open(
      'Tall flowers in front of a small house',
      260,
      html`<path fill="#d4eef0" d="M0 0h400v260H0z"/><path fill="#f7f1e4" d="M150 92h130v110H150z"/><path fill="#b4533c" d="m136 96 79-56 79 56z"/><path fill="#7a5a44" d="M200 144h34v58h-34z"/><path fill="#9bc9dd" d="M162 112h26v26h-26zM246 112h26v26h-26z"/><path fill="#7fb26b" d="M0 196q200-24 400 0v64H0z"/><path fill="#5c9450" d="M0 222q200-20 400 0v38H0z"/><g stroke="#3c6e3a" stroke-width="4" stroke-linecap="round"><path d="M46 250v-74M88 250v-52M126 250v-36M290 250v-44M326 250v-70M364 250v-50"/></g><g fill="#f0a72c"><circle cx="46" cy="170" r="20"/><circle cx="326" cy="174" r="20"/></g><g fill="#6b3e1d"><circle cx="46" cy="170" r="9"/><circle cx="326" cy="174" r="9"/></g><g fill="#d8487b"><circle cx="88" cy="192" r="14"/><circle cx="364" cy="194" r="14"/></g><g fill="#8b5cc7"><circle cx="126" cy="208" r="12"/><circle cx="290" cy="202" r="12"/></g><g fill="#fff"><circle cx="88" cy="192" r="5"/><circle cx="364" cy="194" r="5"/><circle cx="126" cy="208" r="4"/><circle cx="290" cy="202" r="4"/></g>`,
    ),
  },
  {
    title: 'Night train home',
    when: 'September 2',
    drawing: open(
      'A lit train crosses a viaduct under the moon',
      260,
      html`<path fill="#16213e" d="M0 0h400v260H0z"/><g fill="#fff"><circle cx="40" cy="36" r="1.5"/><circle cx="96" cy="68" r="1.2"/><circle cx="150" cy="28" r="1.6"/><circle cx="210" cy="60" r="1.2"/><circle cx="246" cy="24" r="1.5"/><circle cx="372" cy="90" r="1.4"/><circle cx="28" cy="104" r="1.2"/></g><circle cx="318" cy="56" r="26" fill="#f4efd9"/><circle cx="328" cy="50" r="22" fill="#16213e"/><path fill="#22335c" d="M0 170q80-52 160-10 90-48 240 6v94H0z"/><path fill="#0f1830" d="M0 176h400v16H0zM20 192h22v68H20zM108 192h22v68h-22zM196 192h22v68h-22zM284 192h22v68h-22zM372 192h22v68h-22z"/><path fill="#c8443a" d="M30 138h98v38H30zM134 138h98v38h-98zM238 138h86q30 4 36 38H238z"/><g fill="#ffe39a"><path d="M40 146h16v14H40zM62 146h16v14H62zM84 146h16v14H84zM106 146h14v14h-14zM144 146h16v14h-16zM166 146h16v14h-16zM188 146h16v14h-16zM210 146h14v14h-14zM248 146h16v14h-16zM270 146h16v14h-16zM292 146h16v14h-16zM318 148h14q8 2 10 12h-24z"/></g>`,
    ),
  },
  {
    title: 'Sunday bread',
    when: 'June 14',
    drawing: open(
      'A loaf, a cup and a striped cloth on a table',
      260,
      html`<path fill="#f3ead9" d="M0 0h400v150H0z"/><path fill="#c89b6d" d="M0 150h400v110H0z"/><path fill="#b78757" d="M0 186h400v3H0zM0 224h400v3H0z"/><path fill="#fff" d="m20 166 150-8 22 84-160 10z"/><path fill="#6c8fb5" d="m28 180 148-9 2 8-148 9zM34 204l148-9 2 8-148 9zM40 228l148-9 2 8-148 9z"/><path fill="#a3622a" d="M60 196q-10-66 70-76 84-6 96 54 4 30-24 32H80q-16 0-20-10z"/><path fill="#c98443" d="M74 182q0-44 56-50 64-4 78 38-60-14-134 12z"/><g stroke="#f1d4a8" stroke-width="5" stroke-linecap="round" fill="none"><path d="m104 142 18 24M136 134l16 24M168 136l14 22"/></g><path fill="#fff" d="M276 138h76v52q0 24-24 24h-28q-24 0-24-24z"/><path d="M352 152h10q14 2 14 18t-24 18" fill="none" stroke="#fff" stroke-width="8"/><ellipse cx="314" cy="140" rx="38" ry="9" fill="#5c3a21"/><g stroke="#d9cdb8" stroke-width="4" stroke-linecap="round" fill="none"><path d="M300 118q-8-12 0-22t0-22M326 118q-8-12 0-22t0-22"/></g>`,
    ),
  },
];
