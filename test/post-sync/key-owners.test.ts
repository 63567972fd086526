import { chmod } from "node:fs/promises";
import { expect, test } from "vitest";
import { writePrivateFile } from "../../src/keys/private-file.ts";
import { certificatePath } from "../../src/keys/state-layout.ts";
import { describeKeys } from "../../src/post-sync/key-owners.ts";
import { specOf } from "../../src/post-sync/signing-request.ts";
import { parseRequest } from "../../src/x509/request.ts";
import { issueCertificate } from "../x509/issued-certificate.ts";
import { makeScene, requestOf, type Scene, type UserPath } from "./scene.ts";

const requestFor = (scene: Scene, path: UserPath) =>
  parseRequest(Buffer.from(specOf(requestOf(scene.render("east"), path)).request ?? "", "base64").toString());

/** Store a certificate, as after post-sync. */
async function store({ stateDir }: Scene, path: UserPath, pem: string): Promise<string> {
  const [cloud = "", user = ""] = path.split("/");
  const file = certificatePath({ stateDir, cluster: "east", cloud, user });
  await writePrivateFile(file, pem);
  return file;
}

test("a key is told with its user, whichever cluster in dist/ has them", async () => {
  const scene = await makeScene(["shop/ada", "shop/ben"]);
  const clusters = [scene.render("east", { users: ["shop/ada"] }), scene.render("west", { users: ["shop/ben"] })];
  const describe = describeKeys(clusters, scene.stateDir);
  for (const path of ["shop/ada", "shop/ben"] as const) {
    const { group } = requestFor(scene, path);
    expect(await describe(group, "shop")).toBe(`${group} of ${path}`);
  }
});

test("a key of somebody who is gone from dist/ is told with who had a certificate of it", async () => {
  const scene = await makeScene(["shop/ada", "shop/ben"]);
  const request = requestFor(scene, "shop/ben");
  await store(scene, "shop/ben", issueCertificate(request));
  const describe = describeKeys([scene.render("east", { users: ["shop/ada"] })], scene.stateDir);
  expect(await describe(request.group, "shop")).toBe(`${request.group} formerly of shop/ben`);
  expect(await describe(request.group, "bank")).toBe(request.group);
});

test("what cannot be read names nobody", async () => {
  const scene = await makeScene(["shop/ada", "shop/ben", "shop/eve"]);
  await store(scene, "shop/ada", "no certificate");
  const request = requestFor(scene, "shop/ben");
  await chmod(await store(scene, "shop/ben", issueCertificate(request)), 0o644);
  const describe = describeKeys([], scene.stateDir);
  for (const path of ["shop/ada", "shop/ben", "shop/eve"] as const) {
    const { group } = requestFor(scene, path);
    expect(await describe(group, "shop")).toBe(group);
  }
});

test("names that speak for themselves are left as they are, without a look at the state folder", async () => {
  const describe = describeKeys([], "/nowhere");
  for (const name of ["ana", "lcloud-users/shop-ben", "dev-lead"]) expect(await describe(name, "shop")).toBe(name);
});
