import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeRoot } from "../../src/keys/make-authority.ts";
import { openMeshStore } from "../../src/keys/mesh-store.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { connectTo } from "../delivery/lab-cluster.ts";
import { createAuthority } from "../lab/authority.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { setGatewayAddress } from "../lab/mesh-objects.ts";
import { waitFor } from "../lab/wait.ts";
import { meshRepository } from "../pipeline/mesh-repository.ts";
import type { TestRepository } from "../pipeline/repository.ts";
import { secretsOf, secretsOfSecret, textsIn } from "../pipeline/secret-texts.ts";
import { deliveredMesh } from "../post-sync/mesh/mesh-scene.ts";
import { start } from "./lcloud.ts";

const NAMES = ["m1", "m2"] as const;
const SECRETS = { apiVersion: "v1", kind: "Secret" };

let lab: Lab<"m1" | "m2">;
let repository: TestRepository;
let webhook: Server;
let apis: readonly KubeApi[] = [];
/** What the webhook does with each Secret of a mesh, of which it says all that it knows. */
let verdict: "warns" | "refuses" = "warns";
const secrets = new Set<string>();

beforeAll(async () => {
  lab = await startLab(NAMES.map((name) => ({ name })));
  repository = await meshRepository();
  await mkdir(inRepository("tmp"));
  apis = await Promise.all(NAMES.map((name) => connectTo(lab, name)));
  const configuration = await startWebhook();
  for (const api of apis) {
    await api.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
    for (const manifest of deliveredMesh("shop")) await api.apply(onServer(manifest));
    await setGatewayAddress(lab.clusters[api.cluster as "m1"], "shop", "203.0.113.1");
    await api.apply(configuration);
    await waitFor("webhook", () => isAsked(api).then((asked) => asked || undefined));
  }
  await writeFile(inRepository("reader"), await readersKubeconfig());
});

afterAll(async () => {
  for (const api of apis) api.close();
  webhook?.close();
  await repository?.remove();
  await lab?.stop();
});

const inRepository = (name: string): string => join(repository.folder, name);

const onServer = (manifest: Manifest): Manifest =>
  manifest.kind === "Service"
    ? { ...manifest, spec: { type: "LoadBalancer", ports: [{ name: "tls", port: 15443 }] } }
    : manifest;

/** It quotes what it is sent, as stored and as it is meant. @returns what has API servers ask it */
async function startWebhook(): Promise<Manifest> {
  const authority = createAuthority("webhooks");
  const { certificate: cert, key } = authority.issue("webhook", { ipAddresses: ["127.0.0.1"] });
  webhook = createServer({ cert, key }, async (request, response) => {
    const { request: asked, ...review } = JSON.parse(await text(request));
    for (const each of secretsOfSecret(asked.object)) secrets.add(each);
    const quote = JSON.stringify(asked.object) + [...secretsOfSecret(asked.object)].join(" ");
    const answer =
      verdict === "warns"
        ? { allowed: true, warnings: [quote.slice(0, 200), quote.slice(-200)] }
        : { allowed: false, status: { message: quote, reason: quote } };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ ...review, response: { uid: asked.uid, ...answer } }));
  }).listen(0, "127.0.0.1");
  await once(webhook, "listening");
  return {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: { name: "quotes-secrets" },
    webhooks: [
      {
        name: "secrets.quotes.example",
        clientConfig: {
          url: `https://127.0.0.1:${(webhook.address() as AddressInfo).port}/`,
          caBundle: Buffer.from(authority.certificate).toString("base64"),
        },
        rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["secrets"], operations: ["CREATE", "UPDATE"] }],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "istio-shop" } },
        ...{ sideEffects: "None", admissionReviewVersions: ["v1"], failurePolicy: "Fail" },
      },
    ],
  };
}

async function isAsked(api: KubeApi): Promise<boolean> {
  verdict = "refuses";
  const probe = { ...SECRETS, metadata: { name: "probe", namespace: "istio-shop" } };
  const isRefused = await api.apply(probe, { dryRun: true }).then(
    () => false,
    () => true,
  );
  verdict = "warns";
  return isRefused;
}

