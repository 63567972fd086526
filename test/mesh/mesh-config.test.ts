import { expect, test } from "vitest";
import { checkMeshConfig, essentialConfig, meshConfigsIn } from "../../src/mesh/mesh-config.ts";
import type { Manifest } from "../../src/model/manifest.ts";

const wanted = essentialConfig("shop", "shop.mesh");
const config = JSON.stringify({ ...wanted, enablePrometheusMerge: true, something: { new: 1 } });
const changed = (fields: object): string => JSON.stringify({ ...wanted, ...fields });

test("a config that says what it should, and more, is right", () => {
  expect(checkMeshConfig(config, wanted)).toEqual([]);
});

test.each([
  ["no YAML", "trustDomain: [", /^is no YAML/],
  ["aliases without end", "a: &a [*a]\nb: *b", /^is no YAML/],
  ["nothing", "", /^is no YAML/],
  ["a text", "trustDomain", /^is no mapping/],
  ["a list", "- trustDomain: shop.mesh", /^is no mapping/],
  ["a number for a text", changed({ trustDomain: 123 }), /^trustDomain: is no text/],
  ["a flag for a text", changed({ rootNamespace: true }), /^rootNamespace: is no text/],
  ["one selector for a list", changed({ discoverySelectors: {} }), /^discoverySelectors: is no list/],
  [
    "a selector whose value is no text",
    changed({ discoverySelectors: [{ matchLabels: { a: 1 } }] }),
    /matchLabels\.a: is no text/,
  ],
  [
    "metadata that is no text",
    changed({ defaultConfig: { proxyMetadata: { A: true } } }),
    /proxyMetadata\.A: is no text/,
  ],
  ["a text for a flag", changed({ enablePrometheusMerge: "yes" }), /^enablePrometheusMerge: is neither/],
  [
    "another trust domain",
    changed({ trustDomain: "bank.mesh" }),
    /^trustDomain: is "bank\.mesh", and not "shop\.mesh"/,
  ],
  ["no selectors", changed({ discoverySelectors: undefined }), /^discoverySelectors: is missing/],
  ["empty selectors, which are all namespaces", changed({ discoverySelectors: [] }), /^discoverySelectors: is \[\]/],
  [
    "one selector too many",
    changed({ discoverySelectors: [...(wanted["discoverySelectors"] as object[]), {}] }),
    /^discoverySelectors/,
  ],
  ["other trust domains", changed({ trustDomainAliases: ["bank.mesh"] }), /^trustDomainAliases: lets others/],
  ["other authorities", changed({ caCertificates: [{}] }), /^caCertificates: lets others/],
])("a config with %s is told", (_, text, fault) => {
  const faults = checkMeshConfig(text, wanted);
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(fault);
});

const object = (kind: string, name: string, fields: object): Manifest => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "istio-shop" },
  ...fields,
});

test("a mesh config is found whoever installs it", () => {
  const values = { values: { meshConfig: wanted } };
  expect(
    meshConfigsIn("shop", [
      object("HelmRelease", "lc-istiod-shop", { spec: values }),
      object("Istio", "shop", { spec: values }),
      object("ConfigMap", "istio-shop", { data: { mesh: "a: 1" } }),
      object("ConfigMap", "istio-sidecar-injector-shop", { data: { config: "a: 1" } }),
      object("Deployment", "istiod-shop", { spec: {} }),
    ]),
  ).toEqual([JSON.stringify(wanted), JSON.stringify(wanted), "a: 1"]);
});

test("an installer that says nothing of the mesh config is found too, as one that says nothing", () => {
  const found = meshConfigsIn("shop", [
    object("Istio", "shop", { spec: { values: {} } }),
    object("ConfigMap", "istio-shop", { data: {} }),
  ]);
  expect(found).toEqual(["{}", ""]);
  for (const text of found) expect(checkMeshConfig(text, wanted)).not.toEqual([]);
});
