// Which logins a selection means, said once to a database and once of a login at hand: the two must mean the same.
import type { LoginSelection, StoredLogin } from './session-store.ts';

/** The condition on the table `login`, with its values `?1`, `?2` and so on. */
export function selectionSql(
  selection: LoginSelection,
): readonly [condition: string, values: readonly string[]] {
  switch (selection.by) {
    case 'id':
      return ['id = ?1', [selection.id]];
    case 'email':
      return ['email = ?1', [selection.email]];
    case 'subject':
      return ['idp = ?1 AND sub = ?2', [selection.idp, selection.sub]];
    case 'provider-session':
      return selection.sub === null
        ? ['idp = ?1 AND provider_sid = ?2 AND vouched_at IS NULL', [selection.idp, selection.sid]]
        : [
            'idp = ?1 AND sub = ?2 AND (provider_sid = ?3 OR provider_sid IS NULL) AND vouched_at IS NULL',
            [selection.idp, selection.sub, selection.sid],
          ];
    case 'all':
      return ['TRUE', []];
    default:
      return selection satisfies never;
  }
}

export function isSelected(login: StoredLogin, selection: LoginSelection): boolean {
  const { identity } = login;
  switch (selection.by) {
    case 'id':
      return login.id === selection.id;
    case 'email':
      return identity.email === selection.email;
    case 'subject':
      return identity.idp === selection.idp && identity.sub === selection.sub;
    case 'provider-session':
      return (
        login.vouchedAtMs === null &&
        identity.idp === selection.idp &&
        (selection.sub === null
          ? login.providerSid === selection.sid
          : identity.sub === selection.sub && (login.providerSid ?? selection.sid) === selection.sid)
      );
    case 'all':
      return true;
    default:
      return selection satisfies never;
  }
}
