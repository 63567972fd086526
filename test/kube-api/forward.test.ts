import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { PodStream } from "../../src/kube-api/pod-stream.ts";
import { CloudError } from "../../src/model/error.ts";
import { type Answer, startStubServer, status } from "./stub-server.ts";

const POD = { namespace: "shop", name: "dns", port: 53 };

test.each<[string, Answer, object]>([
  ["may not forward", status(403, "pods is forbidden"), { code: "FORBIDDEN", message: /pods is forbidden/ }],
  ["asks for a pod that is not there", status(404, "not found"), { code: "NOT_FOUND" }],
  ["asks for a node that is down", status(500, "error dialing backend: refused"), { code: "API_ERROR" }],
  ["gets no answer", () => undefined, { code: "UNREACHABLE" }],
])("who %s is told why", async (_, answer, { code, message = /./ }: { code?: string; message?: RegExp }) => {
  const server = await startStubServer();
  server.answer(answer);
  const api = await server.connect({ timeoutMs: 300 });
  await expect(api.forward(POD)).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  expect(server.received[0]).toMatchObject({
    method: "GET",
    path: "/api/v1/namespaces/shop/pods/dns/portforward",
    query: { ports: "53" },
  });
  api.close();
  await server.stop();
});

test("a port is asked for as whom the kubeconfig says", async () => {
  const server = await startStubServer();
  server.answer(status(403));
  const api = await server.connect({ user: { token: "t", as: "ada" } });
  await expect(api.forward(POD)).rejects.toMatchObject({ code: "FORBIDDEN" });
  expect(server.received).toMatchObject([
    { authorization: "Bearer t", impersonation: { "impersonate-user": ["ada"] } },
  ]);
  api.close();
  await server.stop();
});

let kubelets: WebSocketServer;
let kubelet: WebSocket;
let socket: WebSocket;
let stream: PodStream;

beforeEach(async () => {
  kubelets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(kubelets, "listening");
  socket = new WebSocket(`ws://127.0.0.1:${(kubelets.address() as AddressInfo).port}`);
  const [[connected]] = await Promise.all([once(kubelets, "connection"), once(socket, "open")]);
  kubelet = connected;
  stream = new PodStream(socket, (reason) => new CloudError("API_ERROR", reason));
  kubelet.send(Buffer.of(0, 53, 0));
  kubelet.send(Buffer.of(1, 53, 0));
});

afterEach(() => {
  stream.destroy();
  for (const client of kubelets.clients) client.terminate();
  kubelets.close();
});

test("a stream holds what the pod says, without the port that the kubelet puts before it, and ends as it ends", async () => {
  kubelet.send(Buffer.from("\0one"));
  kubelet.send(Buffer.from("\0two"));
  kubelet.close();
  expect(String(await buffer(stream))).toBe("onetwo");
});

test("what the kubelet says of an error is the stream's", async () => {
  kubelet.send(Buffer.from("\x01refused\n"));
  await expect(buffer(stream)).rejects.toMatchObject({ code: "API_ERROR", message: "refused" });
});

test("a connection that is cut off does not look as if it had ended", async () => {
  kubelet.send(Buffer.from("\0half"));
  kubelet.terminate();
  await expect(buffer(stream)).rejects.toMatchObject({ code: "API_ERROR" });
});

test("a destroyed stream leaves no connection", async () => {
  const closed = once(kubelet, "close");
  stream.destroy();
  await closed;
});

test("what is written after the kubelet has ended the connection is no error of its own", async () => {
  const ended = buffer(stream);
  socket.close();
  stream.write("late");
  await expect(ended).resolves.toHaveLength(0);
});
