// The people of the demonstration, as its identity provider knows them.

export interface Person {
  readonly id: string;
  readonly name: string;
  /** Who they are, in a few words. */
  readonly role: string;
  readonly email: string;
  readonly groups: readonly string[];
  /** Owns a security key and may use it at the login page. */
  readonly hasSecurityKey: boolean;
}

export const people: readonly Person[] = [
  {
    id: 'erin',
    name: 'Erin',
    role: 'engineer',
    email: 'erin@example.com',
    groups: ['engineering'],
    hasSecurityKey: false,
  },
  {
    id: 'ada',
    name: 'Ada',
    role: 'administrator',
    email: 'ada@example.com',
    groups: ['engineering', 'admins'],
    hasSecurityKey: true,
  },
  { id: 'mom', name: 'Mom', role: 'family', email: 'mom@family.example', groups: [], hasSecurityKey: false },
  {
    id: 'sam',
    name: 'Sam',
    role: 'stranger',
    email: 'sam@elsewhere.example',
    groups: [],
    hasSecurityKey: false,
  },
];
