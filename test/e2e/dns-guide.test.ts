import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startLab } from "../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { createDemoRepository, type DemoRepository } from "../lab/demo-repository.ts";
import { startKubelet } from "../lab/kubelet.ts";
import { examplesOf, filesOf } from "./documents.ts";
import { outputOf, run } from "./run.ts";

const GUIDE = "docs/dns.md";

let started: AsyncDisposableStack;
let repository: DemoRepository;
let kubeconfig: string;
let servers: Readonly<Record<"prod-eu" | "office", CoreDns>>;

/** The repository that the guide describes, beside its clusters, with the DNS that new ones have. */
beforeAll(async () => {
  await using starting = new AsyncDisposableStack();
  const lab = starting.use(await startLab([{ name: "prod-eu" }, { name: "office" }]));
  const { "prod-eu": kubeadm, office: k3s } = lab.clusters;
  const files = { NodeHosts: "192.0.2.7 node-7\n" };
  servers = {
    "prod-eu": starting.use(await startCoreDns(kubeadm, { corefile: await defaultCorefile("kubeadm") })),
    office: starting.use(await startCoreDns(k3s, { corefile: await defaultCorefile("k3s"), files })),
  };
  starting.defer(await startKubelet(kubeadm, servers["prod-eu"].pods));
  starting.defer(await startKubelet(k3s, servers.office.pods));
  repository = await createDemoRepository({ kubectl: lab.kubectl });
  starting.defer(repository.remove);
  ({ kubeconfig } = lab);
  await rm(join(repository.folder, "clouds"), { recursive: true });
  await mkdir(join(repository.folder, "clouds"));
  for (const [path, text] of filesOf(examplesOf(GUIDE))) await writeFile(join(repository.folder, path), text);
  started = starting.move();
});

afterAll(async () => started?.disposeAsync());

const shell = async (script: string): Promise<string> => {
  const { PATH } = process.env;
  const env = { ...process.env, PATH: `${repository.bin}:${PATH}`, KUBECONFIG: kubeconfig };
  return outputOf(await run("sh", ["-euc", script], { cwd: repository.folder, env }));
};

const configMap = (cluster: string, name: string): Promise<string> =>
  shell(`kubectl --context ${cluster} --namespace kube-system get configmap ${name} --output jsonpath={.data}`);

test("the commands of the guide to zones do, in their order, what it says", async () => {
  const commands = examplesOf(GUIDE).filter(({ language }) => language === "sh");
  const printed: string[] = [];
  for (const { text } of commands) printed.push(await shell(text));
  const [rendered = "", checked = "", looked = "", , , without = ""] = printed;
  expect(rendered).toContain("orders:53 {");
  for (const cluster of ["prod-eu", "office"]) {
    for (const name of ["web.orders", "stock.orders-api.orders"]) {
      expect(checked).toMatch(new RegExp(`^${cluster} +orders +${name} +10\\.0\\.\\d+\\.\\d+ +ok$`, "m"));
    }
    expect(looked).toMatch(new RegExp(`^${cluster} +orders +orders +rewrite +in place`, "m"));
    expect(without).toMatch(new RegExp(`^${cluster} +orders +orders +rewrite +missing`, "m"));
  }
  for (const server of Object.values(servers)) {
    await server.unloaded("orders.");
    expect((await server.query("web.orders", "A")).rcode).toBe("NXDOMAIN");
  }
  expect(JSON.parse(await configMap("prod-eu", "coredns"))).toEqual({ Corefile: await defaultCorefile("kubeadm") });
  expect(await configMap("office", "coredns-custom")).not.toContain("lc-orders");
});

test("every example of the guide is run by a test, or is none", () => {
  const unnamed = examplesOf(GUIDE).filter(
    ({ language, text }) => language !== "sh" && !(language === "ts" && text.startsWith("// clouds/")),
  );
  expect(unnamed).toEqual([]);
});
