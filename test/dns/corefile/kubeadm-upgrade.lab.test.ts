import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseCorefile } from "../../../src/dns/corefile/parse.ts";
import { patchZones } from "../../../src/dns/corefile-zones.ts";
import type { Zone } from "../../../src/dns/zone.ts";
import { labBinary } from "../../lab/binaries.ts";
import { type Lab, startLab } from "../../lab/clusters.ts";
import { startCoreDns } from "../../lab/coredns.ts";
import { defaultCorefile } from "../../lab/default-corefiles.ts";
import { addService } from "../../lab/dns-services.ts";
import { ZONES } from "./zones.ts";

/** What kubeadm makes of a Corefile. */
interface Upgraded {
  readonly migrated: string;
  /** For these, its check before an upgrade fails. */
  readonly unsupported: readonly string[];
  readonly error?: string;
}

/** Versions of CoreDNS; kubeadm installs 1.12.0 with Kubernetes 1.33. */
const UPGRADES = [
  ["1.12.0", "1.14.2"],
  ["1.10.1", "1.14.2"],
] as const;

let lab: Lab<"eu">;

beforeAll(async () => {
  lab = await startLab([{ name: "eu" }]);
});

afterAll(async () => {
  await lab?.stop();
});

async function upgrade(corefile: string, [from, to]: (typeof UPGRADES)[number]): Promise<Upgraded> {
  const child = spawn(await labBinary("migration"), { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(`${JSON.stringify({ from, to, corefile })}\n`);
  return JSON.parse(await text(child.stdout));
}

/** @throws Error where it is refused. */
function patched(corefile: string, wanted: readonly Zone[]) {
  const result = patchZones(corefile, { wanted, ours: ZONES.map(({ zone }) => zone) });
  if (result.kind === "refused") throw new Error(result.faults.join("; "));
  return result;
}

const textOf = (corefile: string, wanted: readonly Zone[]): string => patched(corefile, wanted).value ?? "";

/** The words of a Corefile's blocks, without what lies between them. */
const meaningOf = (corefile: string): object =>
  parseCorefile(corefile).blocks.map(({ keys, directives }) => [
    keys.map((key) => key.text),
    directives.map(({ name, tokens }) => [name, tokens.map((token) => token.text)]),
  ]);

test.each(UPGRADES)("kubeadm's upgrade of CoreDNS %s to %s keeps zones, which are known again", async (...versions) => {
  const before = `# kept by nobody\n${await defaultCorefile("kubeadm")}`;
  const corefile = textOf(before, ZONES);
  const { migrated, unsupported, error } = await upgrade(corefile, versions);
  expect({ unsupported, error }).toEqual({ unsupported: [], error: undefined });
  expect(migrated).not.toContain("# kept by nobody");
  expect(meaningOf(migrated)).toEqual(meaningOf(corefile));
  const again = patched(migrated, ZONES);
  expect(again.zones.map(({ action }) => action)).toEqual(ZONES.map(() => "kept"));
  expect(again.value).toBe(migrated);
  // kubeadm has put empty lines between blocks, which are not ours to take out
  const plain = await upgrade(before, versions);
  expect(textOf(migrated, []).trimEnd()).toBe(plain.migrated.trimEnd());
});

test("CoreDNS answers the zones of a Corefile that kubeadm has printed anew", async () => {
  const corefile = textOf(await defaultCorefile("kubeadm"), ZONES);
  const { migrated } = await upgrade(corefile, ["1.12.0", "1.14.2"]);
  await using dns = await startCoreDns(lab.clusters.eu, { corefile: migrated });
  await addService(lab.clusters.eu, "shop-prod", "web", { clusterIP: "10.0.0.12" });
  await dns.loaded("shop.", "forward");
  await expect.poll(async () => (await dns.query("web.shop", "A")).answers).toMatchObject([{ content: "10.0.0.12" }]);
});
