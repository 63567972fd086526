import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { expect, test } from "vitest";
import { failuresOfAccess, formatAccess, reportAccess } from "../../../src/cli/render/access.ts";
import { CloudError } from "../../../src/model/error.ts";
import type { LiveManifest } from "../../../src/model/manifest.ts";
import type { ProgressEvent } from "../../../src/model/progress.ts";
import type { MeshReport } from "../../../src/post-sync/mesh/mesh-report.ts";
import { addReaderToken } from "../../../src/post-sync/mesh/reader-token.ts";
import type { FakeCluster } from "../../fakes/fake-cluster.ts";
import { meshCluster, meshRun, secretOf } from "./mesh-scene.ts";

const CODES = ["FORBIDDEN", "CONFLICT", "UNREACHABLE"] as const;

/** What is secret in a cluster by now: keys, tokens, and all Secrets as they are stored. */
function secretsIn(cluster: FakeCluster): readonly string[] {
  const names = ["cacerts", "istio-remote-secret-shop", "istio-reader-token-1", "istio-reader-token-2"];
  const secrets = names.flatMap((name) => cluster.find(secretOf("shop", name)) ?? []);
  return secrets.flatMap(({ data }: LiveManifest) =>
    Object.entries((data ?? {}) as Readonly<Record<string, string>>).flatMap(([key, value]) => {
      const text = Buffer.from(value, "base64").toString();
      const tokens = [...text.matchAll(/head\.[\w-]+\.tail/g)].map(([token]) => token);
      const keys = key.endsWith("key.pem") ? text.split("\n").filter((line) => /^[\w+/=]{20,}$/.test(line)) : [];
      return [value, ...tokens, ...keys];
    }),
  );
}

/** All that one run tells anybody, in each of its forms. */
function said(meshes: readonly MeshReport[], events: readonly ProgressEvent[]): string {
  const report = { clusters: [], applied: [], dns: [], meshes, kubeconfigs: [] };
  return [
    formatAccess(report),
    JSON.stringify(reportAccess(report)),
    inspect(report, { depth: null, showHidden: true }),
    JSON.stringify(failuresOfAccess(report)),
    JSON.stringify(events),
  ].join("\n");
}

/** Files beside those of the state folder. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((each) => each.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.filter((path) => !path.startsWith(join(folder, "state")));
}

test("no key and no token is in any message, report, progress or file, whatever call fails", async () => {
  const [m1, m2] = [await meshCluster("m1", "shop"), await meshCluster("m2", "shop")];
  const { run, folder, store } = await meshRun();
  const events: ProgressEvent[] = [];
  const texts: string[] = [];
  const secrets = new Set<string>();
  const go = async (): Promise<void> => {
    events.length = 0;
    const meshes = await run([m1, m2], undefined, { timeoutMs: 50, onProgress: (event) => void events.push(event) });
    texts.push(said(meshes, events));
    for (const secret of [m1, m2].flatMap(secretsIn)) secrets.add(secret);
  };
  const { before } = m1;
  for (const [index, code] of CODES.entries()) {
    // from nothing to a renewed token, so that each kind of write is under way once
    if (index === 0) await go();
    if (index === 1) await addReaderToken(m1, "shop", 1000);
    for (let failing = 0; failing < 30; failing += 2) {
      let count = 0;
      m1.before = async (request) => {
        await before?.(request);
        if (count++ === failing) throw new CloudError(code, `m1: ${request.ref.kind} failed`);
      };
      await go();
    }
    m1.before = before;
  }
  for (const { key } of (await store.findTrust("shop"))?.signers ?? []) {
    for (const line of key.split("\n").filter((each) => /^[\w+/=]{20,}$/.test(each))) secrets.add(line);
  }
  for (const path of await filesOf(folder)) texts.push(await readFile(path, "utf8"));
  const all = texts.join("\n");
  expect(secrets.size).toBeGreaterThan(12);
  expect(all).toContain("FORBIDDEN");
  for (const secret of secrets) expect(all.includes(secret), secret.slice(0, 12)).toBe(false);
  expect(all).not.toMatch(/PRIVATE KEY/);
});
