// The pages of the demonstration's identity provider: who are you, and are you leaving. They look like somebody else's on purpose.
import { html, type SafeHtml } from '../ui/html.ts';
import { renderDemoPage } from './demo-page.ts';
import type { Person } from './people.ts';

function frame(title: string, content: SafeHtml): string {
  return renderDemoPage({
    title: `${title} · Example ID`,
    theme: 'provider',
    body: html`<main class="choose stack">
<p><span class="tag">Example ID</span> <span class="soft">the demonstration’s identity provider</span></p>
${content}
</main>`,
  });
}

/**
 * The login page.
 *
 * @param wantsKey the application asks for a security key
 */
export function renderLogin(uid: string, people: readonly Person[], wantsKey: boolean): string {
  return frame(
    'Who are you?',
    html`<h1>Who are you?</h1>
<p class="soft">${
      wantsKey
        ? 'The page that you want to see asks for a security key. Whoever owns one has a box to tick.'
        : 'There are no passwords here: pick somebody and see what they see.'
    }</p>
<ul class="people">${people.map((person) => renderPerson(uid, person, { wantsKey }))}</ul>`,
  );
}

function renderPerson(uid: string, person: Person, { wantsKey }: { readonly wantsKey: boolean }): SafeHtml {
  return html`<li><form method="post" action="/login/${uid}"><button class="person" type="submit" name="person" value="${person.id}"><span class="face" aria-hidden="true">${person.name.slice(0, 1)}</span><span><strong>${person.name}, ${person.role}</strong><span class="soft">${person.email}</span></span></button>${
    person.hasSecurityKey &&
    html`<label class="key"><input type="checkbox" name="key" value="yes"${wantsKey && html` checked`}><span>Use my security key</span></label>`
  }</form></li>`;
}

/** The page that asks whether to log out here too. `action` and `token` are the provider's. */
export function renderLogout(action: string, token: string): string {
  return frame(
    'Log out',
    html`<h1>Log out of Example ID too?</h1>
<p class="soft">You have left the applications. While you stay logged in here, coming back takes one click.</p>
<form class="buttons" method="post" action="${action}"><input type="hidden" name="xsrf" value="${token}"><button class="button" type="submit" name="logout" value="yes">Yes, log out</button><button class="button quiet" type="submit">No, stay</button></form>`,
  );
}

/** A page with one sentence: logged out, or something went wrong. */
export function renderNotice(title: string, text: string): string {
  return frame(title, html`<h1>${title}</h1><p class="soft">${text}</p>`);
}
