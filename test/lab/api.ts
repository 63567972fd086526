import { execFile } from "node:child_process";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { labBinary } from "./binaries.ts";
import type { LabCluster } from "./cluster.ts";
import { waitFor } from "./wait.ts";

const TIMEOUT_MS = 5_000;

/**
 * Merge something into an object, over a connection of its own.
 *
 * @param path - Of the object or of its subresource, as `/api/v1/namespaces/a/configmaps/b`.
 * @throws Error where the answer is no success, or there is none in 5 s.
 * @see https://www.rfc-editor.org/rfc/rfc7386
 */
export function mergePatch({ name, server, admin }: LabCluster, path: string, patch: object): Promise<void> {
  const { certificate: cert, key } = admin.credential;
  const options = {
    method: "PATCH",
    headers: { "content-type": "application/merge-patch+json" },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    agent: false,
    ca: admin.certificateAuthority,
    cert,
    key,
  };
  return new Promise((resolve, reject) => {
    request(`${server}${path}`, options, async (response) => {
      const body = await text(response);
      if (response.statusCode === 200) resolve();
      else reject(new Error(`lab: ${name}: PATCH ${path}: ${body}`));
    })
      .on("error", reject)
      .end(JSON.stringify(patch));
  });
}

/** Apply manifests (JSON objects) by kubectl, with its field manager. */
export async function applyManifests(cluster: LabCluster, manifests: readonly object[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests });
  await kubectl(cluster, [...APPLY, "--filename=-"], list);
}

/** Put a pod on a node, as the scheduler does; once. */
export async function bindPod(cluster: LabCluster, namespace: string, name: string, node: string): Promise<void> {
  const binding = { apiVersion: "v1", kind: "Binding", metadata: { name }, target: { kind: "Node", name: node } };
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/binding`;
  await kubectl(cluster, ["create", "--raw", path, "--filename=-"], JSON.stringify(binding));
}

/** Apply a folder that has a kustomization. */
export async function applyFolder(cluster: LabCluster, folder: string, namespace: string): Promise<void> {
  await kubectl(cluster, [...APPLY, "--namespace", namespace, "--kustomize", folder]);
}

/** Apply CustomResourceDefinitions and wait until the API server serves their kinds. */
export async function applyCrds(cluster: LabCluster, files: readonly string[]): Promise<void> {
  const names = files.flatMap((file) => ["--filename", file]);
  await kubectl(cluster, [...APPLY, ...names]);
  // kubectl gives up on one that has no condition at all yet
  await waitFor("kinds are served", () =>
    kubectl(cluster, ["wait", "--for=condition=Established", "--timeout=60s", ...names]).then(
      () => true,
      () => undefined,
    ),
  );
}

const APPLY = ["apply", "--server-side", "--force-conflicts"];

async function kubectl(cluster: LabCluster, args: readonly string[], input = ""): Promise<void> {
  const command = promisify(execFile)(await labBinary("kubectl"), ["--kubeconfig", cluster.kubeconfig, ...args]);
  command.child.stdin?.end(input);
  await command;
}
