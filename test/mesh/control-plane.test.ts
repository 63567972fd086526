import { expect, test } from "vitest";
import { controlPlane, fluxPlatform } from "../../src/mesh/control-plane.ts";
import { authorityManifest, namespaceManifest, readerManifest } from "../../src/mesh/mesh-namespace.ts";
import { ownValidator } from "../../src/mesh/own-validator.ts";
import { istiodValues } from "../../src/mesh/values.ts";
import { exampleSpec } from "./example-spec.ts";

test("Flux gets a release of the chart, in its own namespace", () => {
  const spec = exampleSpec("shop", { installer: "flux", agentNamespace: "flux-system" });
  const [release, ...more] = controlPlane(spec);
  expect(more).toEqual([]);
  expect(release?.metadata).toMatchObject({ name: "lc-istiod-shop", namespace: "flux-system" });
  expect(release?.["spec"]).toMatchObject({
    releaseName: "istiod-shop",
    targetNamespace: "istio-shop",
    chart: { spec: { chart: "istiod", version: "1.31.1", sourceRef: { kind: "HelmRepository", name: "lc-istio" } } },
    install: { crds: "Skip", createNamespace: false },
    values: istiodValues(spec),
  });
});

test("what Helm knows of a release does not go with the namespace of the mesh", () => {
  const [release] = controlPlane(exampleSpec("shop", { installer: "flux", agentNamespace: "flux-system" }));
  expect(release?.["spec"]).not.toHaveProperty("storageNamespace");
});

test("Flux brings CRDs where they are ours, and always knows where charts are", () => {
  const kindsOf = (crds: "ours" | "theirs") =>
    fluxPlatform("1.31.1", "https://charts.example", "flux-system", crds).map(
      ({ kind, metadata }) => `${kind}/${metadata.name}`,
    );
  expect(kindsOf("ours")).toEqual(["HelmRepository/lc-istio", "HelmRelease/lc-istio-base"]);
  expect(kindsOf("theirs")).toEqual(["HelmRepository/lc-istio"]);
});

test("Sail gets the same values, at the places where it has them", () => {
  const spec = exampleSpec("shop", { installer: "sail" });
  const [istio] = controlPlane(spec);
  const { global, meshConfig, env, volumes } = istiodValues(spec);
  expect(istio?.metadata).toMatchObject({ name: "shop" });
  expect(istio?.metadata).not.toHaveProperty("namespace");
  expect(istio?.["spec"]).toMatchObject({
    namespace: "istio-shop",
    version: "v1.31.1",
    values: { global, meshConfig, pilot: { env, volumes } },
  });
  const { values } = (istio?.["spec"] ?? {}) as { values: Record<string, Record<string, unknown>> };
  expect(Object.keys(values)).toEqual(["global", "meshConfig", "pilot"]);
  expect(values["pilot"]).not.toHaveProperty("revision");
});

test.each(["argocd", "manifests"] as const)("with %s nothing in the unit installs a control plane", (installer) => {
  expect(controlPlane(exampleSpec("shop", { installer }))).toEqual([]);
});

test("the namespace of a mesh is found by its control plane, keeps to the strictest level, and says of its network", () => {
  expect(namespaceManifest(exampleSpec("shop")).metadata).toEqual({
    name: "istio-shop",
    labels: {
      "app.kubernetes.io/managed-by": "lcloud",
      "logical-clouds.io/cloud": "shop",
      "istio.io/rev": "shop",
      "topology.istio.io/network": "shop--m1",
      "pod-security.kubernetes.io/enforce": "restricted",
    },
  });
});

test("the reader has the name to which the chart binds its role", () => {
  expect(readerManifest("shop").metadata).toMatchObject({
    name: "istio-reader-service-account",
    namespace: "istio-shop",
  });
});

const issuer = { name: "root", kind: "Issuer", group: "cert-manager.io" };

test("cert-manager is asked for an authority without an extended use", () => {
  expect(authorityManifest(exampleSpec("shop"))).toEqual([]);
  const trust = { delivery: "cert-manager", issuer, nameConstraints: true } as const;
  const [certificate] = authorityManifest(exampleSpec("shop", { trust }));
  expect(certificate?.["spec"]).toMatchObject({
    secretName: "cacerts",
    isCA: true,
    usages: ["digital signature", "cert sign", "crl sign"],
    dnsNames: ["istiod-shop.istio-shop.svc"],
    issuerRef: issuer,
    nameConstraints: { critical: true, permitted: { uriDomains: ["shop.mesh"] } },
  });
  const [free] = authorityManifest(exampleSpec("shop", { trust: { ...trust, nameConstraints: false } }));
  expect(free?.["spec"]).not.toHaveProperty("nameConstraints");
});

test("the validator of a cloud looks at its namespaces, and at what the chart's own does not", () => {
  const [webhook] = ownValidator("shop")["webhooks"] as [Record<string, unknown>];
  expect(webhook["namespaceSelector"]).toEqual({ matchLabels: { "logical-clouds.io/cloud": "shop" } });
  expect(webhook["objectSelector"]).toEqual({
    matchExpressions: [{ key: "istio.io/rev", operator: "NotIn", values: ["shop"] }],
  });
  expect(webhook["failurePolicy"]).toBe("Fail");
  expect(webhook["clientConfig"]).not.toHaveProperty("caBundle");
});
