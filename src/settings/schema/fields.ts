// The kinds of field that the settings are made of: texts with a check of their own, durations, numbers of bytes.
import { z } from 'zod';
import { checkDuration, type Fault } from '../field-checks.ts';

/** Milliseconds. */
export const second = 1000;
export const minute = 60 * second;
export const day = 24 * 60 * minute;

/** What kind of text a field takes, for the reference page. */
export const textKinds = z.registry<{ readonly kind: string }>();

/**
 * @param check what a text that is not empty has to pass
 * @param kind what the reference page calls it
 */
export function text(check: (value: string) => Fault | null = () => null, kind = 'text') {
  const schema = z
    .string()
    .min(1)
    .superRefine((value, context) => {
      const fault = value === '' ? null : check(value);
      if (fault === null) return;
      const { code, reason, hint } = fault;
      context.addIssue({ code: 'custom', message: reason, params: { code, hint } });
    });
  return schema.register(textKinds, { kind });
}

/** A text such as `15m`. Both ends are milliseconds, and included. */
export function duration(min: number, max: number) {
  return text((value) => checkDuration(value, { min, max }), 'duration').meta({ pattern: '^[0-9]+[smhd]$' });
}

/** A whole number of bytes or of things, both ends included. */
export function bytes(min: number, max: number) {
  return z.int().min(min).max(max);
}
