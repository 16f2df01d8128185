// Tells the log, and whom it is about, what operators did from the command line while a process runs or before it started. One of the
// processes on a store tells each act, once.
import type { Letter } from '../../mail/letter.ts';
import type { ActStore } from '../../store/act-store.ts';
import { causeOf } from '../../telemetry/cause-of.ts';
import type { Telemetry } from '../../telemetry/request-record.ts';
import { parsePersonAct, tellPersonAct } from '../person-acts.ts';
import { keyLetter } from './key-letter.ts';
import { parseAct } from './operator-acts.ts';

/** How often the store is asked, milliseconds. */
const lookIntervalMs = 2_000;

export interface ActTellerParts {
  readonly acts: ActStore;
  readonly telemetry: Pick<Telemetry, 'event'>;
  /** Queues a letter, where mail can be sent. */
  readonly tellByMail: (letter: Letter) => void;
  readonly authUrl: () => string;
}

/** Asks at once, and then now and then, until it is closed. */
export function tellActs(parts: ActTellerParts): { close(): Promise<void> } {
  const { telemetry } = parts;
  let isFailing = false;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    try {
      for (const text of await parts.acts.takeActs()) tell(parts, text);
      isFailing = false;
    } catch (error) {
      if (!isFailing) telemetry.event('store_failed', { action: 'tell-acts', ...causeOf(error) });
      isFailing = true;
    }
  };
  const ask = (): void => {
    looking ??= look().finally(() => {
      looking = null;
    });
  };
  ask();
  const timer = setInterval(ask, lookIntervalMs).unref();
  return {
    async close() {
      clearInterval(timer);
      await looking;
    },
  };
}

function tell({ telemetry, tellByMail, authUrl }: ActTellerParts, text: string): void {
  const personAct = parsePersonAct(text);
  if (personAct !== null) {
    tellPersonAct(telemetry, personAct);
    return;
  }
  const act = parseAct(text);
  if (act === null) {
    const cause = 'an operator did something that this version of bouncer has no words for';
    telemetry.event('store_failed', { action: 'tell-acts', cause });
    return;
  }
  const { kind, email, key, label, atMs } = act;
  if (kind === 'passkey_removed') telemetry.event(kind, { by: 'operator', email, key });
  else {
    const { sub, aaguid, isAttested } = act;
    telemetry.event(kind, { by: 'operator', sub, email, key, aaguid, is_attested: isAttested });
  }
  if (email !== null) tellByMail(keyLetter(kind, { email, label, authUrl: authUrl(), atMs, from: null }));
}
