import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type FleetApp, LogicalCloud } from "../../src/index.ts";
import { parseRequest } from "../../src/x509/request.ts";
import { CLUSTERS, enroll, faultsOf, newApp, newKey, readFiles, readManifests } from "./fleets.ts";

afterEach(() => vi.unstubAllEnvs());

const withUsers = (app: FleetApp, name: string, ...users: readonly string[]) =>
  new LogicalCloud(app, name, {
    permissions: { view: { clusterRole: "view" } },
    users: Object.fromEntries(users.map((user) => [user, ["view" as const]])),
  });

test("a user without a request is a fault that names the command", () => {
  const { app, identities } = newApp();
  withUsers(app, "shop", "ana");
  expect(faultsOf(() => app.synth())).toEqual([
    { path: join(identities, "shop/ana.csr.pem"), message: expect.stringContaining("lcloud enroll shop/ana") },
  ]);
});

test("only users of x509 clusters need a request", () => {
  const { app, outdir } = newApp({ eks: CLUSTERS.eks, k3s: CLUSTERS.k3s });
  withUsers(app, "shop", "ana");
  app.synth();
  expect(Object.keys(readFiles(outdir)).filter((path) => path.includes("requests"))).toEqual([]);
});

test("a request of somebody else is a fault", () => {
  const { app, identities } = newApp();
  withUsers(app, "shop", "ana", "ben");
  enroll(identities, "shop", "ana");
  const ana = join(identities, "shop/ana.csr.pem");
  writeFileSync(join(identities, "shop/ben.csr.pem"), readFileSync(ana));
  const paths = faultsOf(() => app.synth()).map(({ path }) => path);
  expect(paths).toEqual([join(identities, "shop/ben.csr.pem")]);
});

test("one key in two requests is a fault", () => {
  const { app, identities } = newApp();
  withUsers(app, "pay", "ana");
  withUsers(app, "shop", "ana");
  const key = newKey();
  enroll(identities, "pay", "ana", key);
  enroll(identities, "shop", "ana", key);
  expect(faultsOf(() => app.synth())).toEqual([
    { path: join(identities, "shop/ana.csr.pem"), message: expect.stringContaining("pay/ana.csr.pem") },
  ]);
});

test("a private key among the requests is a fault, whoever's it is", () => {
  const { app, identities } = newApp();
  new LogicalCloud(app, "shop");
  const path = join(identities, "notes/old.pem");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, newKey().export({ type: "pkcs8", format: "pem" }));
  expect(faultsOf(() => app.synth())).toEqual([{ path, message: expect.stringContaining("private key") }]);
});

test("a private key where a request is wanted is told once", () => {
  const { app, identities } = newApp();
  withUsers(app, "shop", "ana");
  enroll(identities, "shop", "ana");
  const path = join(identities, "shop/ana.csr.pem");
  writeFileSync(path, newKey().export({ type: "pkcs8", format: "pem" }));
  expect(faultsOf(() => app.synth())).toEqual([{ path, message: expect.stringContaining("private key") }]);
});

test("a user whose name is none, or is too long for a certificate, is no user without a request", () => {
  const { app, identities } = newApp();
  const long = "x".repeat(60);
  withUsers(app, "shop", "a.b", long);
  enroll(identities, "shop", "x");
  const faults = faultsOf(() => app.synth()).filter(({ path }) => path === "shop");
  expect(faults.map(({ message }) => message.replace(/;.*/, ""))).toEqual([
    "users.a.b: the name is no DNS label",
    expect.stringMatching(/^users\.x+: "lc:shop:x+" is longer than 64 characters/),
  ]);
  expect(faultsOf(() => app.synth()).map(({ path }) => path)).toEqual([
    "shop",
    "shop",
    join(identities, `shop/${long}.csr.pem`),
  ]);
});

test("a request that nobody needs is left alone", () => {
  const { app, identities } = newApp();
  new LogicalCloud(app, "shop");
  enroll(identities, "shop", "gone");
  app.synth();
});

