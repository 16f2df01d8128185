// How a page looks that says why a login cannot go on. Its words are in src/texts, under the same name.
import type { LoginProblem } from '../identity/login/login-step.ts';
import type { IconName } from '../ui/icons.ts';

export interface ProblemLook {
  readonly tone: 'calm' | 'warn' | 'stop';
  readonly icon: IconName;
}

export const problemLooks: Readonly<Record<LoginProblem, ProblemLook>> = {
  'bad-request': { tone: 'warn', icon: 'compass' },
  'unknown-provider': { tone: 'warn', icon: 'compass' },
  expired: { tone: 'calm', icon: 'clock' },
  'already-used': { tone: 'calm', icon: 'check' },
  'other-browser': { tone: 'warn', icon: 'hand' },
  'other-person': { tone: 'warn', icon: 'key' },
  'refused-by-provider': { tone: 'warn', icon: 'door' },
  'provider-unavailable': { tone: 'warn', icon: 'cloud' },
  'provider-answer-invalid': { tone: 'stop', icon: 'hand' },
  'hardware-key-not-confirmed': { tone: 'warn', icon: 'key' },
  'fresh-login-not-confirmed': { tone: 'warn', icon: 'clock' },
  'too-many-tries': { tone: 'warn', icon: 'clock' },
  'logout-expired': { tone: 'warn', icon: 'clock' },
  'person-blocked': { tone: 'stop', icon: 'hand' },
  'too-many-failures': { tone: 'warn', icon: 'clock' },
  'key-answer-invalid': { tone: 'warn', icon: 'key' },
  'key-built-in': { tone: 'warn', icon: 'key' },
  'key-not-bound': { tone: 'warn', icon: 'key' },
  'key-not-known': { tone: 'warn', icon: 'key' },
  'keys-of-another-host': { tone: 'warn', icon: 'key' },
  'key-copied': { tone: 'stop', icon: 'hand' },
  'key-make-refused': { tone: 'stop', icon: 'hand' },
  'key-of-other-make': { tone: 'warn', icon: 'key' },
  'key-question-over': { tone: 'calm', icon: 'clock' },
  'last-key': { tone: 'warn', icon: 'key' },
  'last-passkey': { tone: 'warn', icon: 'key' },
  'key-not-added': { tone: 'warn', icon: 'key' },
  'key-needed-first': { tone: 'warn', icon: 'key' },
  'no-key-enrolled': { tone: 'warn', icon: 'key' },
  'too-many-keys': { tone: 'warn', icon: 'key' },
  'invitation-over': { tone: 'warn', icon: 'clock' },
  'invitation-of-another': { tone: 'warn', icon: 'hand' },
  'passkey-answer-invalid': { tone: 'warn', icon: 'key' },
  'passkey-not-known': { tone: 'warn', icon: 'key' },
  'passkey-over': { tone: 'warn', icon: 'clock' },
  'passkey-invitation-over': { tone: 'warn', icon: 'clock' },
  'store-unavailable': { tone: 'warn', icon: 'cloud' },
};
