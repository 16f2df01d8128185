// Every event that has a line of its own in the log, in one table: level, fields, what it means, and whether somebody must look.
// Names and fields are stable: people alert on them. The types of the fields, the page for operators and the log come from here.
// The rows are in `events/`, by what they are about.
import { access } from './events/access.ts';
import { configuration } from './events/configuration.ts';
import type { EventRow, Kinds, Level } from './events/event-row.ts';
import { logins } from './events/logins.ts';
import { outside } from './events/outside.ts';
import { programs } from './events/programs.ts';
import { running } from './events/running.ts';
import { sessions } from './events/sessions.ts';
import { shares } from './events/shares.ts';
import { trouble } from './events/trouble.ts';
import { tunnels } from './events/tunnels.ts';

export type { Level };

/** Every event by its name. */
export const events = {
  ...running,
  ...logins,
  ...sessions,
  ...access,
  ...configuration,
  ...tunnels,
  ...shares,
  ...programs,
  ...outside,
  ...trouble,
} as const;

export type EventName = keyof typeof events;

type FieldsIn<Table> = {
  readonly [Key in keyof Table as Key extends `${string}?` ? never : Key]: Kinds[Table[Key] & keyof Kinds];
} & {
  readonly [Key in keyof Table as Key extends `${infer Name}?` ? Name : never]?: Kinds[Table[Key] &
    keyof Kinds];
};

/** What an event says; every field in its own type. */
export type FieldsOf<Name extends EventName> = FieldsIn<(typeof events)[Name]['fields']>;

/** What any event may say. */
export type EventFields = Readonly<Record<string, Kinds[keyof Kinds]>>;

/** The level of one event: its row's, unless what it says makes it another. */
export function levelOf(name: EventName, fields: EventFields): Level {
  const { level, unless }: EventRow = events[name];
  if (unless === undefined || !Object.hasOwn(fields, unless.field)) return level;
  return unless.is === undefined || fields[unless.field] === unless.is ? unless.level : level;
}
