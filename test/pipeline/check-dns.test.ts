import { expect, test } from "vitest";
import type { KubeTarget } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { checkDns } from "../../src/pipeline/check-dns.ts";
import type { ClusterFile } from "../../src/rendered/files.ts";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { fakeDns } from "../fakes/fake-dns.ts";
import { addDnsPod, dnsOf, rewrite } from "../inspect/dns/dns-scene.ts";

/** A cluster where each of these clouds has a zone of its name. */
function rendered(name: string, clouds: readonly string[]): RenderedCluster {
  const file = { name, access: { context: name }, dns: dnsOf("corefile") } as ClusterFile;
  const empty = { requests: [], grants: [] };
  return {
    file,
    units: [],
    clouds: [
      ...clouds.map((cloud) => ({ name: cloud, ...empty, zone: rewrite(cloud, cloud) })),
      { name: "plain", ...empty },
    ],
  };
}

async function connect({ cluster }: KubeTarget) {
  if (cluster === "down") throw new CloudError("NO_CONTEXT", "down: no context");
  const fake = fakeCluster(cluster);
  await addDnsPod(fake, "coredns-1");
  fake.podStreams = () => fakeDns().connect();
  return fake;
}

const check = (clusters: readonly RenderedCluster[], clouds: readonly string[] = []) =>
  checkDns(clusters, { folder: ".", clusters: [], clouds, timeoutMs: 2000, onProgress: () => undefined, connect });

test("clusters that have zones are asked, each for its own, and none waits for one that is down", async () => {
  const report = await check([rendered("east", ["shop", "pay"]), rendered("empty", []), rendered("down", ["shop"])]);
  expect(report.clusters).toMatchObject([
    { cluster: "east", pod: "coredns-1", zones: [{ cloud: "shop" }, { cloud: "pay" }], failures: [] },
    { cluster: "down", zones: [], failures: [{ code: "NO_CONTEXT" }] },
  ]);
});

test("only the clouds that were named are asked for, on the clusters that have them", async () => {
  const report = await check([rendered("east", ["shop", "pay"]), rendered("west", ["shop"])], ["pay"]);
  expect(report.clusters).toMatchObject([{ cluster: "east", zones: [{ cloud: "pay" }] }]);
});

test("every cloud that has no zone there is refused before anything is asked", async () => {
  const asking = check([rendered("east", ["shop"])], ["shop", "plain", "nobody"]);
  await expect(asking).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "plain" }, { path: "nobody" }] });
});
