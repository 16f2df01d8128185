// A kept form and an ended token as rows of either store, both ways, and which forms make room for a further one.
import type { EndedToken, FormBounds, FoundForm, ListedForm, StoredForm } from './form-store.ts';
import { type Row, textOrNull } from './row.ts';

/** Without the body, which is last in {@link formValues}. */
export const foundColumns = 'key, login_id, host, idp, sub, email, head, created_at, expires_at';
export const formColumns = `${foundColumns}, size_bytes, body`;

export function formValues(form: StoredForm): readonly (string | number | null | Uint8Array)[] {
  return [
    form.key,
    form.loginId,
    form.host,
    form.idp,
    form.sub,
    form.email,
    form.head,
    form.createdAtMs,
    form.expiresAtMs,
    sizeOf(form),
    form.body,
  ];
}

/** What it takes of the bounds, bytes. */
function sizeOf({ head, body }: StoredForm): number {
  return head.length + body.length;
}

export function toFoundForm(row: Row): FoundForm {
  return {
    key: String(row['key']),
    loginId: String(row['login_id']),
    host: String(row['host']),
    idp: String(row['idp']),
    sub: String(row['sub']),
    email: textOrNull(row['email']),
    head: String(row['head']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
  };
}

/** A body that somebody else wrote into the row opens as nothing. */
export function toStoredForm(row: Row): StoredForm {
  const { body } = row;
  return {
    ...toFoundForm(row),
    body: body instanceof Uint8Array ? new Uint8Array(body) : new Uint8Array(),
  };
}

export function toListedForm(row: Row): ListedForm {
  return {
    host: String(row['host']),
    sizeBytes: Number(row['size_bytes']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
  };
}

export function toEndedToken(row: Row): EndedToken {
  return {
    loginId: String(row['login_id']),
    host: String(row['host']),
    idp: String(row['idp']),
    sub: String(row['sub']),
    email: textOrNull(row['email']),
    endedAtMs: Number(row['ended_at']),
  };
}

/**
 * Which forms go so that a further one may be kept.
 *
 * @param own those of its login or its person that have not expired, newest first, with `key`, `login_id` and `size_bytes`
 * @param all `n` and `bytes` of everything that has not expired
 * @returns their keys; `null`: there is no room even so
 */
export function makeRoom(
  form: StoredForm,
  { perPerson, total, totalBytes }: FormBounds,
  own: readonly Row[],
  all: Row | undefined,
): readonly string[] | null {
  const replaced = own.filter((row) => row['login_id'] === form.loginId);
  const others = own.filter((row) => row['login_id'] !== form.loginId);
  const gone = [...replaced, ...others.slice(Math.max(0, perPerson - 1))];
  const goneBytes = gone.reduce((sum, row) => sum + Number(row['size_bytes']), 0);
  const fits =
    Number(all?.['n']) - gone.length < total &&
    Number(all?.['bytes']) - goneBytes + sizeOf(form) <= totalBytes;
  return fits ? gone.map((row) => String(row['key'])) : null;
}
