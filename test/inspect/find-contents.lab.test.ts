import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findContents } from "../../src/inspect/find-contents.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectKubeApi({ cluster: "east", kubeconfig: lab.kubeconfig, context: "east" });
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const kubectl = (...args: readonly string[]) =>
  promisify(execFile)(lab.kubectl, ["--kubeconfig", lab.kubeconfig, "--context", "east", ...args]);

const kindsIn = async (namespace: string) => (await findContents(api, namespace, new Set())).kinds;

test("what every namespace gets is nothing, and each kind that somebody adds is seen once", async () => {
  await kubectl("create", "namespace", "shop");
  await waitFor("the namespace has what all have", async () => {
    const { stdout } = await kubectl("get", "configmap,serviceaccount", "--namespace", "shop", "-o", "name");
    return stdout.includes("kube-root-ca.crt") && stdout.includes("serviceaccount/default") ? true : undefined;
  });
  expect(await kindsIn("shop")).toEqual([]);
  const inShop = ["--namespace", "shop"];
  await kubectl("create", "deployment", "web", "--image", "registry.example.com/web", "--replicas", "2", ...inShop);
  await kubectl("create", "service", "clusterip", "web", "--tcp", "80", ...inShop);
  await kubectl("create", "secret", "generic", "key", "--from-literal", "a=b", ...inShop);
  await kubectl("create", "ingress", "web", "--rule", "web.example.com/=web:80", ...inShop);
  const deployment = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  const uid = (await api.get({ ...deployment, namespace: "shop" }))?.metadata.uid;
  const metadata = { name: "web-1", namespace: "shop", ownerReferences: [{ ...deployment, uid }] };
  const spec = { containers: [{ name: "web", image: "registry.example.com/web" }] };
  await api.create({ apiVersion: "v1", kind: "Pod", metadata, spec });
  expect((await kindsIn("shop")).map(({ kind, count, names }) => [kind, count, ...names])).toEqual([
    ["Deployment", 1, "web"],
    ["Ingress", 1, "web"],
    ["Secret", 1, "key"],
    ["Service", 1, "web"],
  ]);
});

test("kinds that somebody has added to the cluster are seen too", async () => {
  const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "boxes.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { kind: "Box", plural: "boxes" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
    },
  };
  await api.apply(definition);
  await kubectl("create", "namespace", "boxed");
  const box = { apiVersion: "example.com/v1", kind: "Box", metadata: { name: "one", namespace: "boxed" } };
  await waitFor("the kind is served", () => api.apply(box).catch(() => undefined));
  expect(await kindsIn("boxed")).toMatchObject([{ apiVersion: "example.com/v1", kind: "Box", names: ["one"] }]);
});
