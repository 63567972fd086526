import { readFile, writeFile } from "node:fs/promises";
import { env } from "node:process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import { bootstrap } from "../../src/pipeline.ts";
import { lcloud } from "../cli/lcloud.ts";

const golden = (path: string): string => fileURLToPath(new URL(`../golden/${path}`, import.meta.url));

const workplace = { folder: ".", dist: golden("pulled") };

/** `UPDATE_GOLDEN=1` writes them anew, to be read like code. */
test.each(["flux", "argo", "flux-at-once", "argo-at-once"])("%s gets what people have read", async (cluster) => {
  const { yaml } = await bootstrap({ ...workplace, cluster });
  const path = golden(`bootstrap/${cluster}.yaml`);
  if (env["UPDATE_GOLDEN"] !== undefined) await writeFile(path, yaml);
  expect(yaml).toBe(await readFile(path, "utf8"));
});

test.each([
  ["flux", ["Flux", "Secret/flux-system/fleet", "Secret/flux-system/signers", "Secret/flux-system/sops-age"]],
  ["flux-at-once", ["Flux"]],
  ["argo", ["Argo CD", "a Secret in namespace argo with label argocd.argoproj.io/secret-type: repository"]],
])("what else %s needs is told", async (cluster, needs) => {
  const report = await bootstrap({ ...workplace, cluster });
  expect(report.needs.map(({ what }) => what)).toEqual(needs);
});

test("a cluster that is delivered to directly has nothing to bootstrap", async () => {
  const direct = { ...workplace, dist: golden("quotas"), cluster: "main" };
  const refused = bootstrap(direct).catch((error: unknown) => error);
  expect(await refused).toBeInstanceOf(CloudError);
  expect(await refused).toMatchObject({ code: "INVALID", message: expect.stringMatching(/^main: .+; .*lcloud sync/) });
});

test("a cluster that there is not is refused, with those that there are", async () => {
  const refused = bootstrap({ ...workplace, cluster: "flx" });
  await expect(refused).rejects.toMatchObject({
    code: "INVALID",
    faults: [{ path: "flx", message: expect.stringMatching(/it holds argo, argo-at-once, flux, flux-at-once$/) }],
  });
});

test("YAML is on stdout, and what to do with it on stderr", async () => {
  const { exitCode, stdout, stderr } = await lcloud(["bootstrap", "flux", "--dist", golden("pulled")]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: await readFile(golden("bootstrap/flux.yaml"), "utf8") });
  expect(stderr).toContain("  Secret/flux-system/fleet: ");
  expect(stderr).toMatch(
    /\nthen, once: lcloud bootstrap flux --dist \S+ \| kubectl --context flux apply --server-side -f -\n$/,
  );
});

test("JSON holds the same manifests, and names no file of ours", async () => {
  const { exitCode, stdout } = await lcloud(["bootstrap", "argo", "-o", "json", "--dist", golden("pulled")]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    cluster: "argo",
    access: { context: "argo" },
    engine: "argocd",
    manifests: ["Namespace", "Namespace", "AppProject", "Application"].map((kind) => expect.objectContaining({ kind })),
    needs: [expect.anything(), expect.anything()],
  });
});
