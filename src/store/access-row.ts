// Requests and grants as rows of either store, both ways: their tables have the same columns.
import type { AskOutcome, RequestBounds, StoredGrant, StoredRequest } from './access-store.ts';
import { type Row, textOrNull } from './row.ts';

/** In the order of {@link requestValues}. */
export const requestColumns = [
  'id',
  'application',
  'area',
  'idp',
  'sub',
  'email',
  'name',
  'purpose',
  'duration',
  'language',
  'created_at',
  'expires_at',
] as const;

/** In the order of {@link grantValues}. */
export const grantColumns = [
  'id',
  'application',
  'area',
  'email',
  'idp',
  'sub',
  'granted_by',
  'reason',
  'created_at',
  'ends_at',
] as const;

export function requestValues(request: StoredRequest): readonly (string | number | null)[] {
  return [
    request.id,
    request.application,
    request.area,
    request.idp,
    request.sub,
    request.email,
    request.name,
    request.purpose,
    request.durationMs,
    request.language,
    request.createdAtMs,
    request.expiresAtMs,
  ];
}

export function grantValues(grant: StoredGrant): readonly (string | number | null)[] {
  return [
    grant.id,
    grant.application,
    grant.area,
    grant.email,
    grant.subject?.idp ?? null,
    grant.subject?.sub ?? null,
    grant.grantedBy,
    grant.reason,
    grant.createdAtMs,
    grant.endsAtMs,
  ];
}

export function toRequest(row: Row): StoredRequest {
  return {
    id: String(row['id']),
    application: String(row['application']),
    area: textOrNull(row['area']),
    idp: String(row['idp']),
    sub: String(row['sub']),
    email: String(row['email']),
    name: textOrNull(row['name']),
    purpose: String(row['purpose']),
    durationMs: Number(row['duration']),
    language: String(row['language']),
    createdAtMs: Number(row['created_at']),
    expiresAtMs: Number(row['expires_at']),
  };
}

export function toGrant(row: Row): StoredGrant {
  const [idp, sub] = [textOrNull(row['idp']), textOrNull(row['sub'])];
  return {
    id: String(row['id']),
    application: String(row['application']),
    area: textOrNull(row['area']),
    email: String(row['email']),
    subject: idp === null || sub === null ? null : { idp, sub },
    grantedBy: String(row['granted_by']),
    reason: String(row['reason']),
    createdAtMs: Number(row['created_at']),
    endsAtMs: Number(row['ends_at']),
  };
}

/**
 * Whether a further request may be open.
 *
 * @param own the applications of the person's open requests
 * @param total how many are open in all
 */
export function askOutcome(
  { application }: StoredRequest,
  bounds: RequestBounds,
  own: readonly Row[],
  total: number,
): AskOutcome {
  if (own.some((row) => row['application'] === application)) return 'open';
  return own.length >= bounds.perPerson || total >= bounds.total ? 'full' : 'asked';
}
