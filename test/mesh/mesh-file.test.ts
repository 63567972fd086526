import { expect, test } from "vitest";
import { istiodChart } from "../../src/mesh/charts.ts";
import { formatMeshFile, parseMeshFile, sourceOf, valuesText } from "../../src/mesh/mesh-file.ts";
import { istiodValues } from "../../src/mesh/values.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import { exampleSpec } from "./example-spec.ts";

const spec = exampleSpec("shop");
const source = sourceOf(istiodChart(spec), valuesText(istiodValues(spec)));
const manifests: readonly Manifest[] = ["istiod-shop", "istio-shop"].map((name) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "istio-shop" },
  data: { text: "# lcloud\n---\n{{ .Values }} *a &b\n" },
}));

test("what is rendered is read back, with what it was made from", () => {
  expect(parseMeshFile(formatMeshFile(source, formatManifests(manifests)))).toEqual({ source, manifests });
});

test("a file says of what version it is, and nothing of whose charts they are", () => {
  const [head] = formatMeshFile(source, formatManifests(manifests)).split("\n");
  expect(head).toMatch(/^# lcloud mesh render: chart istiod 1\.31\.1, values sha256:[0-9a-f]{64}$/);
});

test("other values are another source", () => {
  const others = sourceOf(
    istiodChart(spec),
    valuesText(istiodValues(exampleSpec("shop", { hub: "registry.example/istio" }))),
  );
  expect(others.values).not.toBe(source.values);
});

const head = formatMeshFile(source, "").trim();

test.each([
  ["without the first line", formatManifests(manifests), /does not say what it was made from/],
  ["whose first line is another comment", `# ours\n${formatManifests(manifests)}`, /does not say/],
  ["that holds nothing", `${head}\n`, /holds no object/],
  ["of empty documents", `${head}\n---\n---\n`, /holds no object/],
  ["that is no YAML", `${head}\na: [\n`, /is no YAML/],
  ["with aliases", `${head}\na: &a 1\nb: *a\n`, /is no YAML/],
  ["of something else", `${head}\na: 1\n`, /is no object of Kubernetes/],
  ["of an object without a name", `${head}\napiVersion: v1\nkind: ConfigMap\nmetadata: {}\n`, /is no object/],
])("a file %s is refused, and shows nothing that it holds", (_, text, fault) => {
  expect(parseMeshFile(text)).toMatch(fault);
});
