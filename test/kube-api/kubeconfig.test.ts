import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { KubeConfig, loadYaml } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeTarget } from "../../src/kube-api/kube-api.ts";
import { findContext } from "../../src/kube-api/kubeconfig.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lcloud-kubeconfig-"));
  vi.stubEnv("HOME", folder);
  vi.stubEnv("KUBECONFIG", "");
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function write(name: string, content: object | string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const file = (name: string, cluster: object = {}, user: object = {}) => ({
  clusters: [{ name, cluster: { server: `https://${name}.example`, ...cluster } }],
  users: [{ name, user }],
  contexts: [{ name, context: { cluster: name, user: name } }],
});

const find = (context: string, kubeconfig?: string) => {
  const target: KubeTarget = { cluster: "east", context, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
  return findContext(target, { KubeConfig, loadYaml });
};
const serverOf = (context: string, kubeconfig?: string) => find(context, kubeconfig).cluster.server;
const noContext = (message: RegExp) =>
  expect.objectContaining({ code: "NO_CONTEXT", message: expect.stringMatching(message) });

describe("a context is found in", () => {
  test("the file that is named, whatever the environment says", () => {
    vi.stubEnv("KUBECONFIG", write("other", file("a", { server: "https://other.example" })));
    expect(serverOf("a", write("named", file("a")))).toBe("https://a.example");
  });

  test("the home folder, where nothing is said", () => {
    write(".kube/config", file("home"));
    expect(serverOf("home")).toBe("https://home.example");
  });

  test("the files of KUBECONFIG, and the first that knows a name counts", () => {
    const first = write("first", { ...file("a", { server: "https://first.example" }), users: [] });
    const second = write("second", file("a", {}, { token: "t" }));
    vi.stubEnv("KUBECONFIG", [join(folder, "missing"), first, second, write("third", file("b")), ""].join(delimiter));
    expect(find("a")).toMatchObject({ cluster: { server: "https://first.example" }, user: { token: "t" } });
    expect(serverOf("b")).toBe("https://b.example");
  });

  test("another file than an empty one", () => {
    vi.stubEnv("KUBECONFIG", [write("empty", "\n"), write("full", file("a"))].join(delimiter));
    expect(serverOf("a")).toBe("https://a.example");
  });
});

test("paths are relative to the file that holds them", () => {
  const user = { "client-certificate": "a.crt", "client-key": "/keys/a.key", exec: { command: "./bin/login" } };
  const found = find("a", write("deep/config", file("a", { "certificate-authority": "ca.crt" }, user)));
  expect(found).toMatchObject({
    cluster: { caFile: join(folder, "deep/ca.crt") },
    user: {
      certFile: join(folder, "deep/a.crt"),
      keyFile: "/keys/a.key",
      exec: { command: join(folder, "deep/bin/login") },
    },
  });
});

test("a plugin without a path is looked for where programs are", () => {
  expect(find("a", write("config", file("a", {}, { exec: { command: "aws" } }))).user.exec.command).toBe("aws");
});

test("a context may have no user", () => {
  const anonymous = { ...file("a"), users: [], contexts: [{ name: "a", context: { cluster: "a" } }] };
  expect(serverOf("a", write("config", anonymous))).toBe("https://a.example");
});

test.each<[string, object]>([
  ["context without a cluster", { contexts: [{ name: "z", context: { user: "z" } }] }],
  ["context without a name", { contexts: [{ context: { cluster: "z" } }] }],
  ["cluster without a server", { clusters: [{ name: "z", cluster: {} }] }],
  ["user without a name", { users: [{ user: {} }] }],
  ["entry that is none", { users: [null], clusters: ["z"], contexts: [1] }],
])("a %s beside does not matter, but for whoever asks for it", (_, wrong) => {
  const good = file("a");
  const lists = ["clusters", "users", "contexts"] as const;
  const both = Object.fromEntries(
    lists.map((list) => [list, [...((wrong as Partial<typeof good>)[list] ?? []), ...good[list]]]),
  );
  const path = write("config", both);
  expect(serverOf("a", path)).toBe("https://a.example");
  expect(() => find("z", path)).toThrow(noContext(/there are a; add it, .* context; .*config: /));
});

describe("there is no context", () => {
  test("of that name, but others", () => {
    vi.stubEnv("KUBECONFIG", [write("one", file("a")), write("two", file("b"))].join(delimiter));
    expect(() => find("c")).toThrow(
      noContext(/^east: no context "c" .*one, .*two; there are a, b; add it, or correct the cluster's context$/),
    );
  });

  test("of any name", () => {
    expect(() => find("c", write("config", ""))).toThrow(
      noContext(/there is none; add it, or correct the cluster's context$/),
    );
  });

  test("where there is no file", () => {
    expect(() => find("c")).toThrow(noContext(/no kubeconfig at .*config; /));
    expect(() => find("c", join(folder, "missing"))).toThrow(noContext(/no kubeconfig at .*missing; /));
    vi.stubEnv("KUBECONFIG", join(folder, "gone"));
    expect(() => find("c")).toThrow(noContext(/no kubeconfig at .*gone; /));
  });

  test.each<[string, object]>([
    ["cluster", { clusters: [] }],
    ["user", { users: [] }],
  ])("without its %s", (kind, without) => {
    expect(() => find("a", write("config", { ...file("a"), ...without }))).toThrow(
      noContext(new RegExp(`${kind} "a"`)),
    );
  });

  test.each<[string, object | string]>([
    ["is not YAML", "users: [{user: {token: hunter2"],
    ["is a list", "[hunter2]"],
    ["is a word", "hunter2"],
    ["lacks a server", { ...file("a"), clusters: [{ name: "a", cluster: {} }] }],
  ])("in a file that %s, and it is not quoted", (_, content) => {
    const path = write("config", content);
    expect(() => find("a", path)).toThrow(noContext(/^(?!.*hunter2)/s));
  });

  test("in a folder", () => {
    expect(() => find("a", folder)).toThrow(noContext(/EISDIR/));
  });
});

test("the endpoint is what users of the cluster must know", async () => {
  const authority = "-----BEGIN CERTIFICATE-----\n";
  write("ca.crt", authority);
  const tls = { "tls-server-name": "api.internal" };
  const connect = async (cluster: object) => {
    const kubeconfig = write("config", file("a", cluster));
    return (await connectKubeApi({ cluster: "east", context: "a", kubeconfig })).endpoint;
  };
  const inline = { "certificate-authority-data": Buffer.from(authority).toString("base64") };
  const server = "https://a.example";
  expect(await connect({})).toEqual({ server });
  expect(await connect(inline)).toEqual({ server, certificateAuthority: authority });
  expect(await connect({ "insecure-skip-tls-verify": true })).toEqual({ server, isUnverified: true });
  expect(await connect({ "certificate-authority": "ca.crt", ...tls })).toEqual({
    server,
    certificateAuthority: authority,
    tlsServerName: "api.internal",
  });
  await expect(connect({ "certificate-authority": "none.crt" })).rejects.toEqual(noContext(/none\.crt/));
});

test.each([
  ["a port that there is not", "https://a.example:70000"],
  ["no URL", "a.example"],
  ["another protocol", "ftp://a.example"],
  ["no encryption", "http://a.example"],
])("a server of %s is a fault of the kubeconfig", async (_, server) => {
  const kubeconfig = write("config", file("a", { server }));
  await expect(connectKubeApi({ cluster: "east", context: "a", kubeconfig })).rejects.toEqual(
    noContext(/^east: context "a" .*server/),
  );
});

test("a server without encryption can be meant", async () => {
  const cluster = { server: "http://127.0.0.1:8001", "insecure-skip-tls-verify": true };
  const kubeconfig = write("config", file("a", cluster));
  const { endpoint } = await connectKubeApi({ cluster: "east", context: "a", kubeconfig });
  expect(endpoint.server).toBe(cluster.server);
});
