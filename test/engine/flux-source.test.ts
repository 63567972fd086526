import { expect, test } from "vitest";
import { fluxBootstrap } from "../../src/engine/flux.ts";
import type { FluxDelivery, OciDelivery } from "../../src/model/delivery.ts";

const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
const git = (path: string): FluxDelivery => ({
  ...{ kind: "git", repository: "https://git.example.com/fleet", pullUrl: "https://git.example.com/fleet" },
  ...{ branch: "main", path, engine },
});
const oci = (host: string): OciDelivery => ({ kind: "oci", repository: `oci://${host}/fleet`, tag: "latest", engine });

test.each([
  ["localhost", true],
  ["localhost:5000", true],
  ["127.0.0.1:5000", true],
  ["registry.example.com", undefined],
  ["localhost.example.com:5000", undefined],
])("Flux speaks with the registry at %s as lcloud does, insecure: %s", (host, insecure) => {
  const [source] = fluxBootstrap(oci(host), "edge-1");
  const place = { url: `oci://${host}/fleet/edge-1`, ref: { tag: "latest" } };
  expect(source?.["spec"]).toEqual({ interval: "1m", ...place, insecure });
});

test.each([
  ["clusters", "/*\n!/clusters/edge-1\n"],
  ["env/prod", "/*\n!/env/prod/edge-1\n"],
  [".", "/*\n!/edge-1\n"],
])("of a repository with clusters in %s, Flux takes a cluster's folder alone", (path, ignore) => {
  const [source] = fluxBootstrap(git(path), "edge-1");
  expect(source?.["spec"]).toMatchObject({ ignore });
});
