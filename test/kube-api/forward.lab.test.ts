import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { applyManifests, mergePatch } from "../lab/api.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { startKubelet } from "../lab/kubelet.ts";
import { waitFor } from "../lab/wait.ts";

const LISTENED = 53;
const POD = { namespace: "shop", name: "echo", port: LISTENED };

let lab: Lab<"eu">;
let api: KubeApi;
let echo: Server;
let endKubelet: () => Promise<void>;
let opened = 0;

beforeAll(async () => {
  echo = createServer((client) => {
    opened += 1;
    client
      .on("error", () => undefined)
      .on("close", () => {
        opened -= 1;
      });
    client.pipe(client);
  }).listen(0, "127.0.0.1");
  await once(echo, "listening");
  const { port: local } = echo.address() as AddressInfo;
  lab = await startLab([{ name: "eu" }]);
  await applyManifests(lab.clusters.eu, [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "echo", namespace: "shop" },
      spec: { automountServiceAccountToken: false, containers: [{ name: "echo", image: "echo" }] },
    },
  ]);
  await mergePatch(lab.clusters.eu, "/api/v1/namespaces/shop/pods/echo/status", { status: { phase: "Running" } });
  endKubelet = await startKubelet(lab.clusters.eu, [
    { namespace: "shop", name: "echo", portOf: (port) => (port === LISTENED ? local : undefined) },
  ]);
  api = await connectKubeApi({ cluster: "eu", context: "eu", kubeconfig: lab.kubeconfig });
});

afterAll(async () => {
  api?.close();
  await endKubelet?.();
  await lab?.stop();
  echo?.close();
});

test("what is written comes to the pod, and what it answers comes back, whole", async () => {
  const stream = await api.forward(POD);
  const sent = Buffer.alloc(300_000, "0123456789");
  stream.write(sent);
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    parts.push(part);
    length += part.length;
    if (length >= sent.length) break;
  }
  expect(Buffer.concat(parts).equals(sent)).toBe(true);
});

test("a connection that is destroyed ends at the pod too", async () => {
  const stream = await api.forward(POD);
  stream.write("hello");
  await once(stream, "data");
  expect(opened).toBeGreaterThan(0);
  stream.destroy();
  await waitFor("the pod sees no end", async () => opened === 0 || undefined);
});

test("a port on which nobody listens is told as an error of the connection", async () => {
  const stream = await api.forward({ ...POD, port: 54 });
  const [error] = await once(stream, "close").then(
    () => [stream.errored],
    (thrown) => [thrown],
  );
  expect(error).toMatchObject({ code: "API_ERROR", message: expect.stringMatching(/^eu: Pod\/shop\/echo .*refused/) });
});

test("a pod that is not there is told at once", async () => {
  await expect(api.forward({ ...POD, name: "nobody" })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
