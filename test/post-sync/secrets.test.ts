import { inspect } from "node:util";
import { expect, test } from "vitest";
import { CloudError } from "../../src/model/error.ts";
import type { UserGrant } from "../../src/post-sync/cluster-access.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { accountOf, makeScene, writeKubeconfigs, x509 } from "./scene.ts";

const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 3600 };

/** Runs with a failure at each call, and what they say: to whoever prints it, and to whoever turns it into JSON. */
async function everyReport(identity: ClusterIdentity) {
  const scene = await makeScene();
  const said: unknown[] = [];
  const secrets = new Set<string>();
  for (let failing = 0; failing < 12; failing++) {
    const fake = fakeCluster("east");
    const admin = fake.behind("admin");
    for (const manifest of accountOf("shop/ada")) await admin.apply(manifest);
    fake.before = ({ ref, credential }) => {
      if (credential?.kind === "token") secrets.add(credential.token);
      if (credential?.kind === "certificate") secrets.add(credential.key);
      if (fake.requests.length === failing) throw new CloudError("API_ERROR", `east: ${ref.kind} failed`);
    };
    const options = {
      stateDir: scene.stateDir,
      half: "both",
      timeoutMs: 0,
      onGrant: (grant: UserGrant) => said.push(grant),
    };
    const access = await grantAccess(fake, scene.render("east", { identity }), { ...options, half: "both" });
    said.push(access, await writeKubeconfigs([access], scene.stateDir));
  }
  return {
    text: said.map((each) => JSON.stringify(each) + inspect(each, { depth: null, showHidden: true })).join(),
    secrets,
  };
}

test.each([x509, tokens])("no key and no token is in any report: %j", async (identity) => {
  const { text, secrets } = await everyReport(identity);
  expect(secrets.size).toBeGreaterThan(0);
  expect(text).toContain("API_ERROR");
  for (const secret of secrets) {
    expect(text.includes(secret)).toBe(false);
    expect(text.includes(Buffer.from(secret).toString("base64"))).toBe(false);
  }
  expect(text).not.toMatch(/PRIVATE KEY/);
});
