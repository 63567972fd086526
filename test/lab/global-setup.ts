import { labBinary } from "./binaries.ts";
import { hasRedis } from "./redis.ts";

/** Builds what the tests run, before the first of them and its time limit starts. */
export async function setup(): Promise<void> {
  try {
    await labBinary("kube-apiserver");
    await labBinary("kube-controller-manager");
    await labBinary("kustomize-controller");
    await labBinary("sops");
    await labBinary("coredns");
    await labBinary("kubelet");
    await labBinary("corefile");
    await labBinary("migration");
    await labBinary("helm");
    await labBinary("helm-controller");
    await labBinary("istiod");
    if (await hasRedis()) await labBinary("argocd-repo-server");
  } catch (error) {
    // Its message says what to install; where it was thrown helps nobody.
    if (error instanceof Error) error.stack = "";
    throw error;
  }
}
