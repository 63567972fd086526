import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { textsIn } from "./texts-in.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("dist/ is what clouds/ renders", async () => {
  const outdir = await mkdtemp(join(tmpdir(), "lcloud-example-"));
  try {
    const options = { cwd: root, env: { ...env, CDK8S_OUTDIR: outdir } };
    await promisify(execFile)(execPath, ["-C", "source", "clouds/main.ts"], options);
    expect(await textsIn(outdir)).toEqual(await textsIn(join(root, "dist")));
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
});
