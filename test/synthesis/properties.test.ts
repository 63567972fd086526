import fc from "fast-check";
import { expect, test } from "vitest";
import { CLOUD_LABEL } from "../../src/model/labels.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { readDist } from "../../src/rendered/read-dist.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { asList, asRecord, asText } from "../../src/synthesis/fields.ts";
import { randomFleet, reordered, synthesize } from "./random-fleets.ts";

const RUNS = { numRuns: 30 };

const manifestsOf = ({ units }: RenderedCluster): readonly Manifest[] => units.flatMap(({ manifests }) => manifests);

const subjectsOf = (binding: Manifest): readonly string[] =>
  asList(binding["subjects"]).map((each) => {
    const { kind, namespace = "", name } = asRecord(each);
    return [kind, namespace, name].join("/");
  });

const isBinding = ({ kind }: Manifest): boolean => kind === "RoleBinding" || kind === "ClusterRoleBinding";

test("no subject of one cloud appears in a binding of another", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const cluster of await readDist(synthesize(fleet).outdir)) {
        const owners = new Map<string, Set<unknown>>();
        for (const binding of manifestsOf(cluster).filter(isBinding)) {
          for (const subject of subjectsOf(binding)) {
            owners.set(subject, (owners.get(subject) ?? new Set()).add(binding.metadata.labels?.[CLOUD_LABEL]));
          }
        }
        for (const clouds of owners.values()) expect(clouds.size).toBe(1);
      }
    }),
    RUNS,
  );
});

test("every role that is bound and every namespace that is used exists on the same cluster", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const cluster of await readDist(synthesize(fleet).outdir)) {
        const manifests = manifestsOf(cluster);
        const there = new Set(
          manifests.map(({ kind, metadata: { namespace, name } }) => [kind, namespace, name].join("|")),
        );
        for (const manifest of manifests) {
          const { namespace } = manifest.metadata;
          // every cluster has that one itself
          if (namespace !== undefined && namespace !== "kube-system")
            expect(there).toContain(`Namespace||${namespace}`);
          if (!isBinding(manifest)) continue;
          const { kind, name } = asRecord(manifest["roleRef"]);
          if (kind === "ClusterRole") expect(["view", "edit", "admin"]).toContain(asText(name));
          else expect(there).toContain(["Role", namespace, name].join("|"));
        }
      }
    }),
    RUNS,
  );
});

test("whoever is granted access is bound in each namespace of the grant, and its request is there", async () => {
  await fc.assert(
    fc.asyncProperty(randomFleet, async (fleet) => {
      for (const cluster of await readDist(synthesize(fleet).outdir)) {
        const bindings = manifestsOf(cluster).filter(isBinding);
        for (const { name: cloud, grants, requests } of cluster.clouds) {
          expect(requests.length).toBe(grants.filter(({ credential }) => credential.kind === "x509").length);
          for (const { name: user, namespaces, credential } of grants) {
            const suffix =
              credential.kind === "x509"
                ? `Group//lc:k:`
                : credential.kind === "oidc"
                  ? `User//${credential.username}`
                  : `ServiceAccount/lcloud-users/${cloud}.${user}`;
            for (const namespace of namespaces) {
              const here = bindings.filter(({ metadata }) => metadata.namespace === namespace).flatMap(subjectsOf);
              expect(here.some((subject) => subject.startsWith(suffix))).toBe(true);
            }
          }
        }
      }
    }),
    RUNS,
  );
});

test("the order of what has no order changes no byte", () => {
  fc.assert(
    fc.property(randomFleet, fc.infiniteStream(fc.nat()), (fleet, numbers) => {
      const shuffle = <T>(list: readonly T[]): T[] =>
        list
          .map((item) => ({ item, at: numbers.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ item }) => item);
      expect(synthesize(reordered(fleet, shuffle)).files).toEqual(synthesize(fleet).files);
    }),
    RUNS,
  );
});

test("looking at charts changes no byte, nor does anything outside of the app", () => {
  fc.assert(
    fc.property(randomFleet, fc.nat(), (fleet, which) => {
      const untouched = synthesize(fleet);
      const touched = synthesize(fleet, (clouds) => {
        const charts = clouds.flatMap((cloud) => [...cloud.charts.values()]);
        charts[which % charts.length]?.node.findAll();
      });
      const all = synthesize(fleet, ([cloud]) => cloud?.node.root.node.findAll());
      expect(touched.files).toEqual(untouched.files);
      expect(all.files).toEqual(untouched.files);
    }),
    RUNS,
  );
});
