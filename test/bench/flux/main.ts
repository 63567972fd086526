import { COUNT, startManyClouds } from "../../e2e/many-clouds.ts";
import { outputOf } from "../../e2e/run.ts";

/** `npm run bench:flux`: how long the real kustomize-controller takes for many clouds in one real cluster. */
for (const unit of ["cloud", "cluster"] as const) {
  await using fleet = await startManyClouds();
  await fleet.writeClouds(unit, 9);
  const measure = async (what: string, ...args: readonly string[]): Promise<void> => {
    const start = performance.now();
    outputOf(await fleet.lcloud(...args));
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    process.stdout.write(`${COUNT} clouds, unit: "${unit}", ${what}: ${seconds} s\n`);
  };
  await measure("synth", "synth");
  await measure("first push", "sync");
  await measure("until it is applied, and all users have access", "post-sync", "--wait");
  await fleet.writeClouds(unit, 8);
  await measure("synth of one change", "synth");
  await measure("push of one change", "sync");
  await measure("until it is applied", "post-sync", "--wait");
  await measure("up with nothing to do", "up");
}