test("a request is rendered beside what is delivered, and its key's group is bound", () => {
  const { app, identities, outdir } = newApp();
  withUsers(app, "shop", "ana");
  const group = enroll(identities, "shop", "ana");
  app.synth();
  const [request] = readManifests(join(outdir, "gke/requests/shop.k8s.yaml"));
  const spec = request?.["spec"] as { readonly request: string };
  const { name } = request?.metadata ?? {};
  expect(parseRequest(Buffer.from(spec.request, "base64").toString())).toMatchObject({
    commonName: "lc:shop:ana",
    group,
  });
  expect(spec).toMatchObject({
    signerName: "kubernetes.io/kube-apiserver-client",
    usages: ["client auth", "digital signature"],
    expirationSeconds: 2592000,
  });
  expect(JSON.parse(readFileSync(join(outdir, "gke/grants/shop.json"), "utf8"))).toEqual({
    version: 1,
    cloud: "shop",
    users: [{ name: "ana", namespaces: ["shop"], credential: { kind: "x509", request: name } }],
  });
  const binding = readManifests(join(outdir, "gke/clouds/shop/cloud.k8s.yaml")).find(
    ({ kind }) => kind === "RoleBinding",
  );
  expect(binding?.["subjects"]).toEqual([{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: group }]);
  expect(readFileSync(join(outdir, "gke/kustomization.yaml"), "utf8")).not.toContain("requests");
});

test("another key or another lifetime is a request of another name", () => {
  const names = [600, 600, 3600].map((expirationSeconds, index) => {
    const { app, identities, outdir } = newApp({ gke: { ...CLUSTERS.gke, expirationSeconds } });
    withUsers(app, "shop", "ana");
    enroll(identities, "shop", "ana", index === 0 ? undefined : key);
    app.synth();
    return readManifests(join(outdir, "gke/requests/shop.k8s.yaml"))[0]?.metadata.name;
  });
  expect(new Set(names).size).toBe(3);
});
const key = newKey();

test("a user has grants only where some permission reaches", () => {
  const { app, outdir } = newApp({ k3s: CLUSTERS.k3s, eks: CLUSTERS.eks });
  new LogicalCloud(app, "shop", {
    namespaces: ["shop", { name: "shop-eks", clusters: ["eks"] }],
    permissions: { eks: { clusterRole: "view", namespaces: ["shop-eks"] }, all: { clusterRole: "edit" } },
    users: { ana: ["eks"], ben: ["all"] },
  });
  app.synth();
  const grants = (cluster: string) => {
    const { users } = JSON.parse(readFileSync(join(outdir, cluster, "grants/shop.json"), "utf8"));
    return users.map(({ name, namespaces }: { name: string; namespaces: string[] }) => [name, ...namespaces]);
  };
  expect(grants("eks")).toEqual([
    ["ana", "shop-eks"],
    ["ben", "shop", "shop-eks"],
  ]);
  expect(grants("k3s")).toEqual([["ben", "shop"]]);
});

test("an app that is asked whom it wants enrolled writes that and nothing else", () => {
  const { app, outdir, identities } = newApp();
  const file = join(dirname(outdir), "wanted.json");
  vi.stubEnv("LCLOUD_WANTED", file);
  withUsers(app, "shop", "ben", "ana");
  app.synth();
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({
    version: 1,
    identities,
    clouds: ["shop"],
    users: [
      { cloud: "shop", user: "ana", keyAlgorithm: "ecdsa-p256" },
      { cloud: "shop", user: "ben", keyAlgorithm: "ecdsa-p256" },
    ],
    meshes: [],
    charts: [],
  });
  expect(Object.keys(readFiles(dirname(outdir)))).toEqual(["wanted.json"]);
});

test("an app that is asked whom it wants enrolled tells every other fault", () => {
  const { app, outdir } = newApp();
  vi.stubEnv("LCLOUD_WANTED", join(dirname(outdir), "wanted.json"));
  withUsers(app, "shop", "ana");
  new LogicalCloud(app, "pay", { quota: { x: 1 } });
  expect(faultsOf(() => app.synth()).map(({ path }) => path)).toEqual(["pay/eks/quota"]);
});
