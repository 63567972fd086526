import { beforeEach, expect, test } from "vitest";
import { inspectStored } from "../../../src/inspect/inspect-cluster.ts";
import { inspectShared } from "../../../src/inspect/mesh/inspect-shared.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { SharedMeshStatus } from "../../../src/model/mesh-status.ts";
import { type FakeCluster, fakeCluster } from "../../fakes/fake-cluster.ts";
import { clusterOf, NOW, root } from "./mesh-scene.ts";
import { WIKI, wikiCluster, wikiNamespace } from "./shared-scene.ts";

const INJECTOR = {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "istio-revision-tag-platform" },
  webhooks: [
    {
      name: "rev.namespace.sidecar-injector.istio.io",
      rules: [{ resources: ["pods"] }],
      namespaceSelector: {
        matchExpressions: [
          { key: "istio.io/rev", operator: "In", values: ["platform"] },
          { key: "istio-injection", operator: "DoesNotExist" },
        ],
      },
    },
  ],
};

let east: FakeCluster;
beforeEach(async () => {
  east = fakeCluster("east");
  for (const name of WIKI) {
    await admin().create(wikiNamespace(name));
    await admin().create(root(name, "theirs"));
  }
});

const admin = () => east.behind("admin");

async function look(): Promise<SharedMeshStatus | undefined> {
  return (await inspectShared(east, wikiCluster())).get("wiki");
}

test("a shared mesh that takes a cloud's pods is told by its revision, and no more of it is read than that", async () => {
  await admin().create(INJECTOR);
  east.requests.length = 0;
  expect(await look()).toEqual({ revision: "platform", state: "available", remarks: [], failures: [] });
  expect(new Set(east.requests.map(({ verb, ref }) => `${verb} ${ref.kind}`))).toEqual(
    new Set(["list MutatingWebhookConfiguration", "get Namespace", "get ConfigMap"]),
  );
});

test("a revision that nothing injects is missing", async () => {
  expect(await look()).toMatchObject({
    state: "missing",
    remarks: [expect.stringMatching(/pods in wiki, wiki-db .*istio\.io\/rev=platform/)],
  });
});

test("a namespace that also asks for the injector of the default revision is named", async () => {
  await admin().create(INJECTOR);
  const live = await east.get({ apiVersion: "v1", kind: "Namespace", name: "wiki-db" });
  if (live === undefined) throw new Error("no namespace");
  const labels = { ...live.metadata.labels, "istio-injection": "enabled" };
  await admin().replace({ ...live, metadata: { ...live.metadata, labels } });
  expect(await look()).toMatchObject({ state: "missing", remarks: [expect.stringMatching(/pods in wiki-db a proxy/)] });
});

test("a namespace that the control plane has not found is a remark", async () => {
  await admin().create(INJECTOR);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "wiki", name: "istio-ca-root-cert" };
  await admin().delete(ref, { uid: east.find(ref)?.metadata.uid ?? "" });
  expect(await look()).toMatchObject({
    state: "available",
    remarks: [expect.stringMatching(/^no ConfigMap\/istio-ca-root-cert in wiki, .*discoveryLabels/)],
  });
});

test("namespaces that are not delivered yet say nothing of a mesh", async () => {
  east = fakeCluster("east");
  await admin().create(INJECTOR);
  expect(await look()).toEqual({ revision: "platform", state: "unknown", remarks: [], failures: [] });
});

test("what may not be read is a failure, and makes it unknown", async () => {
  east.before = ({ ref }) => {
    if (ref.kind === "MutatingWebhookConfiguration") throw new CloudError("FORBIDDEN", "east: you may not");
  };
  expect(await look()).toMatchObject({ state: "unknown", remarks: [], failures: [{ code: "FORBIDDEN" }] });
});

test("of a cluster that cannot be asked, its revision is known", async () => {
  const failure = { code: "UNREACHABLE", message: "no answer" } as const;
  const { clouds } = await inspectStored(wikiCluster(), { stateDir: "/nowhere", now: NOW }, failure);
  expect(clouds).toMatchObject([{ sharedMesh: { revision: "platform", state: "unknown" } }]);
});

test("a cloud with a mesh of its own shares none, and nothing is asked for one without", async () => {
  east.requests.length = 0;
  expect(await inspectShared(east, clusterOf("east"))).toEqual(new Map());
  expect(await inspectShared(east, { ...wikiCluster(), units: [] })).toEqual(new Map());
  expect(east.requests).toEqual([]);
});
