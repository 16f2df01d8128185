// Where access for a time is asked for and given.

/** On an application's host: where who is refused asks. */
export const accessPath = '/.bouncer/access';

/** On `auth_url`: where approvers decide. */
export const approvalsPath = '/.bouncer/approvals';
