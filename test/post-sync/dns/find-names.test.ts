import { expect, test } from "vitest";
import { CloudError } from "../../../src/model/error.ts";
import type { Manifest } from "../../../src/model/manifest.ts";
import { actionsOf, align, dnsCluster, namespaceOf, renderedWith, serviceOf, zoneOf } from "./dns-scene.ts";

const ONE = renderedWith({ shop: zoneOf("shop") });
const TWO = renderedWith({ bank: zoneOf("pay"), shop: zoneOf("shop") });

/** A Service that points somewhere, and an EndpointSlice that does. */
const pointersTo = (name: string): readonly Manifest[] => [
  serviceOf("mallory", "loop", { type: "ExternalName", externalName: name }),
  {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "loop-1", namespace: "mallory" },
    addressType: "FQDN",
    endpoints: [{ addresses: [name] }],
  },
];

test.each([0, 1])(
  "what points into a zone keeps a new one out, and is told of one that is there (%i)",
  async (which) => {
    const cluster = await dnsCluster();
    await align(cluster, renderedWith({ bank: zoneOf("pay"), shop: undefined }));
    const mallory = cluster.behind("mallory");
    await mallory.create(namespaceOf("mallory"));
    for (const name of ["pay", "a.b.Shop."]) {
      const pointer = pointersTo(name)[which];
      if (pointer !== undefined) {
        await mallory.create({ ...pointer, metadata: { ...pointer.metadata, name: name.length > 3 ? "two" : "one" } });
      }
    }
    const report = await align(cluster, TWO);
    expect(actionsOf(report)).toEqual(["pay kept", "shop refused"]);
    expect(report.failures).toEqual([
      { code: "ZONE_REFUSED", message: expect.stringMatching(/shop.*\/mallory\/two.*; delete them/) },
    ]);
    expect(report.remarks).toEqual([expect.stringMatching(/pay.*\/mallory\/one/)]);
  },
);

test("where not all may be listed, the clouds' own namespaces are looked at, and that is told", async () => {
  const cluster = await dnsCluster();
  const admin = cluster.behind("admin");
  for (const name of ["shop-prod", "mallory"]) await admin.create(namespaceOf(name));
  for (const pointer of pointersTo("web.shop")) await admin.create(pointer);
  cluster.before = ({ verb, ref }) => {
    if (verb === "list" && ["Service", "EndpointSlice"].includes(ref.kind) && ref.namespace !== "shop-prod")
      throw new CloudError("FORBIDDEN", "east: no");
  };
  const report = await align(cluster, ONE);
  expect(actionsOf(report)).toEqual(["shop added"]);
  expect(report).toMatchObject({
    failures: [],
    remarks: ["Service", "EndpointSlice"].map((kind) =>
      expect.stringMatching(`^${kind}s may be listed in shop-prod alone.*--role dns`),
    ),
  });
  const own = pointersTo("web.shop").map((each) => ({ ...each, metadata: { name: "x", namespace: "shop-prod" } }));
  for (const pointer of own) await admin.create(pointer);
  expect((await align(cluster, ONE)).remarks).toContainEqual(expect.stringContaining("Service/shop-prod/x"));
});