/** Whoever may read all, and write nothing. */
async function readersKubeconfig(): Promise<string> {
  const metadata = { name: "reader", namespace: "default" };
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "reader" } };
  const users = [];
  for (const api of apis) {
    await api.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata });
    await api.apply({ ...role, rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list"] }] });
    await api.apply({
      ...{ ...role, kind: "ClusterRoleBinding" },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "reader" },
      subjects: [{ kind: "ServiceAccount", ...metadata }],
    });
    const request = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", metadata, spec: {} };
    const { token } = (await api.create(request, { subresource: "token" }))["status"] as { readonly token: string };
    users.push({ name: api.cluster, user: { token } });
  }
  return JSON.stringify({ ...JSON.parse(await readFile(lab.kubeconfig, "utf8")), users });
}

/** Command lines and environments of a process and of those that it has started, while there are such. */
async function processesOf(pid: number): Promise<readonly string[]> {
  const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, "utf8").catch(() => "");
  const children = (await read(`task/${pid}/children`)).split(" ").filter((each) => each !== "");
  const below = await Promise.all(children.map((child) => processesOf(Number(child))));
  return [await read("cmdline"), await read("environ"), ...below.flat()];
}

/** All that a run lets others see: what it says, its processes, and files that it leaves beside its state folder. */
async function seen(
  args: readonly string[],
  kubeconfig: string,
): Promise<{ readonly code: unknown; readonly all: string }> {
  const env = { KUBECONFIG: kubeconfig, TMPDIR: inRepository("tmp") };
  const child = start(args, { folder: repository.folder, env });
  const processes = new Set<string>();
  const closed = once(child, "close");
  const said = Promise.all([text(child.stdout), text(child.stderr)]);
  while (child.exitCode === null) for (const each of await processesOf(child.pid ?? 0)) processes.add(each);
  const [code] = await closed;
  expect(await readdir(inRepository("tmp"))).toEqual([]);
  expect(await readdir(inRepository(".lcloud/mesh/shop"))).toHaveLength(1);
  for (const each of await textsIn(inRepository(".lcloud"))) for (const secret of secretsOf(each)) secrets.add(secret);
  for (const api of apis) {
    for (const live of await api.list(SECRETS, { namespace: "istio-shop" })) {
      for (const secret of secretsOfSecret(live)) secrets.add(secret);
    }
  }
  return { code, all: [...(await said), ...processes].join("\n") };
}

test("rotate tells nothing secret to anybody, whether its writes are taken, refused, or quoted", {
  timeout: 300_000,
}, async () => {
  const signer = { ...makeRoot("brought", new Date()), isBrought: true } as const;
  await writeFile(inRepository("ca.pem"), signer.root);
  await writeFile(inRepository("ca.key"), signer.key, { mode: 0o600 });
  for (const line of secretsOf(signer.key)) secrets.add(line);
  const joined = await seen(["post-sync", "--mesh-only"], lab.kubeconfig);
  expect(joined).toMatchObject({ code: 0 });
  // without nodes, no istiod is ready, and a change does not begin by itself
  await (await openMeshStore(inRepository(".lcloud"))).beginRotation("shop", new Date(), { signer });

  const brought = ["--mesh-root-cert", inRepository("ca.pem"), "--mesh-root-key", inRepository("ca.key")];
  const kinds = [["--root", ...brought], ["--root"], [], ["--tokens"]];
  const turns = [
    { kubeconfig: inRepository("reader"), rule: "warns", says: /you may not (create|update) it/ },
    { kubeconfig: lab.kubeconfig, rule: "refuses", says: /the API server refuses this Secret/ },
    { kubeconfig: lab.kubeconfig, rule: "warns", says: /configured|unchanged/ },
  ] as const;
  const heard: string[] = [joined.all];
  for (const { kubeconfig, rule, says } of turns) {
    verdict = rule;
    for (const kind of kinds) {
      // both where a server quotes what it was sent
      for (const output of rule === "refuses" ? [[], ["-o", "json"]] : [[]]) {
        const { all } = await seen(["rotate", "mesh/shop", "--timeout", "1s", ...kind, ...output], kubeconfig);
        expect(all, `${kind} ${output}`).toMatch(says);
        heard.push(all);
      }
    }
  }
  expect(secrets.size).toBeGreaterThan(30);
  const all = heard.join("\n");
  for (const secret of secrets) expect(all.includes(secret), secret.slice(0, 12)).toBe(false);
  expect(all).not.toMatch(/PRIVATE KEY|^ {4}at /m);
});
