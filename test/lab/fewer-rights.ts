import type { Manifest } from "../../src/model/manifest.ts";
import { isRole, type PolicyRule } from "../../src/model/policy-rule.ts";

/** Roles that lack one right of others. */
export interface FewerRights {
  /** As `Role: delete configmaps by name`. */
  readonly lacking: string;
  readonly roles: readonly Manifest[];
  /** What an API server says to whoever needs just that. */
  readonly refusal: RegExp;
}

/** Roles with one right less: each verb of each rule in turn, and each name of those that have several. */
export function withOneRightLess(roles: readonly Manifest[]): readonly FewerRights[] {
  return roles.flatMap((role, index) => {
    if (!isRole(role)) return [];
    const rules = role["rules"] as readonly PolicyRule[];
    return rules.flatMap((rule, at) =>
      [...withoutVerbs(rule), ...withoutNames(rule)].map(({ lacking, refusal, left }) => ({
        lacking: `${role.kind}: ${lacking}`,
        roles: roles.with(index, { ...role, rules: rules.with(at, left).filter(({ verbs }) => verbs.length > 0) }),
        refusal,
      })),
    );
  });
}

/** A rule that lacks something. */
interface LesserRule extends Pick<FewerRights, "lacking" | "refusal"> {
  readonly left: PolicyRule;
}

const withoutVerbs = (rule: PolicyRule): readonly LesserRule[] =>
  rule.verbs.map((verb) => ({
    lacking: `${verb} ${rule.resources} ${rule.resourceNames === undefined ? "of any name" : "by name"}`,
    refusal: refusalOf(verb, rule),
    left: { ...rule, verbs: rule.verbs.filter((each) => each !== verb) },
  }));

function withoutNames(rule: PolicyRule): readonly LesserRule[] {
  const { resourceNames: names = [], verbs, resources } = rule;
  if (names.length < 2) return [];
  return names.map((name, index) => ({
    lacking: `${verbs} ${resources} by name, ${index + 1} of ${names.length}`,
    refusal: new RegExp(`"${name}" is forbidden|Secret/\\S+/${name} .*you may not`),
    left: { ...rule, resourceNames: names.filter((each) => each !== name) },
  }));
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
      // answers that speak of a Secret are never quoted
      return String(resources) === "secrets"
        ? new RegExp(`Secret.* you may not ${verb} `)
        : new RegExp(`cannot ${verb} resource "${resources}" in API group "${apiGroups}"`);
  }
}
