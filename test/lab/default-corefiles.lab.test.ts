import { afterAll, beforeAll, expect, test } from "vitest";
import { type Lab, startLab } from "./clusters.ts";
import { startCoreDns } from "./coredns.ts";
import { OPENSHIFT_DNS } from "./coredns-objects.ts";
import { defaultCorefile, INSTALLATIONS } from "./default-corefiles.ts";
import { get } from "./https-get.ts";

const NAME = "kubernetes.default.svc.cluster.local";

/** Those whose Corefile imports from coredns-custom, and the port of its blocks. */
const CUSTOMIZABLE = [
  ["k3s", 53],
  ["aks", 53],
  ["gardener", 8053],
] as const;

let lab: Lab<"eu">;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
});

afterAll(async () => {
  await lab?.stop();
});

test.for(INSTALLATIONS)("the Corefile of %s answers for Services", async ([distribution, options]) => {
  const corefile = await defaultCorefile(distribution);
  await using dns = await startCoreDns(lab.clusters.eu, { ...options, corefile });
  expect((await dns.query(NAME, "A")).answers).toMatchObject([{ content: "10.0.0.1" }]);
});

test.for(CUSTOMIZABLE)(
  "%s follows its coredns-custom, blocks and what is inside of one",
  async ([distribution, port]) => {
    const corefile = await defaultCorefile(distribution);
    const custom = {
      "lc-shop.server": `shop:${port} {\n    prometheus :9153\n    hosts {\n        192.0.2.9 web.shop\n    }\n}\n`,
      "names.override": 'template IN A names.test {\n    answer "{{ .Name }} 60 IN A 192.0.2.10"\n}\n',
    };
    const files = { NodeHosts: "192.0.2.7 node-7\n" };
    await using dns = await startCoreDns(lab.clusters.eu, { corefile, files, custom });
    expect((await dns.query("web.shop", "A")).answers).toMatchObject([{ content: "192.0.2.9" }]);
    expect((await dns.query("a.names.test", "A")).answers).toMatchObject([{ content: "192.0.2.10" }]);
  },
);

test("nodes of k3s have names", async () => {
  const files = { NodeHosts: "192.0.2.7 node-7\n" };
  await using dns = await startCoreDns(lab.clusters.eu, { corefile: await defaultCorefile("k3s"), files });
  expect((await dns.query("node-7", "A")).answers).toMatchObject([{ content: "192.0.2.7" }]);
});

test("metrics of OpenShift do not come through the API server, since they are on loopback", async () => {
  const corefile = await defaultCorefile("openshift");
  await using dns = await startCoreDns(lab.clusters.eu, { corefile, place: OPENSHIFT_DNS });
  await dns.loaded(".", "kubernetes");
  const path = "/api/v1/namespaces/openshift-dns/pods/dns-default-0:9153/proxy/metrics";
  expect((await get(lab.clusters.eu.admin, path))?.status).toBeGreaterThanOrEqual(500);
});

test("a plugin that a distribution adds is refused by name", async () => {
  const corefile = await defaultCorefile("openshift-dnsnameresolver");
  const start = startCoreDns(lab.clusters.eu, { corefile, place: OPENSHIFT_DNS });
  await expect(start).rejects.toThrow("Unknown directive 'ocp_dnsnameresolver'");
});
