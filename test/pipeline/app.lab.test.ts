import { access, mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { enroll, synth } from "../../src/pipeline.ts";
import { formatWantedFile, type WantedUser } from "../../src/rendered/wanted-file.ts";
import { TestFleet } from "./fleet.ts";
import { cloud, TestRepository } from "./repository.ts";

let repository: TestRepository;

/** An app that only says whom it wants: quicker than a real one. */
async function wantOnly(...users: readonly Pick<WantedUser, "cloud" | "user">[]): Promise<void> {
  const wanted = users.map((user) => ({ keyAlgorithm: "ecdsa-p256", ...user }));
  await repository.write(
    "wanted.json",
    formatWantedFile({
      version: 1,
      identities: "clouds/identities",
      clouds: ["bank", "shop"],
      users: wanted,
      meshes: [],
      charts: [],
    }),
  );
  await repository.write("cdk8s.yaml", 'app: cp wanted.json "$LCLOUD_WANTED"\n');
}
const index = JSON.stringify(new URL("../../src/index.ts", import.meta.url).href);
const ada = { cloud: "shop", user: "ada" };
const eve = { cloud: "bank", user: "eve" };

beforeEach(async () => {
  repository = await TestRepository.create(cloud("shop", "ada") + cloud("bank", "eve"));
});
afterEach(() => repository.remove());

const options = () => new TestFleet(repository).options();
const exists = async (path: string) =>
  access(join(repository.folder, path)).then(
    () => true,
    () => false,
  );

describe("enroll", () => {
  test("everybody who needs a request gets one, and nothing is rendered", async () => {
    const report = await enroll(options());
    expect(report).toMatchObject({
      users: [
        { cloud: "bank", user: "eve", action: "created", key: "here" },
        { cloud: "shop", user: "ada", action: "created", key: "here" },
      ],
      failures: [],
    });
    expect(await exists("clouds/identities/shop/ada.csr.pem")).toBe(true);
    expect(await exists("dist")).toBe(false);
  });

  test("only those who are named are enrolled, by cloud or by user", async () => {
    await wantOnly(ada, eve);
    expect((await enroll({ ...options(), only: ["shop/ada"] })).users).toMatchObject([{ user: "ada" }]);
    expect((await enroll({ ...options(), only: ["bank"] })).users).toMatchObject([{ user: "eve", action: "created" }]);
  });

  test("names that are nobody's are refused together, and nobody is enrolled", async () => {
    await wantOnly(ada, eve);
    await expect(enroll({ ...options(), only: ["shop", "shop/eve", "mall"] })).rejects.toMatchObject({
      code: "INVALID",
      faults: [{ path: "shop/eve" }, { path: "mall" }],
    });
    expect(await exists("clouds/identities")).toBe(false);
  });

  test("a user who cannot be enrolled stops no other", async () => {
    await wantOnly(eve, ada);
    await mkdir(join(repository.folder, "clouds/identities/shop"), { recursive: true });
    await repository.write("clouds/identities/shop/ada.csr.pem", "nonsense");
    expect(await enroll(options())).toMatchObject({
      users: [{ user: "eve", action: "created" }],
      failures: [{ cloud: "shop", user: "ada", code: "REQUEST_INVALID" }],
    });
  });

  test("a kind of key that does not exist is refused", async () => {
    const wanted: WantedUser = { ...ada, keyAlgorithm: "rsa-512" };
    await wantOnly(wanted);
    expect(await enroll(options())).toMatchObject({ users: [], failures: [{ code: "INVALID" }] });
  });

  test("an app that does not say whom it wants is told so", async () => {
    await repository.write("cdk8s.yaml", "app: exit 0");
    await expect(enroll(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "cdk8s.yaml" }] });
  });
});

