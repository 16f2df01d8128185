// Issuers that make tokens for whoever has an account there, and which of their claims say whose program it is: without one of them a
// stranger's token would be as good as anybody's.
import { servesStrangers } from '../http/issuers.ts';
import type { ClaimPattern } from '../rules/model/workload.ts';

interface OwnerClaims {
  readonly host: string;
  /** Claims that are the owner, or something of theirs alone, as a whole. */
  readonly whole: readonly string[];
  /** Claims of the form `OWNER/…`. */
  readonly paths: readonly string[];
  /** How `sub` begins where it names the owner; no part of a name is a `*`. */
  readonly subject: RegExp;
  /** What to write, for somebody who wrote nothing. */
  readonly example: string;
}

const known: readonly OwnerClaims[] = [
  // docs.github.com/actions/reference/security/oidc: the subject may be made of other claims, which then stand in it by their names.
  {
    host: 'token.actions.githubusercontent.com',
    whole: ['repository_owner_id', 'repository_owner', 'repository_id', 'enterprise_id', 'enterprise'],
    paths: ['repository'],
    subject:
      /^(?:(?:repo|repository):[^/:*]+\/|(?:repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):[^:*]+(?::|$))/,
    example: 'claims: { repository_owner_id: 1234567 }',
  },
  // docs.gitlab.com/ci/secrets/id_token_authentication, "Token payload". `user_…` is who started the job, wherever that was.
  {
    host: 'gitlab.com',
    whole: ['namespace_id', 'project_id'],
    paths: ['project_path', 'namespace_path'],
    subject: /^project_path:[^/:*]+\//,
    example: 'claims: { namespace_id: 1234567 }',
  },
  // cloud.google.com/docs/authentication/token-types: of a service account, `sub` is its number and `email` its name.
  {
    host: 'accounts.google.com',
    whole: ['email', 'hd'],
    paths: [],
    subject: /^\d+$/,
    example: 'claims: { email: deployer@project.iam.gserviceaccount.com }',
  },
  // buildkite.com/docs/agent/cli/reference/oidc, "Claims".
  {
    host: 'agent.buildkite.com',
    whole: ['organization_id', 'organization_slug', 'pipeline_id'],
    paths: [],
    subject: /^organization:[^:*]+:/,
    example: 'claims: { organization_slug: acme }',
  },
  // developer.hashicorp.com/terraform/cloud-docs/workspaces/dynamic-provider-credentials/workload-identity-tokens.
  {
    host: 'app.terraform.io',
    whole: ['terraform_organization_id', 'terraform_organization_name', 'terraform_workspace_id'],
    paths: [],
    subject: /^organization:[^:*]+:/,
    example: 'claims: { terraform_organization_name: acme }',
  },
  // vercel.com/docs/oidc/reference.
  {
    host: 'oidc.vercel.com',
    whole: ['owner_id', 'owner', 'project_id'],
    paths: [],
    subject: /^owner:[^:*]+:/,
    example: 'claims: { owner_id: team_abc }',
  },
];

/** Of an issuer that serves strangers and of whose claims nothing is known here. */
const unknownOwners: OwnerClaims = {
  ...{ host: '', whole: [], paths: [], subject: /^[^*]+$/ },
  example: 'subject: the-subject-of-your-program',
};

/**
 * What to write so that an issuer's tokens have an owner; `null` where they have one, or where it does not serve strangers.
 *
 * @param issuer a web address
 * @param patterns what is asked of every token of it
 */
export function missingOwner(issuer: string, patterns: readonly ClaimPattern[]): string | null {
  const host = URL.canParse(issuer) ? new URL(issuer).hostname : '';
  const row = known.find((one) => one.host === host) ?? (servesStrangers(issuer) ? unknownOwners : null);
  if (row === null || patterns.some((pattern) => namesOwner(pattern, row))) return null;
  return row.example;
}

function namesOwner({ path, patterns }: ClaimPattern, row: OwnerClaims): boolean {
  const [name = '', inner] = path;
  if (inner !== undefined || patterns.length === 0) return false;
  if (row.whole.includes(name)) return patterns.every((pattern) => !pattern.includes('*'));
  if (row.paths.includes(name))
    return patterns.every((pattern) => !pattern.includes('*') || /^[^/*]+\//.test(pattern));
  return name === 'sub' && patterns.every((pattern) => row.subject.test(pattern));
}
