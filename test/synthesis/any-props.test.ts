import { ApiObject, JsonPatch } from "cdk8s";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type ClusterProps, LogicalCloud, type LogicalCloudProps } from "../../src/index.ts";
import { CloudError } from "../../src/model/error.ts";
import { newApp, readFiles } from "./fleets.ts";
import { randomFleet } from "./random-fleets.ts";

/** What a program without types may pass. */
const junk: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(null, undefined, "", "x", 0, -1, 1.5, true, [], {}, [[]], [null], { hard: 1 }, { x: {} }, () => 1),
  fc.constantFrom(new Date(0), Symbol.iterator, 1n, Number.NaN, "constructor", { constructor: 1 }, ["toString"], "\0"),
);

/** A value with one part of it, picked by `path`, replaced. */
function spoilt(value: unknown, [step = 0, ...path]: readonly number[], part: unknown): unknown {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0 || step === 0) return part;
  const entries = Object.entries(value);
  const at = step % entries.length;
  const changed = entries.map(([key, each], index) => [key, index === at ? spoilt(each, path, part) : each] as const);
  return Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
}

function expectNoOther(run: () => void): void {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(CloudError);
    expect(error).toMatchObject({ code: "INVALID" });
  }
}

const path = fc.array(fc.nat(), { minLength: 1, maxLength: 6 });

test("whatever props are given, there are faults or there are none: nothing else is thrown", () => {
  fc.assert(
    fc.property(randomFleet, path, junk, ({ clouds }, path, part) => {
      const { app } = newApp();
      expectNoOther(() => {
        for (const [name, props] of Object.entries(clouds)) {
          new LogicalCloud(app, name, spoilt({ ...props, clusters: "all" }, path, part) as never);
        }
        app.synth();
      });
    }),
    { numRuns: 300 },
  );
});

test("whatever a fleet is given, there are faults or there are none", () => {
  fc.assert(
    fc.property(randomFleet, path, junk, ({ clusters }, path, part) => {
      expectNoOther(() => {
        const { app } = newApp(spoilt(clusters, path, part) as typeof clusters);
        new LogicalCloud(app, "shop");
        app.synth();
      });
    }),
  );
});

test("whatever a patch leaves of our objects, there are faults or there are none", () => {
  fc.assert(
    fc.property(randomFleet, fc.nat(), path, junk, ({ clusters, clouds }, pick, path, part) => {
      const { app } = newApp(clusters);
      for (const [name, props] of Object.entries(clouds)) new LogicalCloud(app, name, props);
      const objects = app.node.findAll().filter((construct) => ApiObject.isApiObject(construct));
      const object = objects[pick % objects.length];
      object?.addJsonPatch(JsonPatch.replace("", spoilt(object.toJson(), path, part)));
      expectNoOther(() => app.synth());
    }),
  );
});

test("an optional prop that says undefined is as one that is left out", () => {
  const cluster = {
    ...{ kubernetes: "1.33", identity: "x509", labels: undefined, access: { kubeconfig: undefined } },
    dns: { port: undefined, nodeLocalAddress: "none" },
  };
  const cloud = {
    permissions: {
      look: { rules: [{ verbs: ["get"], apiGroups: [""], resources: ["pods"], resourceNames: undefined }] },
    },
    groups: { everybody: ["look"] },
    quota: { day: { hard: { pods: 1 }, scopes: undefined, namespaces: undefined } },
    limits: [{ type: "Container", max: { cpu: 1 }, default: undefined }],
    podSecurity: { enforce: undefined, warn: "restricted" },
    network: {
      ingressFrom: undefined,
      egressTo: [{ cidr: "10.0.0.0/8", except: undefined, ports: [{ port: 80, endPort: undefined }] }],
    },
    users: undefined,
  };
  const filesOf = (clusterProps: object, props: object) => {
    const { app, outdir } = newApp({ one: clusterProps as ClusterProps });
    new LogicalCloud(app, "shop", props as LogicalCloudProps);
    app.synth();
    return readFiles(outdir);
  };
  const leftOut = <T>(value: T): T => JSON.parse(JSON.stringify(value));
  expect(filesOf(cluster, cloud)).toEqual(filesOf(leftOut(cluster), leftOut(cloud)));
});
