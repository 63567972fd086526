import { expect, test } from "vitest";
import { type CorefileFolder, mountCorefiles, type PodPorts } from "./corefile-mount.ts";

/** Plays port 53 on 20053 and so on. */
class HighPorts implements PodPorts {
  readonly known = new Set<number>();
  readonly exposed = new Set<number>();

  async of(podPort: number): Promise<number> {
    this.known.add(podPort);
    return 20_000 + podPort;
  }

  has(podPort: number): boolean {
    return this.known.has(podPort);
  }

  expose(podPort: number): void {
    this.exposed.add(podPort);
  }
}

const mount = (files: Readonly<Record<string, string>>, ports = new HighPorts()): Promise<CorefileFolder> =>
  mountCorefiles(new Map(Object.entries(files)), {
    folder: "/lab",
    kubeconfig: "/k",
    upstream: "127.0.0.1:99",
    routes: { "10.0.0.53": "127.0.0.1:98" },
    ports,
  });

const mountBlock = async (line: string): Promise<string | undefined> =>
  (await mount({ Corefile: `.:53 {\n${line}\n}\n` }))
    .get("Corefile")
    ?.replace(/^.*\n/, "")
    .replace(/\n\}\n$/, "");

test.for([
  [".:53 {\n}\n", ".:20053 {\n}\n"],
  ["shop {\n}\n", "shop {\n}\n"],
  ["a.test:53, b.test:5353 {\n}\n", "a.test:20053, b.test:25353 {\n}\n"],
  ["dns://shop:53 {\n}\n", "dns://shop:20053 {\n}\n"],
  ["# shop:53 {\n.:53 {\n}\n", "# shop:53 {\n.:20053 {\n}\n"],
  ["import /etc/coredns/custom/*.server\n", "import /lab/custom/*.server\n"],
] as const)("keys and imports: %j", async ([corefile, expected]) => {
  expect((await mount({ Corefile: corefile })).get("Corefile")).toBe(expected);
});

test.for([
  ["prometheus :9153", "prometheus 127.0.0.1:29153"],
  ["prometheus", "prometheus 127.0.0.1:29153"],
  ["health {\n    lameduck 5s\n}", "health 127.0.0.1:28080 {\n    lameduck 5s\n}"],
  ["ready :8182 # ours", "ready 127.0.0.1:28182 # ours"],
  ["health nonsense", "health nonsense"],
  ["forward . 10.0.0.53 192.0.2.53", "forward . 127.0.0.1:98 192.0.2.53"],
  ["reload", "reload 2s 1s"],
  ["reload 30s 15s", "reload 2s 1s"],
  ["kubernetes cluster.local", "kubernetes cluster.local {\n        kubeconfig /k\n    }"],
  ["kubernetes cluster.local {\n  ttl 5\n}", "kubernetes cluster.local {\n        kubeconfig /k\n  ttl 5\n}"],
  ["hosts /etc/coredns/NodeHosts", "hosts /lab/NodeHosts"],
  ["rewrite name regex (.*) {1}.test", "rewrite name regex (.*) {1}.test"],
  ["log . {\n    ready\n}", "log . {\n    ready\n}"],
  ['errors "a\n:53 # }"', 'errors "a\n:53 # }"'],
] as const)("in a block: %j", async ([line, expected]) => {
  expect(await mountBlock(line)).toBe(expected);
});

test.for([
  ["127.0.0.1", "127.0.0.1:20053"],
  ["127.0.0.1:53 [::1]:53 ::1", "127.0.0.1:20053 [::1]:20053 [::1]:20053"],
  ["127.0.0.1:20777", "127.0.0.1:20777"],
  ["192.0.2.53 tls://192.0.2.53", "192.0.2.53 tls://192.0.2.53"],
  ["/etc/resolv.conf", "127.0.0.1:99"],
  ["127.0.0.1 {\n    max_fails 0\n}", "127.0.0.1:20053 {\n    max_fails 0\n}"],
] as const)("upstreams: %j", async ([upstreams, expected]) => {
  expect(await mountBlock(`forward . ${upstreams}`)).toBe(`forward . ${expected}`);
});

test("a block may forward to the port of a block in another file", async () => {
  const files = await mount({
    Corefile: ".:53 {\n}\nimport custom/*.server\n",
    "custom/a.server": "a.test:53 {\n    forward . 127.0.0.1:5300\n}\n",
    "custom/b.server": ".:5300 {\n}\n",
  });
  expect(files.get("custom/a.server")).toContain("forward . 127.0.0.1:25300\n");
});

test("what is imported into a block is read as such", async () => {
  const files = await mount({ Corefile: "", "custom/a.override": "reload\n", "custom/a.server": "reload {\n}\n" });
  expect(files.get("custom/a.override")).toBe("reload 2s 1s\n");
  expect(files.get("custom/a.server")).toBe("reload {\n}\n");
});

test("files that are no Corefiles stay as they are", async () => {
  expect((await mount({ Corefile: "", NodeHosts: "node:53 {\n" })).get("NodeHosts")).toBe("node:53 {\n");
});

test("others reach what does not listen on loopback alone", async () => {
  const ports = new HighPorts();
  await mount(
    { Corefile: ".:53 {\n    prometheus :9153\n    health 0.0.0.0:8080\n    ready 127.0.0.1:8181\n}\n" },
    ports,
  );
  expect([...ports.exposed].sort()).toEqual([53, 8080, 9153]);
});