describe("synth", () => {
  test("users without a request are told with the command that helps, and nothing is written", async () => {
    await expect(synth(options())).rejects.toMatchObject({
      code: "INVALID",
      faults: [
        { message: expect.stringContaining("lcloud enroll bank/eve") },
        { message: expect.stringContaining("lcloud enroll shop/ada") },
      ],
    });
    expect(await exists("dist")).toBe(false);
  });

  test("what it wrote and removed is told, and its warnings", async () => {
    await enroll(options());
    const first = await synth(options());
    expect(first).toMatchObject({ dist: "dist", removed: [], unchanged: 0 });
    expect(first.written).toContain("east/clouds/bank/cloud.k8s.yaml");

    await rm(join(repository.folder, "clouds/identities/bank"), { recursive: true });
    await repository.define(cloud("shop", "ada").replace('"view"', '"edit"'));
    const second = await synth(options());
    const changed = ["clouds/shop/cloud.k8s.yaml", "kustomization.yaml"];
    expect(second.removed).toContain("east/clouds/bank/cloud.k8s.yaml");
    expect(second.written).toEqual(
      ["east", "south", "west"].flatMap((name) => changed.map((file) => `${name}/${file}`)),
    );
    expect(second.unchanged + second.removed.length + second.written.length).toBe(first.written.length);
    expect([first.warnings, second.warnings]).toEqual([
      [],
      [{ path: expect.stringMatching(/^shop\/east\/role-binding:look/), message: expect.any(String) }],
    ]);
  });

  test("the folder is the one that is asked for, then the one of cdk8s.yaml", async () => {
    await enroll(options());
    await repository.write("cdk8s.yaml", `app: '"${process.execPath}" clouds/main.ts'\noutput: rendered\n`);
    expect(await synth(options())).toMatchObject({ dist: "rendered" });
    expect(await synth({ ...options(), dist: "elsewhere" })).toMatchObject({ dist: "elsewhere" });
    expect([await exists("rendered"), await exists("elsewhere"), await exists("dist")]).toEqual([true, true, false]);
  });

  test("faults are those of the app, as data, and nothing of them is said beside", async () => {
    await repository.define('console.error("begin"); new LogicalCloud(app, "shop", { namespaces: ["default"] });');
    const { said, options } = new TestFleet(repository);
    await expect(synth(options())).rejects.toMatchObject({
      code: "INVALID",
      message: expect.stringMatching(/^1 fault; nothing was written\n {2}shop: /),
      faults: [{ path: "shop" }],
    });
    expect(said).toEqual(["begin"]);
  });

  test("faults that the app catches are faults all the same", async () => {
    await repository.define(
      'new LogicalCloud(app, "shop", { namespaces: ["default"] }); try { app.synth(); } catch {} process.exit(0);',
    );
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "shop" }] });
  });

  test("a bug in the app is APP_FAILED, and all of it comes through", async () => {
    await repository.define('throw new TypeError("boom");');
    const { said, options } = new TestFleet(repository);
    await expect(synth(options())).rejects.toMatchObject({ code: "APP_FAILED" });
    expect(said.join("\n")).toMatch(/TypeError: boom\n {4}at /);
  });

  test("a bug after what was refused comes through too", async () => {
    const late = 'process.nextTick(() => { throw new TypeError("boom"); });';
    await repository.define(
      `${late} new LogicalCloud(app, "shop", { namespaces: ["default"] }); try { app.synth(); } catch {} if (false)`,
    );
    const { said, options } = new TestFleet(repository);
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID" });
    expect(said.join("\n")).toContain("TypeError: boom");
  });

  test("an app that fails once it has rendered is APP_FAILED", async () => {
    await repository.define('process.on("exit", () => { process.exitCode = 4; });');
    await expect(synth(options())).rejects.toMatchObject({ code: "APP_FAILED" });
  });

  test.each([
    ["never calls synth", "if (false)"],
    ["ends before it renders", "process.exit(0);"],
  ])("an app that ends well and %s is told so, whatever was rendered before", async (_, statements) => {
    await mkdir(join(repository.folder, "dist"));
    await repository.define(statements);
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "cdk8s.yaml" }] });
  });

  const cdk8s = JSON.stringify(import.meta.resolve("cdk8s"));
  test.each([
    ["a cloud in an app for tests", 'new LogicalCloud(Testing.app(), "shop");', "shop"],
    ["an app of cdk8s alone", "new App().synth();", "cdk8s.yaml"],
  ])("%s is no app of a fleet, which is told with the remedy", async (_, statements, path) => {
    await repository.write(
      "clouds/main.ts",
      `import cdk8s from ${cdk8s}; import { LogicalCloud } from ${index}; const { App, Testing } = cdk8s; ${statements}`,
    );
    const message = expect.stringContaining("new FleetApp({ fleet })");
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path, message }] });
  });

  test("what the app throws is told with its place, its remedy and no stack, and with the faults of its clouds", async () => {
    await repository.write(
      "clouds/main.ts",
      `import cdk8s from ${cdk8s};
import { defineFleet, FleetApp, LogicalCloud } from ${index};
const app = new FleetApp({ fleet: defineFleet({ clusters: { east: { kubernetes: "1.33", identity: "x509" } } }) });
const shop = new LogicalCloud(app, "shop", { privilegd: true, namespaces: ["default"] });
new cdk8s.ApiObject(shop.on("east"), "mine", { apiVersion: "a/b/c", kind: "Mine" });
app.synth();`,
    );
    const { said, options } = new TestFleet(repository);
    await expect(synth(options())).rejects.toMatchObject({
      code: "INVALID",
      message: expect.not.stringContaining("    at "),
      faults: [
        { path: "clouds/main.ts:5", message: expect.stringMatching(/^invalid apiVersion a\/b\/c.*[^.]; the app ends/) },
        { path: "shop", message: expect.stringMatching(/^privilegd: /) },
        { path: "shop", message: expect.stringMatching(/"default" belongs to the system/) },
      ],
    });
    expect(said).toEqual([]);
  });

  test("an app that renders into another folder is told so", async () => {
    await repository.define('new FleetApp({ fleet: app.fleet, outdir: "other" }).synth(); process.exit(0);');
    await expect(synth(options())).rejects.toMatchObject({
      code: "APP_FAILED",
      message: expect.stringContaining("take outdir out"),
    });
  });

  test("a dist/ that is a link is the folder that it leads to", async () => {
    await mkdir(join(repository.folder, "real"));
    await symlink("real", join(repository.folder, "dist"));
    await repository.define("");
    expect(await synth(options())).toMatchObject({ dist: "dist", removed: [] });
    expect(await exists("real/east/cluster.json")).toBe(true);
  });

  test("a file in the place of dist/ is told so", async () => {
    await repository.define("");
    await repository.write("dist", "");
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID" });
  });

  test("an environment that enroll would use does not keep the app from rendering", async () => {
    await repository.define("");
    await synth({ ...options(), env: { ...process.env, LCLOUD_WANTED: "x" } });
    expect(await exists("dist/east/cluster.json")).toBe(true);
  });

  test("a folder without cdk8s.yaml is told so", async () => {
    await rm(join(repository.folder, "cdk8s.yaml"));
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "cdk8s.yaml" }] });
  });
});
