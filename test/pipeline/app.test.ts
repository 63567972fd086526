import { access, mkdir, rm } from "node:fs/promises";
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
    formatWantedFile({ version: 1, identities: "clouds/identities", users: wanted }),
  );
  await repository.write("cdk8s.yaml", 'app: cp wanted.json "$LCLOUD_WANTED"\n');
}
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
    await expect(enroll(options())).rejects.toMatchObject({ code: "INVALID" });
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
      [expect.stringMatching(/^shop\/east\/role-binding:look: /)],
    ]);
  });

  test("the folder is the one that is asked for, then the one of cdk8s.yaml", async () => {
    await repository.write("cdk8s.yaml", 'app: mkdir -p "$CDK8S_OUTDIR"\noutput: rendered\n');
    expect(await synth(options())).toMatchObject({ dist: "rendered" });
    expect(await synth({ ...options(), dist: "elsewhere" })).toMatchObject({ dist: "elsewhere" });
    expect([await exists("rendered"), await exists("elsewhere"), await exists("dist")]).toEqual([true, true, false]);
  });

  test("an app that ends well without writing is told so", async () => {
    await repository.write("cdk8s.yaml", "app: exit 0");
    await expect(synth(options())).rejects.toMatchObject({ code: "APP_FAILED" });
  });

  test("an environment that enroll would use does not keep the app from rendering", async () => {
    await repository.write("cdk8s.yaml", 'app: test -z "$LCLOUD_WANTED" && mkdir dist');
    await expect(synth({ ...options(), env: { ...process.env, LCLOUD_WANTED: "x" } })).resolves.toBeDefined();
  });

  test("a folder without cdk8s.yaml is told so", async () => {
    await rm(join(repository.folder, "cdk8s.yaml"));
    await expect(synth(options())).rejects.toMatchObject({ code: "INVALID", faults: [{ path: "cdk8s.yaml" }] });
  });
});
