// Which proxy leads to an edge, as `HTTPS_PROXY` and `NO_PROXY` say in the way that curl reads them. Pure.

/** @returns `null`: none @throws TypeError when the variable is not an address */
export function proxyOf(env: Readonly<Record<string, string | undefined>>, host: string): URL | null {
  const text = env['https_proxy'] ?? env['HTTPS_PROXY'] ?? env['all_proxy'] ?? env['ALL_PROXY'] ?? '';
  if (text === '' || isExcepted(env['no_proxy'] ?? env['NO_PROXY'] ?? '', host)) return null;
  const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError('only http and https proxies are spoken to');
  return url;
}

function isExcepted(list: string, host: string): boolean {
  const name = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return list
    .split(/[,\s]+/)
    .map((each) => each.toLowerCase().replace(/^\*?\./, ''))
    .some((each) => each !== '' && (each === '*' || name === each || name.endsWith(`.${each}`)));
}
