// Whether letters that belong to no login have a way out.
import type { Settings } from './settings.ts';

export function canMail({ smtp, showsMail }: Pick<Settings, 'smtp' | 'showsMail'>): boolean {
  return smtp !== null || showsMail;
}
