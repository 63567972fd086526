import { expect, test } from "vitest";
import { fluxBootstrap } from "../../src/engine/flux.ts";
import type { OciDelivery } from "../../src/model/delivery.ts";

const engine = { kind: "flux", namespace: "flux-system", unit: "cloud" } as const;
const oci = (host: string): OciDelivery => ({ kind: "oci", repository: `oci://${host}/fleet`, tag: "latest", engine });

test.each([
  ["localhost", true],
  ["localhost:5000", true],
  ["127.0.0.1:5000", true],
  ["registry.example.com", undefined],
  ["localhost.example.com:5000", undefined],
])("Flux speaks with the registry at %s as lcloud does, insecure: %s", (host, insecure) => {
  const [source] = fluxBootstrap(oci(host), "edge-1");
  expect(source?.["spec"]).toMatchObject({ url: `oci://${host}/fleet/edge-1` });
  expect((source?.["spec"] as { readonly insecure?: boolean }).insecure).toBe(insecure);
});
