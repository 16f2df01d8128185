// What the demonstration prints at its start: what to open, as whom, and what each of them will see. At most 100 columns.

export interface AnnouncedDemo {
  readonly authUrl: string;
  readonly port: number;
  readonly rulesFile: string;
  /** What shows the tunnel, as it can be typed. */
  readonly listTunnels: string;
  readonly isColored: boolean;
}

const expectations: readonly (readonly string[])[] = [
  ['log in as', 'wiki', 'wiki /admin', 'photos', 'git'],
  ['Erin, engineer', 'opens', 'denied', 'denied', 'opens'],
  ['Ada, administrator', 'opens', 'opens with her key', 'opens', 'opens'],
  ['Mom, family', 'denied', 'denied', 'opens', 'denied'],
  ['Sam, stranger', 'denied', 'denied', 'denied', 'denied'],
];

/** The text, with a line feed at the end of each line. */
export function renderAnnouncement(demo: AnnouncedDemo): string {
  const paint = (code: string) => (text: string) =>
    demo.isColored ? `\u001b[${code}m${text}\u001b[0m` : text;
  const [bold, faint, link, good, bad] = [paint('1'), paint('2'), paint('36'), paint('32'), paint('31')];
  const site = (host: string, path: string, words: string) => {
    const url = `http://${host}.localhost:${demo.port}${path}`;
    return `  ${link(url)}${' '.repeat(Math.max(2, 40 - url.length))}${words}`;
  };
  const lines = [
    '',
    bold('bouncer, all of it on this machine: an identity provider, three applications, four people.'),
    '',
    site('auth', '', 'start here: what you can open, once you are logged in'),
    site('wiki', '', 'a wiki that shows who the signed assertion says you are'),
    site('wiki', '/admin', 'a part of it that asks for a security key'),
    site('wiki', '/public', 'a part of it that is open to everybody'),
    site('photos', '', 'family photos, reached through a tunnel'),
    site('git', '', 'a repository with a live build log over a WebSocket'),
    site('auth', '/.bouncer/mail', 'the mail that bouncer would send: codes for the photos'),
    '',
  ];
  for (const [index, row] of expectations.entries()) {
    const cells = row.map((cell, column) => {
      const padded = cell.padEnd(column === 0 || column === 2 ? 22 : 10);
      if (index === 0) return faint(padded);
      if (column === 0) return padded;
      return cell === 'denied' ? bad(padded) : good(padded);
    });
    lines.push(`  ${cells.join('')}`.trimEnd());
  }
  lines.push(
    '',
    `The rules: ${link(demo.rulesFile)}`,
    'Edit them, save, and load a page again: they count at once. An open build log that they end, ends.',
    `The tunnel: ${link(demo.listTunnels)}`,
    '',
    faint('Below, a line for every request. Ctrl+C stops everything and removes the temporary files.'),
    '',
  );
  return lines.map((line) => `${line}\n`).join('');
}
