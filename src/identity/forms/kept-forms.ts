// Forms that met an ended session: kept, sealed, for the browser that sent them and the person whose session it was. Sending one is the
// gateway's, which decides anew; nothing here reaches an application.
import {
  clearCookie,
  findCookie,
  ownCookieName,
  serializeOwnCookie,
  sessionCookieName,
} from '../../http/cookie-header.ts';
import { schemeOf } from '../../http/origin-of.ts';
import type { CanonicalHost } from '../../http/request-target.ts';
import type { Identity } from '../../rules/model/facts.ts';
import type { Settings } from '../../settings/settings.ts';
import { isRecord } from '../../source/is-record.ts';
import type { EndedToken, FormBounds, FoundForm, StoredForm } from '../../store/form-store.ts';
import { sealingKeyOf } from '../../store/sealing-key.ts';
import type { Store } from '../../store/store.ts';
import { createToken, hashToken, isTokenShaped } from '../opaque-token.ts';
import { createSealer, type Sealer } from '../sealer.ts';

/** The page on an application's host that offers to send it. */
export const formPath = '/.bouncer/form';

/** How long one is kept, milliseconds: a login by mail, and lunch. */
export const formKeptMs = 3_600_000;

/** In all, and of one person. */
export const formBounds: FormBounds = { perPerson: 4, total: 1_000, totalBytes: 64 * 1024 ** 2 };

/** Where a form was going. */
export interface FormHead {
  /** The name of the application that it was for. */
  readonly application: string;
  /** Path and query as the browser sent them. */
  readonly target: string;
  readonly contentType: string;
  readonly contentLength: number;
  /** The page that it stood on, as the browser said; `null`: it did not. */
  readonly referer: string | null;
}

/** A form that is there. Times in milliseconds since the epoch. */
export interface KeptForm extends FormHead {
  readonly key: string;
  readonly host: string;
  readonly idp: string;
  readonly sub: string;
  readonly loginId: string;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** What a browser sent. */
export interface SentForm {
  readonly head: FormHead;
  readonly body: Uint8Array;
}

/** One that was taken out, and how to put it back where it was not sent after all. */
export interface TakenForm {
  readonly body: Uint8Array<ArrayBuffer>;
  /** Never rejects. */
  putBack(nowMs: number): Promise<void>;
}

/** Every method rejects with BouncerError `store_unavailable` when the store cannot be read or written. */
export interface KeptForms {
  /** Whose session it was whose token a browser sends that is nobody's any more; `null`: none that is known to have ended on this host. */
  findFormer(cookie: string | undefined, host: CanonicalHost): Promise<EndedToken | null>;
  /** @returns the `Set-Cookie` value by which the browser has it; `null`: there is no room, or no place for so long an address */
  keep(former: EndedToken, form: SentForm, nowMs: number): Promise<string | null>;
  /** What this browser has on this host; `null`: nothing (any more). */
  find(cookie: string | undefined, host: CanonicalHost, nowMs: number): Promise<KeptForm | null>;
  /** To exactly one caller; `null`: it was taken, or went to make room. */
  take(form: KeptForm, nowMs: number): Promise<TakenForm | null>;
  /** False when it was gone already. */
  drop(form: KeptForm): Promise<boolean>;
  /** The `Set-Cookie` value with which the browser forgets. */
  forget(): string;
}

/** Whether it is theirs: the person of the same provider whose session had ended. */
export function isFormOf({ idp, sub }: Pick<KeptForm, 'idp' | 'sub'>, identity: Identity): boolean {
  return identity.idp === idp && identity.sub === sub;
}

export function createKeptForms(parts: {
  readonly store: Pick<Store, 'forms' | 'secrets'>;
  readonly settings: () => Settings;
}): KeptForms {
  const { forms, secrets } = parts.store;
  let sealer: Sealer | null = null;
  const sealing = async (): Promise<Sealer> => {
    sealer ??= createSealer(await sealingKeyOf(secrets));
    return sealer;
  };
  const scheme = () => schemeOf(parts.settings());
  const cookieName = () => ownCookieName('form', scheme());
  return {
    async findFormer(cookie, host) {
      const token = findCookie(cookie, sessionCookieName(scheme()));
      if (token === null || !isTokenShaped(token)) return null;
      const ended = await forms.findEndedToken(hashToken(token));
      return ended?.host === host ? ended : null;
    },
    async keep(former, { head, body }, nowMs) {
      const token = createToken();
      const { loginId, host, idp, sub, email } = former;
      const key = hashToken(token);
      const by = await sealing();
      const form: StoredForm = {
        ...{ key, loginId, host, idp, sub, email, createdAtMs: nowMs, expiresAtMs: nowMs + formKeptMs },
        head: by.seal('kept-form', head, [key, host]),
        body: by.sealBytes('kept-form-body', body, [key, host]),
      };
      if (by.open('kept-form', form.head, [key, host]) === undefined) return null;
      if (!(await forms.keepForm(form, formBounds, nowMs))) return null;
      return serializeOwnCookie(cookieName(), token, scheme(), formKeptMs / 1000);
    },
    async find(cookie, host, nowMs) {
      const token = findCookie(cookie, cookieName());
      if (token === null || !isTokenShaped(token)) return null;
      const found = await forms.findForm(hashToken(token), nowMs);
      return found === null || found.host !== host ? null : openForm(await sealing(), found);
    },
    async take({ key, host }, nowMs) {
      const stored = await forms.takeForm(key, nowMs);
      if (stored === null) return null;
      const body = (await sealing()).openBytes('kept-form-body', stored.body, [key, host]);
      return body === undefined ? null : { body, putBack: (atMs) => putBack(forms, stored, atMs) };
    },
    drop: async ({ key }) => forms.removeForm(key),
    forget: () => clearCookie(cookieName(), scheme()),
  };
}

async function putBack(forms: Store['forms'], form: StoredForm, nowMs: number): Promise<void> {
  try {
    await forms.keepForm(form, formBounds, nowMs);
  } catch {
    // The store has an event of its own, and the person is told that nothing is kept.
  }
}

function openForm(sealer: Sealer, found: FoundForm): KeptForm | null {
  const { key, host, idp, sub, loginId, createdAtMs, expiresAtMs } = found;
  const head = checkHead(sealer.open('kept-form', found.head, [key, host]));
  return head === null ? null : { ...head, key, host, idp, sub, loginId, createdAtMs, expiresAtMs };
}

function checkHead(value: unknown): FormHead | null {
  if (!isRecord(value)) return null;
  const { application, target, contentType, contentLength, referer } = value;
  return typeof application === 'string' &&
    typeof target === 'string' &&
    typeof contentType === 'string' &&
    typeof contentLength === 'number'
    ? {
        ...{ application, target, contentType, contentLength },
        referer: typeof referer === 'string' ? referer : null,
      }
    : null;
}
