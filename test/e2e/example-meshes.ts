import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { applyManifests, mergePatch } from "../lab/api.ts";
import type { GatewayAddresses } from "./mesh-delivery.ts";
import { MESH_CLUSTERS, type MeshCluster, type MeshFleet } from "./mesh-fleet.ts";

export const EXAMPLE_CLOUDS = ["storefront", "payments", "data-ml", "platform-ci", "contractor-acme"] as const;

export type ExampleCloud = (typeof EXAMPLE_CLOUDS)[number];

/** Port of the gateways of storefront, whose nodes have other ones, and of payments. */
export const GATEWAY_PORTS = { storefront: 15_444, payments: 15_445 } as const;

/** Where gateways are: of storefront the nodes, of payments external IPs; load balancers have the others. */
export const GATEWAYS = {
  m1: {
    storefront: "203.0.113.11",
    payments: "192.0.2.12",
    "data-ml": "203.0.113.13",
    "platform-ci": "203.0.113.14",
    "contractor-acme": "203.0.113.15",
  },
  m2: { storefront: "203.0.113.21", payments: "192.0.2.22" },
} as const satisfies GatewayAddresses<ExampleCloud>;

const MESHES: Readonly<Partial<Record<ExampleCloud, string>>> = {
  storefront: `exports: ["web"], gateway: { exposure: "NodePort", nodeSelector: { edge: "yes" }, port: ${GATEWAY_PORTS.storefront} }`,
  payments: `mtls: "permissive", egress: "registry-only", gateway: { port: ${GATEWAY_PORTS.payments} }`,
};

const BALANCED = `gateway: { exposure: "LoadBalancer" }`;

/**
 * Write the example's own clouds, each with a mesh. Namespaces, quota, network and Pod Security are the example's; its
 * users with their permissions and its DNS names are left out.
 *
 * @param quotas - Other quotas, as they are written. @default the example's
 */
export async function writeExampleMeshes(
  { folder, charts }: MeshFleet<ExampleCloud>,
  quotas: Readonly<Partial<Record<ExampleCloud, string>>> = {},
): Promise<void> {
  await writeFile(join(folder, "clouds", "fleet.ts"), fleetFile(charts.url));
  for (const cloud of EXAMPLE_CLOUDS) {
    const text = await readFile(join(import.meta.dirname, "..", "..", "clouds", `${cloud}.ts`), "utf8");
    await writeFile(join(folder, "clouds", `${cloud}.ts`), withMesh(cloud, text, quotas[cloud]));
  }
}

const withMesh = (cloud: ExampleCloud, text: string, quota?: string): string => {
  const clusters = MESH_CLUSTERS.filter((cluster) => cloud in GATEWAYS[cluster]);
  const mesh = `mesh: { mode: "dedicated", ${MESHES[cloud] ?? BALANCED} }`;
  const written = text
    .replace(/^ {4}clusters: .*,$/m, `clusters: ${JSON.stringify(clusters)}, ${mesh},`)
    .replace(/^ {4}permissions: \{[\s\S]*?^ {4}\},$/m, "permissions: {},")
    .replace(/^ {4}users: \{[^}]*\},$/m, "users: {},")
    .replace(/^ {4}dns: .*,$/m, "");
  return quota === undefined ? written : written.replace(/^ {4}quota: .*,$/m, `quota: ${quota},`);
};

/** Add nodes to a cluster: one that the gateway of storefront counts, one that has no address outside, and one that is not chosen. */
export async function addNodes({ lab }: MeshFleet<ExampleCloud>, cluster: MeshCluster): Promise<void> {
  const address = GATEWAYS[cluster].storefront;
  const nodes = [
    { name: "edge", labels: { edge: "yes" }, type: "ExternalIP", address },
    { name: "inside", labels: { edge: "yes" }, type: "InternalIP", address: "10.0.0.9" },
    { name: "other", labels: {}, type: "ExternalIP", address: `${address}9` },
  ];
  for (const { name, labels, type, address } of nodes) {
    await applyManifests(lab.clusters[cluster], [{ apiVersion: "v1", kind: "Node", metadata: { name, labels } }]);
    await mergePatch(lab.clusters[cluster], `/api/v1/nodes/${name}/status`, {
      status: { addresses: [{ type, address }] },
    });
  }
}

const fleetFile = (charts: string): string => `
import { defineFleet } from "logical-clouds";
const cluster = { kubernetes: "1.37", identity: "x509", requesters: [] };
export const fleet = defineFleet({
  mesh: { cni: true, chartRepository: "${charts}" },
  clusters: {
    m1: { ...cluster, mesh: { gateway: { exposure: "externalIPs", addresses: ["${GATEWAYS.m1.payments}"] } } },
    m2: { ...cluster, mesh: { gateway: { exposure: "externalIPs", addresses: ["${GATEWAYS.m2.payments}"] } } },
  },
});
`;
