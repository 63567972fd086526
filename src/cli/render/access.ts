import type { PostSyncReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import type { Result } from "../run-command.ts";
import { formatFailure } from "./changes.ts";
import { failuresOfMeshes, formatMeshes, notesOfMeshes } from "./meshes.ts";
import { formatTable } from "./table.ts";
import { failuresOfDns, formatZones, notesOfDns } from "./zones.ts";

/** Users by cluster, the zones and meshes there, then the kubeconfigs that were written or are there. */
export function formatAccess({ clusters, dns, meshes, kubeconfigs }: PostSyncReport): string {
  const users = clusters.flatMap(({ cluster, users }) =>
    users.map(({ cloud, user, kind, outcome, expires }) => [cluster, cloud, user, kind, outcome, formatDate(expires)]),
  );
  const files = kubeconfigs.map(({ cloud, user, path, action, contexts }) => [
    cloud,
    user,
    action,
    String(contexts.length),
    path,
  ]);
  return [
    formatTable(["CLUSTER", "CLOUD", "USER", "IDENTITY", "CREDENTIAL", "ENDS"], users),
    formatZones(dns),
    formatMeshes(meshes),
    formatTable(["CLOUD", "USER", "ACTION", "CONTEXTS", "KUBECONFIG"], files),
  ]
    .filter((table) => table !== "")
    .join("\n");
}

/** What other programs may know: no credential, not even one that is public. */
export const reportAccess = ({ clusters, applied, dns, meshes, kubeconfigs }: PostSyncReport): object => ({
  clusters: clusters.map(({ users, ...cluster }) => ({
    ...cluster,
    users: users.map(({ credential: _, ...user }) => user),
  })),
  applied,
  dns,
  meshes,
  kubeconfigs,
});

/** A line for each failure, and how the command ends. */
export function failuresOfAccess({
  clusters,
  applied,
  dns,
  meshes,
  kubeconfigs,
}: PostSyncReport): Required<Pick<Result, "failures" | "notes" | "exitCode">> {
  const onClusters = clusters.flatMap(({ cluster, failures, users }) => [
    ...failures.map((failure) => formatFailure(failure, cluster)),
    ...users.flatMap(({ cloud, user, failure }) =>
      failure === undefined ? [] : [formatFailure(failure, cluster, `${cloud}/${user}`)],
    ),
  ]);
  const onAgents = applied.flatMap(({ cluster, isSeen, failures }) =>
    isSeen ? failures.map((failure) => formatFailure(failure, cluster)) : [],
  );
  const onDns = failuresOfDns(dns).filter((failure) => !onClusters.includes(failure));
  const onMeshes = failuresOfMeshes(meshes).filter((failure) => ![...onClusters, ...onDns].includes(failure));
  const unseen = applied.flatMap(({ cluster, isSeen, failures }) =>
    isSeen ? [] : failures.map((failure) => `${formatFailure(failure, cluster)}: delivered, not seen`),
  );
  const orphaned = applied.flatMap(({ cluster, orphaned, unlisted = [] }) => [
    ...orphaned.map((binding) => `${cluster}: ${binding} is of no cloud in dist/ and still gives access; delete it`),
    ...(unlisted.length === 0 ? [] : [`${cluster}: ${unlisted.join(" and ")} could not be listed, ${UNKNOWN}`]),
  ]);
  const here = kubeconfigs.flatMap(({ cloud, user, failure }) =>
    failure === undefined ? [] : [formatFailure(failure, `${cloud}/${user}`)],
  );
  const missing = kubeconfigs.flatMap(({ cloud, user, missingKey }) =>
    missingKey === undefined ? [] : [`${cloud}/${user} brought a request: the private key belongs at ${missingKey}`],
  );
  const exitCode =
    onClusters.length + onAgents.length + onDns.length + onMeshes.length > 0
      ? EXIT.clustersFailed
      : here.length > 0
        ? EXIT.refused
        : EXIT.done;
  return {
    failures: [...onAgents, ...onClusters, ...onDns, ...onMeshes, ...here],
    notes: [...unseen, ...orphaned, ...notesOfDns(dns), ...notesOfMeshes(meshes), ...missing],
    exitCode,
  };
}

const UNKNOWN = "so nobody knows who still has access by a cloud that dist/ does not have; see lcloud roles";

/** `2030-01-31 09:30Z`; empty where there is no end. */
export const formatDate = (date: Date | undefined): string =>
  date === undefined ? "" : `${date.toISOString().slice(0, 16).replace("T", " ")}Z`;
