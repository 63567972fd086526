import fc from "fast-check";
import { expect, test } from "vitest";
import type { Manifest } from "../../src/model/manifest.ts";
import { refKey, refOf } from "../../src/model/ref.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import { asList, asRecord } from "../../src/synthesis/fields.ts";
import { randomFleet, synthesize } from "./random-fleets.ts";
import { isSecret } from "./secrets-in.ts";

const RUNS = { numRuns: 30 };

const manifestsOf = (units: readonly { readonly manifests: readonly Manifest[] }[]): readonly Manifest[] =>
  units.flatMap(({ manifests }) => manifests);

const labelsOf = ({ metadata }: Manifest) => asRecord(metadata.labels);

/** Whether a namespace has all labels of one of a control plane's selectors. */
const isFound = (selectors: unknown, namespace: Manifest): boolean =>
  asList(selectors).some((selector) =>
    Object.entries(asRecord(asRecord(selector)["matchLabels"])).every(
      ([key, value]) => labelsOf(namespace)[key] === value,
    ),
  );

/** The namespaces of a cluster and the meshes of clouds' own. */
async function fleetOf(outdir: string) {
  const clusters = await readDist(outdir);
  return clusters.map(({ units, clouds }) => {
    const manifests = manifestsOf(units);
    const namespaces = manifests.filter(({ kind }) => kind === "Namespace");
    return {
      manifests,
      namespaces,
      meshes: clouds.flatMap(({ name: cloud, mesh }) => (mesh === undefined ? [] : [{ cloud, ...mesh }])),
    };
  });
}

const sorted = (names: readonly string[]): readonly string[] => [...names].sort();

test("a network is that of one cloud on one cluster, and a trust domain that of one cloud", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      const clusters = await fleetOf(synthesize(fleet).outdir);
      const networks = clusters.flatMap(({ namespaces }) =>
        namespaces.flatMap((each) => labelsOf(each)["topology.istio.io/network"] ?? []),
      );
      const meshes = clusters.flatMap((cluster) => cluster.meshes);
      expect(networks).toHaveLength(meshes.length);
      expect(new Set(networks).size).toBe(networks.length);
      const owners = new Map(meshes.map(({ trustDomain, cloud }) => [trustDomain, cloud]));
      for (const { trustDomain, cloud } of meshes) expect(owners.get(trustDomain)).toBe(cloud);
    }),
    RUNS,
  );
});

test("a control plane finds the namespaces of its cloud and no other, and so do pods find it", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const { manifests, namespaces, meshes } of await fleetOf(synthesize(fleet).outdir)) {
        const istiods = manifests.filter(({ kind }) => kind === "Istio");
        expect(istiods).toHaveLength(meshes.length);
        for (const { cloud, namespaces: own } of meshes) {
          const wanted = sorted([...own, `istio-${cloud}`]);
          const selectors = istiods
            .filter(({ metadata }) => metadata.name === cloud)
            .map(({ spec }) => asRecord(asRecord(asRecord(spec)["values"])["meshConfig"])["discoverySelectors"]);
          expect(selectors).toHaveLength(1);
          const found = namespaces.filter((each) => isFound(selectors[0], each));
          expect(sorted(found.map(({ metadata }) => metadata.name))).toEqual(wanted);
          const choosing = namespaces.filter((each) => labelsOf(each)["istio.io/rev"] === cloud);
          expect(sorted(choosing.map(({ metadata }) => metadata.name))).toEqual(wanted);
        }
      }
    }),
    RUNS,
  );
});

test("no object is rendered by two units of a cluster", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const { manifests } of await fleetOf(synthesize(fleet).outdir)) {
        const keys = manifests.map((manifest) => refKey(refOf(manifest)));
        expect(new Set(keys).size).toBe(keys.length);
      }
    }),
    RUNS,
  );
});

test("no rule of an isolated cloud is for everybody", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const { manifests } of await fleetOf(synthesize(fleet).outdir)) {
        for (const { kind, metadata, spec } of manifests) {
          if (kind !== "NetworkPolicy" || metadata.name !== "lc-isolated") continue;
          const { ingress, egress } = asRecord(spec);
          for (const rule of asList(ingress)) expect(asList(asRecord(rule)["from"])).not.toEqual([]);
          for (const rule of asList(egress)) expect(asList(asRecord(rule)["to"])).not.toEqual([]);
        }
      }
    }),
    RUNS,
  );
});

test("nothing secret is in any file", () => {
  fc.assert(
    fc.property(randomFleet, (fleet) => {
      for (const text of Object.values(synthesize(fleet).files)) {
        expect(isSecret(text)).toBe(false);
      }
    }),
    RUNS,
  );
});
