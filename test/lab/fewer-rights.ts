import type { Manifest } from "../../src/model/manifest.ts";
import { isRole, type PolicyRule } from "../../src/model/policy-rule.ts";

/** Roles that lack one verb of one rule. */
export interface FewerRights {
  /** As `Role: delete configmaps by name`. */
  readonly lacking: string;
  readonly roles: readonly Manifest[];
  /** What an API server says to whoever needs just that. */
  readonly refusal: RegExp;
}

/** Roles with one verb less: once for each verb of each rule of each role. */
export function withOneVerbLess(roles: readonly Manifest[]): readonly FewerRights[] {
  return roles.flatMap((role, index) =>
    isRole(role) ? lessOf(role).map((less) => ({ ...less, roles: roles.with(index, less.role) })) : [],
  );
}

function lessOf(role: Manifest) {
  const rules = role["rules"] as readonly PolicyRule[];
  return rules.flatMap((rule, index) =>
    rule.verbs.map((verb) => {
      const left = { ...rule, verbs: rule.verbs.filter((each) => each !== verb) };
      return {
        lacking: `${role.kind}: ${verb} ${rule.resources} ${rule.resourceNames === undefined ? "of any name" : "by name"}`,
        role: { ...role, rules: rules.with(index, left).filter(({ verbs }) => verbs.length > 0) },
        refusal: refusalOf(verb, rule),
      };
    }),
  );
}

/** The first three are not asked for by a request itself, but for what it would give away. */
function refusalOf(verb: string, { apiGroups, resources }: PolicyRule): RegExp {
  switch (verb) {
    case "escalate":
      return new RegExp(`${resources}\\.${apiGroups} ".*" is forbidden: user .* attempting to grant RBAC permissions`);
    case "bind":
      return /rolebindings\..* is forbidden: user .* attempting to grant RBAC permissions/;
    case "approve":
      return /user not permitted to approve requests with signerName/;
    default:
      return new RegExp(`cannot ${verb} resource "${resources}" in API group "${apiGroups}"`);
  }
}
