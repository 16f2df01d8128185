// A family's photo page. The pictures are drawn, so that the demonstration needs no file and no network.
import { html, type SafeHtml } from '../../ui/html.ts';
import { type AppAnswer, appPage, notFound, type RunningApp, startApp, type Visitor } from './app-server.ts';
import { pictures } from './pictures.ts';

const links = [{ path: '/', label: 'All photos' }];

/** Start the photo page. `issuer` is bouncer's `auth_url`. */
export function startPhotos(issuer: string): Promise<RunningApp> {
  return startApp(issuer, 'photos', respond);
}

function respond(path: string, visitor: Visitor): AppAnswer {
  const frame = { theme: 'photos', name: 'Our photos', links, path, visitor } as const;
  if (path === '/') return appPage({ ...frame, title: 'All photos', main: renderAlbum(visitor) });
  return notFound(frame);
}

function renderAlbum(visitor: Visitor): SafeHtml {
  const [first, ...others] = pictures;
  return html`<div class="stack"><h1>Our summer</h1><p class="soft">${pictures.length} photos, for the family and a few friends. Good to see you${typeof visitor?.name === 'string' && html`, ${visitor.name}`}.</p></div>
${first !== undefined && html`<figure class="photo hero">${first.drawing}<figcaption><strong>${first.title}</strong><br><span class="soft">${first.when}</span></figcaption></figure>`}
<div class="grid">${others.map(
    (picture) =>
      html`<figure class="photo">${picture.drawing}<figcaption><strong>${picture.title}</strong><br><span class="soft">${picture.when}</span></figcaption></figure>`,
  )}</div>`;
}
