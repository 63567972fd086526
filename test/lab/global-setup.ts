import { labBinary } from "./binaries.ts";

/** Builds what the tests run, before the first of them and its time limit starts. */
export async function setup(): Promise<void> {
  await labBinary("kube-apiserver");
  await labBinary("kube-controller-manager");
}
