// The shape of a rules file: the one source of its types, its JSON Schema and its reference. Its sections are in schema/; what the words
// mean is checked in parse-rules.ts.
import { z } from 'zod';
import { application } from './schema/application-schema.ts';
import { selectorLists, type selectorObject, type timeSelector } from './schema/selector-schema.ts';
import { test } from './schema/test-schema.ts';

const ruleGroup = z.strictObject(selectorLists);

/** The shape of a rules file. */
export const rulesSchema = z
  .strictObject({
    rule_groups: z
      .record(z.string().min(1), ruleGroup)
      .optional()
      .meta({ description: 'Reusable named sets of selectors.' }),
    applications: z.array(application).min(1).optional().meta({ description: 'The protected hosts.' }),
    tests: z.array(test).min(1).optional().meta({
      description: 'Run by `bouncer check` and before every load; a set whose tests fail never goes live.',
    }),
  })
  .meta({ title: 'bouncer rules', description: 'Who may reach which application. See docs/rules.md.' });

/** What a rules file holds once its shape is checked. */
export type RulesFile = z.infer<typeof rulesSchema>;
export type ApplicationEntry = NonNullable<RulesFile['applications']>[number];
export type PolicyEntry = ApplicationEntry['policies'][number];
export type SelectorEntry = PolicyEntry['include'][number];
export type SelectorObject = z.infer<typeof selectorObject>;
export type TimeEntry = z.infer<typeof timeSelector>;
export type TestEntry = NonNullable<RulesFile['tests']>[number];

/** The JSON Schema (2020-12) of a rules file, for editors. */
export function rulesJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(rulesSchema, { io: 'input' }) as Record<string, unknown>;
}
