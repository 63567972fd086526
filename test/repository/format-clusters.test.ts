import { expect, test } from "vitest";
import { formatClusters } from "../../src/repository/format-clusters.ts";

const x509 = 'kubernetes: "1.33", identity: "x509"';
const eks = 'kubernetes: "1.33", platform: "eks", identity: "service-account"';
const arn = "arn:aws:eks:eu-west-1:123456789012:cluster/prod";
const eksctl = "ana@prod.eu-west-1.eksctl.io";

const linesOf = (contexts: readonly string[]) => formatClusters(contexts).split("\n").slice(1, -1);

test.each([
  ["kind-a", `    "kind-a": { ${x509} },`],
  [
    "gke_project_europe-west1-b_stage",
    `    "stage": { ${x509}, access: { context: "gke_project_europe-west1-b_stage" } },`,
  ],
  ["kubernetes-admin@kubernetes", `    "kubernetes": { ${x509}, access: { context: "kubernetes-admin@kubernetes" } },`],
  ["Docker Desktop", `    "docker-desktop": { ${x509}, access: { context: "Docker Desktop" } },`],
  [arn, `    "prod": { ${eks}, access: { context: "${arn}" } },`],
  [eksctl, `    "prod-eu-west-1-eksctl-io": { ${eks}, access: { context: "${eksctl}" } },`],
  [`say "hi"`, `    "say-hi": { ${x509}, access: { context: "say \\"hi\\"" } },`],
])("context %s becomes a cluster with a name of its own", (context, line) => {
  expect(linesOf([context])).toEqual([line]);
});

test("contexts that end alike are named in full", () => {
  const names = linesOf(["gke_p1_z_prod", "gke_p2_z_prod"]).map((line) => /"([^"]+)"/.exec(line)?.[1]);
  expect(names).toEqual(["gke-p1-z-prod", "gke-p2-z-prod"]);
});

test("contexts that no name can be made of, or the same, are refused together", () => {
  expect(() => formatClusters(["a.b", "a-b", "界"])).toThrow(
    expect.objectContaining({
      code: "INVALID",
      faults: [{ path: "--contexts: a-b" }, { path: "--contexts: 界" }].map((fault) => expect.objectContaining(fault)),
    }),
  );
});
