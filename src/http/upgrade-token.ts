// What `Upgrade` asks for (RFC 9110 section 7.8): the one reader, for the listener that hands the socket over and for the gate.

/**
 * The protocol that a request asks to change to, as sent; `null` when it asks for none, or only for HTTP over something else.
 *
 * Other forms of HTTP itself (`h2c`, `TLS/1.0`) may be ignored (RFC 9110 section 7.8): the ordinary answer is the right one, and Java and
 * curl offer them unasked. A choice of several protocols is one text, which no application lists.
 *
 * @param upgrade the value of the field
 * @param connection the value of `Connection`; without `upgrade` among its options the field means nothing
 */
export function upgradeToken(upgrade: string | undefined, connection: string | undefined): string | null {
  if (upgrade === undefined || connection === undefined) return null;
  const text = upgrade.trim();
  if (text === '' || text.split(',').every((token) => isHttp(token.trim()))) return null;
  return connection.split(',').some((option) => option.trim().toLowerCase() === 'upgrade') ? text : null;
}

/** Whether a token names a form of HTTP: nothing is tunnelled by it. */
export function isHttp(token: string): boolean {
  return /^(?:h2c?|(?:HTTP|TLS)(?:\/[0-9.]+)?)$/i.test(token);
}

/** The protocol as a list writes it, `null` when it is not among them. @param upgrade as sent, in any case */
export function listedUpgrade(upgrades: readonly string[], upgrade: string): string | null {
  const wanted = upgrade.toLowerCase();
  return upgrades.find((one) => one.toLowerCase() === wanted) ?? null;
}
