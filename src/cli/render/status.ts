import { formatRef } from "../../model/ref.ts";
import type { ClusterStatus, ObjectsStatus, TerminationStatus, ZoneState } from "../../model/status.ts";
import type { StatusReport } from "../../pipeline.ts";
import { formatDate } from "./access.ts";
import { unitRows } from "./agent-status.ts";
import { formatFailure } from "./changes.ts";
import { meshAlarms, meshRows } from "./mesh-status.ts";
import { onStderr, printable } from "./style.ts";
import { formatTable } from "./table.ts";

/** Clouds by cluster, then their DNS zones and meshes, those that are led out, what is not as it should be there, then users. */
export function formatStatus({ clusters }: StatusReport): string {
  const clouds = clusters.flatMap(({ cluster, shared, clouds }) => [
    [cluster, "(shared)", ...cellsOf(shared), ""],
    ...clouds.map((cloud) => [cluster, cloud.cloud, ...cellsOf(cloud), String(cloud.users.length)]),
  ]);
  const users = clusters.flatMap(({ cluster, clouds }) =>
    clouds.flatMap(({ cloud, users }) =>
      users.map(({ user, kind, credential, expires }) => [cluster, cloud, user, kind, credential, formatDate(expires)]),
    ),
  );
  return [
    formatTable(["CLUSTER", "CLOUD", "STATE", "DRIFTED", "USERS"], clouds),
    formatTable(["CLUSTER", "CLOUD", "ZONE", "MODE", "DNS", "WHAT"], clusters.flatMap(zones)),
    formatTable(["CLUSTER", "CLOUD", "MESH", "AUTHORITY", "GATEWAY", "CLUSTERS", "WHAT"], clusters.flatMap(meshRows)),
    formatTable(["CLUSTER", "CLOUD", "STEP", "WHAT"], clusters.flatMap(terminations)),
    formatTable(["CLUSTER", "UNIT", "STATE", "REVISION", "MESSAGE"], clusters.flatMap(unitRows)),
    formatTable(["CLUSTER", "OBJECT", "IS", "WHAT"], clusters.flatMap(deviations)),
    formatTable(["CLUSTER", "CLOUD", "USER", "IDENTITY", "CREDENTIAL", "ENDS"], users),
  ]
    .filter((table) => table !== "")
    .join("\n");
}

/** A line for each thing that could not be read. */
export const failuresOfStatus = ({ clusters }: StatusReport): readonly string[] =>
  clusters.flatMap(({ cluster, failures, shared, clouds, requests, agent }) =>
    failures.length > 0
      ? failures.map((failure) => formatFailure(failure, cluster))
      : [
          ...(agent?.failure === undefined ? [] : [formatFailure(agent.failure, cluster)]),
          ...shared.failures.map((failure) => formatFailure(failure, cluster)),
          ...clouds.flatMap(({ cloud, failures }) => failures.map((failure) => formatFailure(failure, cluster, cloud))),
          ...clouds.flatMap(({ cloud, zone }) =>
            (zone?.failures ?? []).map((failure) => formatFailure(failure, cluster, `${cloud} (zone)`)),
          ),
          ...clouds.flatMap(
            ({ cloud, mesh, sharedMesh }) =>
              (mesh ?? sharedMesh)?.failures.map((failure) => formatFailure(failure, cluster, `${cloud} (mesh)`)) ?? [],
          ),
          ...clouds.flatMap(({ cloud, users }) =>
            users.flatMap(({ user, failure }) =>
              failure === undefined ? [] : [formatFailure(failure, cluster, `${cloud}/${user}`)],
            ),
          ),
          ...(requests.kind === "unreadable" ? [formatFailure(requests.failure, cluster)] : []),
        ],
  );

/** Requests with which somebody could pose as a user of ours, and meshes that trust others: to be seen, whatever else is printed. */
export const warningsOfStatus = ({ clusters }: StatusReport): readonly string[] => [
  ...clusters.flatMap(suspicions),
  ...clusters.flatMap(meshAlarms).map((alarm) => `${onStderr("yellow", "warning: mesh:")} ${alarm}`),
];

const suspicions = ({ cluster, requests }: ClusterStatus): readonly string[] =>
  (requests.kind === "listed" ? requests.suspicious : []).map(({ name, requester, isApproved, reasons }) => {
    const state = isApproved ? "approved" : "not approved";
    const what = `CertificateSigningRequest/${name} by ${requester} (${state}): ${reasons.join(", ")}`;
    return `${onStderr("yellow", "warning: suspicious request:")} ${cluster}: ${what}`;
  });

const cellsOf = ({ state, drifted }: ObjectsStatus): readonly string[] => [state, String(drifted.length)];

const zones = ({ cluster, clouds, leftoverZones = [] }: ClusterStatus): readonly (readonly string[])[] => [
  ...clouds.flatMap(({ cloud, zone }) =>
    zone === undefined
      ? []
      : [[cluster, cloud, zone.zone, zone.mode, ZONE_STATES[zone.state], printable(zone.remarks.join("; "))]],
  ),
  ...leftoverZones.map(({ cloud, zone }) => [cluster, cloud, zone, "", "left over", "the next post-sync takes it out"]),
];

const ZONE_STATES: Readonly<Record<ZoneState, string>> = {
  "in-place": "in place",
  missing: "missing",
  changed: "changed",
  overwritten: "overwritten",
  unknown: "unknown",
};

const terminations = ({ cluster, terminations = [] }: ClusterStatus): readonly (readonly string[])[] =>
  terminations.map((each) => [cluster, each.cloud, each.step, describeTermination(each)]);

function describeTermination(status: TerminationStatus): string {
  if (status.step === "leaving") {
    if (status.isWithdrawn === undefined) return "unknown";
    return status.isWithdrawn ? "nobody has access" : "access not yet withdrawn";
  }
  const { namespaces } = status;
  if (namespaces === undefined) return "unknown";
  return namespaces.length === 0 ? "nothing is left" : `left: namespace ${namespaces.join(", ")}`;
}

/** Somebody is in a cluster whom dist/ does not have. */
const NOT_WITHDRAWN = "access not yet withdrawn";

function deviations({ cluster, shared, clouds, leftovers }: ClusterStatus): readonly (readonly string[])[] {
  return [
    ...[shared, ...clouds].flatMap(({ missing, drifted, foreign }) => [
      ...missing.map((ref) => [formatRef(ref), "missing", ""]),
      ...drifted.map(({ ref, fields, access }) =>
        access === undefined
          ? [formatRef(ref), "drifted", fields.join(", ")]
          : [formatRef(ref), NOT_WITHDRAWN, `names ${access.join(", ")}`],
      ),
      ...foreign.map(({ ref, owner }) => [formatRef(ref), "foreign", `belongs to ${owner}`]),
    ]),
    ...leftovers.map(({ ref, cloud, access }) => [
      formatRef(ref),
      access === undefined ? "left over" : NOT_WITHDRAWN,
      [
        ...(cloud === undefined ? [] : [`of cloud ${cloud}`]),
        ...(access === undefined || access.length === 0 ? [] : [`names ${access.join(", ")}`]),
      ].join(", "),
    ]),
  ].map((row) => [cluster, ...row]);
}
