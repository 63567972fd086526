import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import type { PolicyRule } from "../../src/model/policy-rule.ts";
import { waitFor } from "../lab/wait.ts";
import type { Call } from "./planting.ts";

const VERBS: ReadonlySet<string> = new Set(["get", "list", "apply", "create", "replace", "delete"]);

/** The same API server, with something done before each call about a CertificateSigningRequest. */
export function withCalls(api: KubeApi, before: (calls: readonly Call[]) => Promise<void>): KubeApi {
  const calls: Call[] = [];
  return new Proxy(api, {
    get(target, field: keyof KubeApi) {
      const member = Reflect.get(target, field, target);
      if (typeof member !== "function") return member;
      return (...args: readonly { kind?: string }[]) => {
        const answer = (): unknown => Reflect.apply(member, target, args);
        if (!VERBS.has(field) || args[0]?.kind !== "CertificateSigningRequest") return answer();
        calls.push({ verb: field as Call["verb"] });
        return before(calls).then(answer);
      };
    },
  });
}

/** Waits until the API server has learnt of all that some roles allow; it takes some milliseconds. */
export async function waitForRights(holder: KubeApi, roles: readonly Manifest[]): Promise<void> {
  for (const { metadata, ...role } of roles) {
    for (const { apiGroups, resources, verbs, resourceNames = [] } of role["rules"] as readonly PolicyRule[]) {
      const [resource = "", subresource = ""] = resources.join().split("/");
      for (const verb of verbs) {
        const name = resourceNames[0] ?? "";
        const attributes = {
          group: apiGroups.join(),
          resource,
          subresource,
          verb,
          name,
          namespace: metadata.namespace ?? "",
        };
        await waitFor(`right to ${verb} ${resource}`, async () =>
          (await isAllowed(holder, attributes)) ? true : undefined,
        );
      }
    }
  }
}

async function isAllowed(holder: KubeApi, resourceAttributes: object): Promise<boolean> {
  const review = await holder.create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: { name: "" },
    spec: { resourceAttributes },
  });
  return (review["status"] as { allowed?: boolean }).allowed === true;
}

/** Roles with one verb less, a list for each verb. */
export function withOneVerbLess(roles: readonly Manifest[]): readonly { verb: string; roles: readonly Manifest[] }[] {
  return roles.flatMap((role, roleIndex) =>
    (role["rules"] as readonly PolicyRule[]).flatMap((rule, ruleIndex, rules) =>
      rule.verbs.map((verb) => {
        const fewer = { ...rule, verbs: rule.verbs.filter((each) => each !== verb) };
        const kept = rules.with(ruleIndex, fewer).filter(({ verbs }) => verbs.length > 0);
        return { verb: `${verb} ${rule.resources}`, roles: roles.with(roleIndex, { ...role, rules: kept }) };
      }),
    ),
  );
}
