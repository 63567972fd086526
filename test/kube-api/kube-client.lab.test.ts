import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

let lab: Lab<"eu">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
});

afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const config = (name: string, data: Record<string, string> = { a: "1" }): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
  data,
});
const kind = { apiVersion: "v1", kind: "ConfigMap" };
const withMeta = (manifest: Manifest, metadata: object): Manifest => ({
  ...manifest,
  metadata: { ...manifest.metadata, ...metadata },
});

test.each<[string, Manifest]>([
  ["an unknown field", { ...config("wrong"), dat: {} }],
  ["an unknown field of metadata", withMeta(config("wrong"), { label: {} })],
  ["a value of the wrong type", { ...config("wrong"), data: { a: 1 } }],
  ["a wrong name", config("Wrong")],
])("an object with %s is refused", async (_, manifest) => {
  await expect(api.apply(manifest)).rejects.toMatchObject({ code: "REJECTED" });
});

test("a Secret's value is not in the error", async () => {
  const secret = { ...config("secret"), kind: "Secret", data: { password: { hidden: "hunter2" } } };
  const error = await api.apply(secret).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "REJECTED", message: expect.not.stringContaining("hunter2") });
});

test("a kind is known as soon as its definition is there", async () => {
  const group = "lab.example";
  const widget = { apiVersion: `${group}/v1`, kind: "Widget" };
  await expect(api.isNamespaced(widget)).rejects.toMatchObject({ code: "NOT_FOUND" });
  await api.apply({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: "Cluster",
      names: { kind: "Widget", plural: "widgets" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  });
  const isNamespaced = () => api.isNamespaced(widget).catch(() => undefined);
  expect(await waitFor("the new kind", isNamespaced)).toBe(false);
});

test("a list has more than one page, and only what is selected", async () => {
  const names = Array.from({ length: 501 }, (_, index) => `listed-${String(index).padStart(3, "0")}`);
  await Promise.all(names.map((name) => api.apply(withMeta(config(name), { labels: { listed: "yes" } }))));
  const listed = await api.list(kind, { namespace: "shop", labelSelector: "listed=yes" });
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(listed[0]).toMatchObject(kind);
  expect(await api.list(kind, { namespace: "default", labelSelector: "listed" })).toEqual([]);
});

test("a name with a colon is taken as it is", async () => {
  const role: Manifest = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: { name: "lc:shop:dev", namespace: "shop" },
    rules: [],
  };
  const { metadata } = await api.apply(role);
  expect(await api.get(refOf(role))).toMatchObject({ metadata: { name: "lc:shop:dev", uid: metadata.uid } });
});
