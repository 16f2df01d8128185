// `/.bouncer/mail` on `auth_url`: the mail of a try on one machine. Everywhere else there is no such page.
import { isSaidToBeFar } from '../http/client-address.ts';
import { isLoopbackHost } from '../http/loopback-host.ts';
import type { KeptLetter } from '../mail/mailbox.ts';
import type { Endpoint } from './endpoint.ts';
import { renderMail } from './mail-page.ts';
import { ownRefusal } from './own-refusal.ts';
import { letterHeaders, mailHeaders } from './page-headers.ts';

export const mail: Endpoint = {
  GET: (context, { mailbox }) => {
    const { ip, query } = context.visit;
    // A listener that only this machine reaches may still be led out of it, by a tunnel, which need not be a trusted proxy.
    const isNear = ip !== null && isLoopbackHost(ip) && !isSaidToBeFar(context.request.rawHeaders);
    if (mailbox === null || !isNear) return ownRefusal(context, 'no-such-page');
    const wanted = /^\?(?:letter|html)=([1-9][0-9]{0,8})$/.exec(query)?.[1];
    const letters = mailbox.letters();
    const letter = findLetter(letters, wanted);
    if (query.startsWith('?html='))
      return letter === null
        ? ownRefusal(context, 'no-such-page')
        : { kind: 'page', status: 200, body: letter.html, headers: letterHeaders };
    return {
      kind: 'page',
      status: 200,
      body: renderMail({ letters, shown: letter }, context),
      headers: mailHeaders(context.settings),
    };
  },
};

/** @param wanted its number; `undefined`: the newest */
function findLetter(letters: readonly KeptLetter[], wanted: string | undefined): KeptLetter | null {
  const found = wanted === undefined ? letters[0] : letters.find(({ number }) => number === Number(wanted));
  return found ?? null;
}
