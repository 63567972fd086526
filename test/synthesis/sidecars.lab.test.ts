import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { asRecord } from "../../src/synthesis/fields.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { newApp } from "./fleets.ts";
import { cluster } from "./mesh-fleets.ts";

let lab: Lab<"one">;
let api: KubeApi;
beforeAll(async () => {
  lab = await startLab([{ name: "one" }]);
  api = await connectKubeApi({ cluster: "one", kubeconfig: lab.kubeconfig, context: "one" });
});
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

type Amount = number | undefined;

/** Thousandths of a CPU. */
interface Bounds {
  readonly sidecar: { readonly request: number; readonly limit: number };
  /** In the order that the API server asks for. */
  readonly container: Readonly<Record<"min" | "request" | "limit" | "max", Amount>>;
  readonly ratio: Amount;
  readonly pod: Amount;
  readonly quota: Readonly<Record<"request" | "limit", Amount>>;
}

const milli = (cpu: number): string => `${cpu}m`;

const some = fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined });

const bounds: fc.Arbitrary<Bounds> = fc
  .record({
    sidecar: fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 500 })),
    amounts: fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 4, maxLength: 4 }),
    given: fc.subarray(["min", "request", "limit", "max"]),
    ratio: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
    pod: some,
    quota: fc.record({ request: some, limit: some }),
  })
  .map(({ sidecar: [one, other], amounts, given, ratio, pod, quota }) => {
    const sorted = [...amounts].sort((a, b) => a - b);
    const amount = (name: string, index: number) => (given.includes(name) ? sorted[index] : undefined);
    return {
      sidecar: { request: Math.min(one, other), limit: Math.max(one, other) },
      container: {
        min: amount("min", 0),
        request: amount("request", 1),
        limit: amount("limit", 2),
        max: amount("max", 3),
      },
      ratio,
      pod,
      quota,
    };
  });

const cpu = (amount: number | undefined) => (amount === undefined ? undefined : { cpu: milli(amount) });

const present = <T extends object>(fields: T) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function cloudWith({ sidecar, container, ratio, pod, quota }: Bounds): LogicalCloudProps {
  const { min, request, limit, max } = container;
  const ofContainer = present({
    ...{ min: cpu(min), defaultRequest: cpu(request), default: cpu(limit), max: cpu(max) },
    maxLimitRequestRatio: ratio === undefined ? undefined : { cpu: ratio },
  });
  const ofPod = present({ max: cpu(pod) });
  const hard = present({ "requests.cpu": cpu(quota.request)?.cpu, "limits.cpu": cpu(quota.limit)?.cpu });
  const limits = [
    ...(Object.keys(ofContainer).length === 0 ? [] : [{ type: "Container" as const, ...ofContainer }]),
    ...(Object.keys(ofPod).length === 0 ? [] : [{ type: "Pod" as const, ...ofPod }]),
  ];
  const resources = { requests: { cpu: milli(sidecar.request) }, limits: { cpu: milli(sidecar.limit) } };
  return {
    limits: limits.length === 0 ? "none" : limits,
    ...(Object.keys(hard).length === 0 ? {} : { quota: hard }),
    mesh: { mode: "dedicated", resources: { sidecar: resources } },
  };
}

/** What synth says of it, and the objects that hold pods to it. */
function rendered(props: LogicalCloudProps): { readonly isRefused: boolean; readonly objects: readonly Manifest[] } {
  const { app } = newApp({ one: cluster() });
  const cloud = new LogicalCloud(app, "shop", props);
  const objects = (cloud.on("one").toJson() as readonly Manifest[]).filter(({ kind }) => /Quota|LimitRange/.test(kind));
  const messages = thrown(() => app.synth());
  fc.pre(messages.every((message) => message.startsWith("mesh.resources.sidecar.")));
  return { isRefused: messages.length > 0, objects };
}

function thrown(synth: () => void): readonly string[] {
  try {
    synth();
    return [];
  } catch (error) {
    if (error instanceof CloudError) return error.faults.map(({ message }) => message);
    throw error;
  }
}

/** A container that has the defaults where there are any, and else asks for as little as it may. */
function littlePod(namespace: string, { sidecar, container: { min = 1, request, limit } }: Bounds): Manifest {
  const least = { cpu: milli(min) };
  const own =
    limit !== undefined ? {} : request !== undefined ? { limits: cpu(request) } : { requests: least, limits: least };
  const beside = { requests: { cpu: milli(sidecar.request) }, limits: { cpu: milli(sidecar.limit) } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "pod", namespace },
    spec: {
      automountServiceAccountToken: false,
      containers: [
        { name: "app", image: "app", resources: own as object as never },
        { name: "istio-proxy", image: "proxy", resources: beside },
      ],
    },
  };
}

/** Whether the API server lets a pod in where these objects are. */
async function admits(objects: readonly Manifest[], pod: Manifest): Promise<boolean> {
  const namespace = pod.metadata.namespace ?? "";
  await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  for (const object of objects) await api.apply({ ...object, metadata: { ...object.metadata, namespace } });
  await waitFor(`quota in ${namespace}`, async () => {
    const account = await api.get({ apiVersion: "v1", kind: "ServiceAccount", namespace, name: "default" });
    const quotas = await api.list({ apiVersion: "v1", kind: "ResourceQuota" }, { namespace });
    const isReady = account !== undefined && quotas.every(({ status }) => asRecord(status)["hard"] !== undefined);
    return isReady || undefined;
  });
  return api.apply(pod, { dryRun: true }).then(
    () => true,
    (error: unknown) => {
      expect(error).toMatchObject({ code: "FORBIDDEN" });
      return false;
    },
  );
}

test("a pod with a sidecar fits into quota and limits for us exactly if the API server lets it in", async () => {
  let count = 0;
  const seen = { admitted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(bounds, async (given) => {
      // a container's own defaults may break the ratio, whatever is beside it
      fc.pre(
        given.ratio === undefined || (given.container.limit === undefined && given.container.request === undefined),
      );
      const { isRefused, objects } = rendered(cloudWith(given));
      const isAdmitted = await admits(objects, littlePod(`bounds-${count++}`, given));
      seen[isAdmitted ? "admitted" : "refused"]++;
      expect(isAdmitted).toBe(!isRefused);
    }),
    { numRuns: 60 },
  );
  expect(Math.min(seen.admitted, seen.refused)).toBeGreaterThan(5);
});
