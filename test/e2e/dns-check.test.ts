import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { addService } from "../lab/dns-services.ts";
import { startKubelet } from "../lab/kubelet.ts";
import { outputOf } from "./run.ts";
import { startSmallFleet } from "./small-fleet.ts";

const MAIN = `
import { defineFleet, FleetApp, LogicalCloud } from "logical-clouds";
const fleet = defineFleet({ clusters: {
  main: { kubernetes: "1.37", identity: "x509", requesters: [], dns: { provider: "corefile" } },
} });
const app = new FleetApp({ fleet });
new LogicalCloud(app, "storefront", {
  namespaces: ["storefront-prod"],
  permissions: {},
  users: {},
  dns: { zone: "storefront", services: ["web"] },
});
app.synth();
`;

/** The rows of the table that has this head. */
const rowsOf = (stdout: string, head: string): readonly (readonly string[])[] => {
  const table = stdout.split("\n\n").find((each) => each.split("\n")[0]?.split(/ +/).includes(head)) ?? "";
  return table
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(/ {2,}/));
};

test("a zone is seen to be missing, in place and overwritten, in status and by what DNS answers", async () => {
  await using fleet = await startSmallFleet();
  const corefile = await defaultCorefile("kubeadm");
  await using dns = await startCoreDns(fleet.cluster, { corefile });
  await using started = new AsyncDisposableStack();
  started.defer(await startKubelet(fleet.cluster, dns.pods));
  await writeFile(join(fleet.folder, "clouds", "main.ts"), MAIN);
  outputOf(await fleet.lcloud("synth"));
  outputOf(await fleet.lcloud("sync"));
  await addService(fleet.cluster, "storefront-prod", "web", { clusterIP: "10.0.0.80" });

  const wrong = await fleet.lcloud("dns", "check");
  expect(wrong.code).toBe(3);
  expect(rowsOf(wrong.stdout, "ANSWER").map(([, , name, answer, state]) => [name, answer, state])).toContainEqual([
    "web.storefront",
    "-",
    expect.stringMatching(/NXDOMAIN|SERVFAIL/),
  ]);
  const zone = async () => rowsOf(outputOf(await fleet.lcloud("status")), "ZONE");
  expect(await zone()).toEqual([["main", "storefront", "storefront", "rewrite", "missing"]]);
  const shown = outputOf(await fleet.lcloud("dns", "show"));
  expect(shown).toContain("storefront:53 {");

  outputOf(await fleet.lcloud("post-sync"));
  await dns.loaded("storefront.");
  expect(rowsOf(outputOf(await fleet.lcloud("dns", "check", "storefront")), "ANSWER")).toEqual([
    ["main", "storefront", "web.storefront", "10.0.0.80", "ok"],
    ["main", "storefront", "web.storefront-prod.storefront", "10.0.0.80", "ok"],
    ["main", "storefront", "_http._tcp.web.storefront", "80", "ok"],
    ["main", "storefront", "lcloud-no-such-service.storefront", "-", "ok"],
  ]);
  expect(await zone()).toEqual([["main", "storefront", "storefront", "rewrite", "in place"]]);
  expect(outputOf(await fleet.lcloud("dns", "show"))).toBe(shown);

  await dns.writeCorefile(corefile);
  expect(await zone()).toMatchObject([
    ["main", "storefront", "storefront", "rewrite", "overwritten", expect.any(String)],
  ]);
});
