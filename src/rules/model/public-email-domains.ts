// Domains in which anybody can have an address: what is said of such a domain is true of everybody. The large ones only; it
// guards against slips, and no decision rests on it.

const publicDomains = new Set(
  `gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com mac.com aol.com
proton.me protonmail.com pm.me gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.com zoho.com
fastmail.com hey.com tutanota.com tuta.com mail.ru yandex.ru yandex.com rambler.ru qq.com 163.com 126.com sina.com foxmail.com
naver.com daum.net hanmail.net orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it sapo.pt uol.com.br
bol.com.br terra.com.br wp.pl o2.pl onet.pl interia.pl seznam.cz rediffmail.com btinternet.com sky.com comcast.net
verizon.net att.net hotmail.co.uk yahoo.co.uk yahoo.co.jp outlook.de hotmail.fr hotmail.de live.co.uk duck.com`.split(
    /\s+/,
  ),
);

/** @param domain in lower case */
export function isPublicEmailDomain(domain: string): boolean {
  return publicDomains.has(domain);
}
