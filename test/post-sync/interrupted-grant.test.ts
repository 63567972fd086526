import { describe, expect, test } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { grantAccess } from "../../src/post-sync/grant-access.ts";
import type { ClusterIdentity } from "../../src/rendered/files.ts";
import { fakeCluster } from "../fakes/fake-cluster.ts";
import { accountOf, makeScene, x509 } from "./scene.ts";

const tokens: ClusterIdentity = { kind: "service-account", expirationSeconds: 3600 };

/** The API server as it looks to a run that ends at its call of that number: before it gets there, or with its answer. */
function endingAt(api: KubeApi, end: number, when: "before" | "after", error: () => Error): KubeApi {
  let calls = 0;
  const limited = (target: KubeApi): KubeApi =>
    new Proxy(target, {
      get(_, field: keyof KubeApi) {
        const member = target[field];
        if (field === "as") return (...args: Parameters<KubeApi["as"]>) => limited(target.as(...args));
        if (typeof member !== "function" || field === "serverTime" || field === "close") return member;
        return async (...args: never[]) => {
          calls++;
          if (calls > end || (calls === end && when === "before")) throw error();
          const answer = await Reflect.apply(member, target, args);
          if (calls === end) throw error();
          return answer;
        };
      },
    });
  return limited(api);
}

async function setUp(identity: ClusterIdentity) {
  const scene = await makeScene();
  const fake = fakeCluster("east");
  const admin = fake.behind("admin");
  for (const manifest of accountOf("shop/ada")) await admin.apply(manifest);
  const cluster = scene.render("east", { identity });
  const run = (api: KubeApi) => grantAccess(api, cluster, { stateDir: scene.stateDir, half: "both", timeoutMs: 5000 });
  return { fake, run };
}

async function countCalls(identity: ClusterIdentity): Promise<number> {
  const { fake, run } = await setUp(identity);
  await run(fake);
  return fake.requests.length;
}

describe.each([
  ["certificate", x509],
  ["token", tokens],
] as const)("a grant of a %s", (_, identity) => {
  test.each(["before", "after"] as const)("that is killed %s any call is finished by the next run", async (when) => {
    const count = await countCalls(identity);
    for (let end = 1; end <= count; end++) {
      const { fake, run } = await setUp(identity);
      await expect(run(endingAt(fake, end, when, () => new Error("killed")))).rejects.toThrow("killed");
      const { users, failures } = await run(fake);
      expect(failures).toEqual([]);
      expect(users).toMatchObject([{ credential: {} }]);
      expect(users[0]).not.toHaveProperty("failure");
    }
  });

  test("that loses the cluster at any call fails once, and is finished by the next run", async () => {
    const count = await countCalls(identity);
    for (let end = 1; end <= count; end++) {
      const { fake, run } = await setUp(identity);
      const lost = () => new CloudError("UNREACHABLE", "east: no connection; is it up?");
      const { users, failures } = await run(endingAt(fake, end, "before", lost));
      expect(failures).toEqual([{ code: "UNREACHABLE", message: "no connection; is it up?" }]);
      expect(users[0]).not.toHaveProperty("failure");
      expect((await run(fake)).users).toMatchObject([{ credential: {} }]);
    }
  });

  test("that is refused at any call says so", async () => {
    const count = await countCalls(identity);
    for (let end = 1; end <= count; end++) {
      const { fake, run } = await setUp(identity);
      const refused = () => new CloudError("FORBIDDEN", "east: not allowed");
      const { users, failures } = await run(endingAt(fake, end, "before", refused));
      expect([...failures, users[0]?.failure]).toContainEqual(expect.objectContaining({ code: "FORBIDDEN" }));
    }
  });
});
