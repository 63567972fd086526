import { CloudError } from "../../model/error.ts";
import { USERS_NAMESPACE } from "../../model/labels.ts";
import type { Manifest } from "../../model/manifest.ts";
import { isFields } from "../../model/same-value.ts";
import type { RenderedCluster } from "../../rendered/rendered-cluster.ts";
import { parseRequest } from "../../x509/request.ts";

type Subject = Readonly<Record<string, unknown>>;

/**
 * By what name people know the subjects of bindings on a cluster: a user of a cloud by name and, where it has a
 * certificate, by the first characters of its key, since another key is another identity.
 */
export function nameSubjects(cluster: RenderedCluster): (subject: Subject) => string {
  const users = new Map<string, string>();
  for (const { requests, grants } of cluster.clouds) {
    const groups = new Map(requests.map((request) => [request.metadata.name, groupOf(request)]));
    for (const { name, credential } of grants) {
      if (credential.kind === "x509") {
        const group = groups.get(credential.request);
        if (group !== undefined) users.set(`Group ${group}`, `user ${name} (key ${group.slice(-32, -24)})`);
      } else if (credential.kind === "oidc") users.set(`User ${credential.username}`, `user ${name}`);
      else users.set(`ServiceAccount ${USERS_NAMESPACE}/${credential.serviceAccount}`, `user ${name}`);
    }
  }
  return (subject) => {
    const key = keyOf(subject);
    return users.get(key) ?? key;
  };
}

function keyOf({ kind, name, namespace }: Subject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}

/** The group that a request asks for; none where it cannot be read. */
function groupOf(manifest: Manifest): string | undefined {
  const spec = isFields(manifest["spec"]) ? manifest["spec"] : {};
  try {
    return parseRequest(Buffer.from(String(spec["request"]), "base64").toString()).organization;
  } catch (error) {
    if (!(error instanceof CloudError)) throw error;
    return undefined;
  }
}
