import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { createAuthority } from "../lab/authority.ts";
import { clientPair, type StubServer, startStubServer, status } from "./stub-server.ts";

let server: StubServer;
const opened: KubeApi[] = [];

beforeEach(async () => {
  server = await startStubServer({ tls: true });
});

afterEach(async () => {
  for (const api of opened.splice(0)) api.close();
  await server.stop();
});

async function connect(user: object, timeoutMs = 5000): Promise<KubeApi> {
  const api = await server.connect({ user, timeoutMs });
  opened.push(api);
  return api;
}

const ref = { apiVersion: "v1", kind: "Namespace", name: "shop" };
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const own = clientPair("own");
const ownUser = { "client-certificate-data": base64(own.certificate), "client-key-data": base64(own.key) };
const plugin = (script: string) => ({
  exec: {
    apiVersion: "client.authentication.k8s.io/v1",
    command: "sh",
    args: ["-c", script],
    interactiveMode: "Never",
  },
});
const credentialOf = (token: string): string =>
  JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status: { token } });

/** One that has ended, and that nobody has asked for its end yet, counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

test.each<[string, object, object]>([
  ["a client certificate", ownUser, { certified: "own", authorization: undefined }],
  ["a token", { token: "own-token" }, { certified: undefined, authorization: "Bearer own-token" }],
  ["a name and password", { username: "own", password: "secret" }, { authorization: `Basic ${base64("own:secret")}` }],
  ["a plugin's token", plugin(`echo '${credentialOf("t-1")}'`), { authorization: "Bearer t-1" }],
])("we are known by %s of the kubeconfig", async (_, user, sent) => {
  await (await connect(user)).get(ref);
  expect(server.received).toMatchObject([sent]);
});

describe("as somebody else, nothing of our own is sent", () => {
  const other = clientPair("other");
  test.each<[string, object]>([
    ["certificate", ownUser],
    ["token", { token: "own-token" }],
    ["password", { username: "own", password: "secret" }],
    ["impersonation", { ...ownUser, as: "boss", "as-groups": ["bosses"] }],
  ])("of a %s", async (_, user) => {
    const api = await connect(user);
    await api.get(ref);
    const certified = api.as({ kind: "certificate", ...other });
    const bearer = api.as({ kind: "token", token: "other-token" });
    opened.push(certified, bearer);
    await certified.get(ref);
    await bearer.get(ref);
    await api.get(ref);
    const [before, first, second, after] = server.received;
    expect(first).toMatchObject({ certified: "other", authorization: undefined, impersonation: {} });
    expect(second).toMatchObject({
      certified: undefined,
      authorization: "Bearer other-token",
      impersonation: {},
    });
    expect(after).toEqual(before);
  });
});

test("a certificate with another key is refused without asking", async () => {
  const { certificate } = clientPair("other");
  const api = (await connect(ownUser)).as({ kind: "certificate", certificate, key: own.key });
  await expect(api.get(ref)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  expect(server.received).toEqual([]);
});

test.each<[string, object]>([
  ["certificate", { ...ownUser, "client-certificate-data": base64("hunter2") }],
  ["certificate's DER", { ...ownUser, "client-certificate-data": base64(own.certificate.replace("MII", "MIJ")) }],
  ["key", { ...ownUser, "client-key-data": base64("hunter2") }],
])("a broken %s of our own is no matter of the server", async (_, user) => {
  await expect((await connect(user)).get(ref)).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: expect.not.stringContaining("hunter2"),
  });
  expect(server.received).toEqual([]);
});

test("a plugin is asked once for requests at the same time", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-plugin-"));
  const asked = join(folder, "asked");
  const api = await connect(plugin(`echo once >> '${asked}'; echo '${credentialOf("t")}'`));
  await Promise.all(["v1", "rbac.authorization.k8s.io/v1"].map((apiVersion) => api.get({ ...ref, apiVersion })));
  expect(readFileSync(asked, "utf8")).toBe("once\n");
  rmSync(folder, { recursive: true });
});

test("a plugin is told what it is asked for", async () => {
  const user = plugin(`printf '{"status":{"token":"%s"}}' "$(echo "$KUBERNETES_EXEC_INFO" | base64 | tr -d '\\n')"`);
  await (await connect({ exec: { ...user.exec, provideClusterInfo: true } })).get(ref);
  const [, token = ""] = server.received[0]?.authorization?.split(" ") ?? [];
  expect(JSON.parse(Buffer.from(token, "base64").toString())).toMatchObject({
    apiVersion: "client.authentication.k8s.io/v1",
    kind: "ExecCredential",
    spec: { interactive: false, cluster: { server: server.url } },
  });
});

test.each<[string, object, string]>([
  ["fails", plugin("echo log in first >&2; exit 1"), "UNAUTHORIZED"],
  ["is not installed", { exec: { command: "lcloud-no-such-plugin" } }, "UNAUTHORIZED"],
  ["prints something else", plugin("echo hunter2"), "UNAUTHORIZED"],
  ["prints no token", plugin(`echo '{"kind":"hunter2"}'`), "UNAUTHORIZED"],
  ["does not end", plugin("exec sleep 1"), "UNAUTHORIZED"],
])("a plugin that %s is an error, and nothing is sent", async (_, user, code) => {
  const api = await connect(user, 300);
  const message = expect.not.stringContaining("hunter2");
  await expect(api.get(ref)).rejects.toMatchObject({ code, message });
  expect(server.received).toEqual([]);
});

test("a plugin that does not end in time is ended, with all that it has started", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-plugin-"));
  const pids = join(folder, "pids");
  const api = await connect(plugin(`sleep 600 & echo $! $$ > '${pids}.tmp'; mv '${pids}.tmp' '${pids}'; wait`), 1000);
  await expect(api.get(ref)).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  const started = readFileSync(pids, "utf8").trim().split(" ").map(Number);
  expect(started).toHaveLength(2);
  for (const pid of started) await expect.poll(() => isRunning(pid)).toBe(false);
  rmSync(folder, { recursive: true });
});

test("what a plugin leaves behind on purpose is left", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-plugin-"));
  const file = join(folder, "pid");
  const script = `sleep 600 > /dev/null 2>&1 & echo $! > '${file}'; echo '${credentialOf("t")}'`;
  await (await connect(plugin(script))).get(ref);
  const pid = Number(readFileSync(file, "utf8"));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
  rmSync(folder, { recursive: true });
});

test("a credential is asked for anew once it has ended, and kept until then", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-plugin-"));
  const asked = join(folder, "asked");
  const printing = (expires: Date): string => JSON.stringify({ status: { token: "t", expirationTimestamp: expires } });
  for (const [expires, isKept] of [
    [new Date(Date.now() + 60_000), true],
    [new Date(Date.now() - 1), false],
  ] as const) {
    rmSync(asked, { force: true });
    const api = await connect(plugin(`echo once >> '${asked}'; echo '${printing(expires)}'`));
    await api.get(ref);
    await api.get({ ...ref, apiVersion: "rbac.authorization.k8s.io/v1" });
    expect(readFileSync(asked, "utf8") === "once\n").toBe(isKept);
  }
  rmSync(folder, { recursive: true });
});

test.each<[string, object, RegExp]>([
  ["says why", plugin("echo log in first >&2; exit 1"), /: no credential: its plugin sh failed: log in first; /],
  ["has no command", { exec: { apiVersion: "v1" } }, /: no credential: its plugin has no command; /],
  ["says nothing", plugin("exit 7"), /: no credential: its plugin sh failed and said nothing; run it by hand; /],
])("a plugin that fails and %s is named", async (_, user, message) => {
  const api = await connect(user);
  await expect(api.get(ref)).rejects.toThrow(message);
});

describe("the token of a file", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lcloud-token-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test("goes before a token beside it, and is read for each request", async () => {
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "t-1\n");
    const api = await connect({ token: "old-token", tokenFile });
    await api.get(ref);
    writeFileSync(tokenFile, "t-2");
    await api.get(ref);
    expect(server.received).toMatchObject([{ authorization: "Bearer t-1" }, { authorization: "Bearer t-2" }]);
  });

  test.each<[string, string | undefined]>([
    ["is missing", undefined],
    ["is empty", "\n"],
  ])("that %s is an error that names it, and nothing is sent", async (_, text) => {
    const tokenFile = join(folder, "token");
    if (text !== undefined) writeFileSync(tokenFile, text);
    const message = expect.stringMatching(`tokenFile ${tokenFile} of user "u" in /.*/kubeconfig `);
    await expect((await connect({ tokenFile })).get(ref)).rejects.toMatchObject({ code: "UNAUTHORIZED", message });
    expect([...server.received, ...server.discovered]).toEqual([]);
  });

  test("is nobody else's", async () => {
    const tokenFile = join(folder, "token");
    writeFileSync(tokenFile, "own-token");
    const certified = (await connect({ tokenFile })).as({ kind: "certificate", ...clientPair("other") });
    opened.push(certified);
    await certified.get(ref);
    expect(server.received).toMatchObject([{ certified: "other", authorization: undefined }]);
  });
});

test("all that a kubeconfig says of on whose behalf we are is sent", async () => {
  const impersonated = {
    as: "ada",
    "as-uid": "7",
    "as-groups": ["g-1", "g-2"],
    "as-user-extra": { "a/b": ["c", "d"] },
  };
  await (await connect({ ...ownUser, ...impersonated })).get(ref);
  expect(server.received[0]?.impersonation).toEqual({
    "impersonate-user": ["ada"],
    "impersonate-uid": ["7"],
    "impersonate-group": ["g-1", "g-2"],
    "impersonate-extra-a%2fb": ["c", "d"],
  });
});

test.each<[string, object]>([
  ["groups without a user", { "as-groups": ["system:masters"] }],
  ["a uid without a user", { "as-uid": "7" }],
  ["groups that are no list", { as: "ada", "as-groups": "system:masters" }],
  ["extras that are no lists", { as: "ada", "as-user-extra": { reason: "7" } }],
  ["a token's file that is no path", { tokenFile: 7 }],
])("a kubeconfig with %s is refused", async (_, user) => {
  await expect(connect({ ...ownUser, ...user })).rejects.toMatchObject({
    code: "NO_CONTEXT",
    message: expect.stringContaining('user "u" in '),
  });
});

test("a refused credential is told once", async () => {
  server.answer(status(401, "Unauthorized"));
  await expect((await connect({ token: "old-token" })).get(ref)).rejects.toMatchObject({
    code: "UNAUTHORIZED",
    message: expect.not.stringContaining("old-token"),
  });
  expect(server.received).toHaveLength(1);
});

test("the proxy of a kubeconfig is used, and connections through it are kept", async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on("connect", (request, client) => {
    tunnels.push(request.url ?? "");
    const [host = "", port] = (request.url ?? "").split(":");
    const target = createConnection(Number(port), host, () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
    client.pipe(target).pipe(client);
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as AddressInfo;
  const api = await server.connect({ user: ownUser, proxy: `http://127.0.0.1:${port}` });
  opened.push(api);
  await api.get(ref);
  await api.get(ref);
  expect(server.received).toMatchObject([{ certified: "own" }, { certified: "own" }]);
  expect(tunnels).toEqual([new URL(server.url).host]);
  proxy.close();
});

test("nothing is sent to a server of another authority", async () => {
  const trusted = createAuthority("another").certificate;
  const api = await server.connect({ user: { token: "own-token" }, trusted });
  expect(api.endpoint).toEqual({ server: server.url, certificateAuthority: trusted });
  await expect(api.get(ref)).rejects.toMatchObject({ code: "UNREACHABLE" });
  expect([...server.received, ...server.discovered]).toEqual([]);
});
