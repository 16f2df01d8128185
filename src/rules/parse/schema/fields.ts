// The kinds of field that rules are made of: texts that are not empty, durations.
import { z } from 'zod';

export const text = z.string().min(1);
export const texts = z.union([text, z.array(text).min(1)]);
export const duration = text.meta({
  description: 'A whole number and a unit.',
  examples: ['90s', '15m', '24h', '7d'],
});
