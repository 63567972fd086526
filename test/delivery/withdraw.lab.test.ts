import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { applyCluster } from "../../src/delivery/apply/apply-cluster.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import type { LiveManifest, LiveMeta, Manifest } from "../../src/model/manifest.ts";
import { refOf } from "../../src/model/ref.ts";
import { asAccount } from "../lab/accounts.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { waitFor } from "../lab/wait.ts";
import { codesOf, guarded, unitOf } from "./delivered.ts";
import { connectTo, forgetDeliveries, newClouds } from "./lab-cluster.ts";
import { bare, binding, cloudObjects, devRole, group, isolation, rendered, type Subject } from "./rendered.ts";

let lab: Lab<"east">;
let api: KubeApi;

beforeAll(async () => {
  lab = await startLab([{ name: "east" }]);
  api = await connectTo(lab, "east");
});
beforeEach(() => forgetDeliveries(api));
afterAll(async () => {
  api?.close();
  await lab?.stop();
});

const PODS = { apiVersion: "v1", kind: "Pod" };
const ben = group("lc:k:ben");

/** A cloud with a tenant in it, who holds a role and more. */
class Scene {
  readonly cloud: string;
  readonly role: string;
  readonly tenant: KubeApi;

  constructor(cloud: string, role: string, tenant: KubeApi) {
    this.cloud = cloud;
    this.role = role;
    this.tenant = tenant;
  }

  get tenantSubject() {
    return { kind: "ServiceAccount", namespace: "default", name: this.cloud };
  }

  get policy(): Manifest {
    return isolation(this.cloud);
  }

  /** The binding that others are in as well. */
  operators(...subjects: readonly Subject[]): Manifest {
    const role = { kind: "ClusterRole", name: this.role };
    return binding(this.cloud, `lc:${this.cloud}:operate:${this.role}`, this.cloud, role, subjects);
  }

  get developers(): Manifest {
    const role = { kind: "Role", name: `lc:${this.cloud}:dev` };
    return binding(this.cloud, `lc:${this.cloud}:dev`, this.cloud, role, [ben]);
  }

  get lookers(): Manifest {
    const role = { kind: "ClusterRole", name: "view" };
    return binding(this.cloud, `lc:${this.cloud}:look:view`, this.cloud, role, [this.tenantSubject]);
  }

  dist(...bindings: readonly Manifest[]) {
    const others = cloudObjects(this.cloud).filter(({ kind }) => kind !== "RoleBinding");
    return rendered({ [this.cloud]: [...others, this.developers, ...bindings] });
  }

  /** A binding that the tenant makes for itself. */
  own(name: string): Manifest {
    return bare({ ...this.operators(this.tenantSubject), metadata: { name, namespace: this.cloud } });
  }

  async change(manifest: Manifest, change: (live: LiveManifest) => LiveManifest): Promise<void> {
    const live = await this.tenant.get(refOf(manifest));
    if (live === undefined) throw new Error("it is not there");
    await this.tenant.replace(change(live));
  }

  /** The tenant deletes an object and makes one of its own in its place. */
  async supplant(manifest: Manifest): Promise<void> {
    await this.delete(manifest);
    await this.tenant.create(bare(manifest));
  }

  async delete(manifest: Manifest): Promise<void> {
    const live = await this.tenant.get(refOf(manifest));
    expect(await this.tenant.delete(refOf(manifest), { uid: live?.metadata.uid ?? "" })).toBe(true);
  }

  async hold(manifest: Manifest): Promise<void> {
    await this.change(manifest, (live) => withMeta(live, { finalizers: ["example.com/hold"] }));
  }
}

const withMeta = (live: LiveManifest, meta: Partial<LiveMeta>): LiveManifest => ({
  ...live,
  metadata: { ...live.metadata, ...meta },
});

async function begin(role: string): Promise<Scene> {
  const [, cloud] = newClouds();
  const scene = new Scene(cloud, role, await asAccount(api, cloud));
  expect(
    codesOf(await applyCluster(api, scene.dist(scene.operators(scene.tenantSubject, ben), scene.lookers), guarded)),
  ).toEqual([]);
  const review = (verb: string, resource: string) => mayTenant(scene, verb, resource);
  await waitFor("the tenant's rights", async () => (await review("delete", "networkpolicies")) || undefined);
  expect(await review("delete", "rolebindings")).toBe(role === "admin");
  return scene;
}

async function mayTenant({ cloud, tenant }: Scene, verb: string, resource: string): Promise<boolean> {
  const group = resource === "networkpolicies" ? "networking.k8s.io" : "rbac.authorization.k8s.io";
  const review = await tenant.create({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: { name: "" },
    spec: { resourceAttributes: { namespace: cloud, group, resource, verb } },
  });
  return (review["status"] as { readonly allowed: boolean }).allowed;
}

/** The API server itself learns of a binding's end some milliseconds after it was written. */
async function expectForbidden({ cloud, tenant }: Scene): Promise<void> {
  const ask = async (): Promise<true | undefined> => {
    try {
      await tenant.list(PODS, { namespace: cloud });
      return undefined;
    } catch (error) {
      if (error instanceof CloudError && error.code === "FORBIDDEN") return true;
      throw error;
    }
  };
  await waitFor("the tenant is forbidden to read", ask, 5000);
}

interface Sabotage {
  readonly role: "edit" | "admin";
  readonly what: string;
  readonly codes: readonly string[];
  readonly commit: (scene: Scene) => Promise<void>;
}

const sabotages: readonly Sabotage[] = [
  {
    role: "edit",
    what: "replaced a network policy",
    codes: ["NOT_OURS"],
    commit: (scene) => scene.supplant(scene.policy),
  },
  {
    role: "edit",
    what: "changed a network policy",
    codes: ["CONFLICT"],
    commit: (scene) =>
      scene.change(scene.policy, (live) => ({ ...live, spec: { podSelector: {}, policyTypes: ["Egress"] } })),
  },
  {
    role: "edit",
    what: "holds a network policy that it deleted",
    codes: ["CONFLICT"],
    commit: async (scene) => {
      await scene.hold(scene.policy);
      await scene.delete(scene.policy);
    },
  },
  {
    role: "edit",
    what: "replaced a ServiceAccount",
    codes: ["NOT_OURS"],
    commit: (scene) =>
      scene.supplant({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "robot", namespace: scene.cloud } }),
  },
  {
    role: "admin",
    what: "took the labels off its bindings",
    codes: [],
    commit: async (scene) => {
      for (const each of [scene.operators(), scene.lookers]) {
        await scene.change(each, (live) => withMeta(live, { labels: {} }));
      }
    },
  },
  {
    role: "admin",
    what: "made its bindings anew",
    codes: [],
    commit: async (scene) => {
      const spare = await scene.tenant.create(scene.own("spare"));
      await scene.supplant(scene.lookers);
      await scene.supplant(scene.operators(scene.tenantSubject));
      await scene.delete(spare);
    },
  },
  {
    role: "admin",
    what: "made its bindings anew, to more",
    codes: [],
    commit: async (scene) => {
      const { roleRef } = scene.operators();
      await scene.supplant({ ...scene.lookers, roleRef });
      await scene.supplant({ ...scene.developers, roleRef, subjects: [scene.tenantSubject] });
    },
  },
  {
    role: "admin",
    what: "added itself to another binding",
    codes: [],
    commit: (scene) => scene.change(scene.developers, (live) => ({ ...live, subjects: [ben, scene.tenantSubject] })),
  },
  {
    role: "admin",
    what: "holds a binding by a finalizer",
    codes: [],
    commit: (scene) => scene.hold(scene.lookers),
  },
  {
    role: "admin",
    what: "made a binding anew, to more, and holds it",
    codes: ["CONFLICT"],
    commit: async (scene) => {
      const { roleRef } = scene.operators();
      await scene.supplant({ ...scene.developers, roleRef, subjects: [scene.tenantSubject] });
      await scene.hold(scene.developers);
    },
  },
  {
    role: "admin",
    what: "holds a binding that it deleted",
    codes: ["CONFLICT"],
    commit: async (scene) => {
      await scene.hold(scene.operators());
      await scene.delete(scene.operators());
    },
  },
];

test.each(sabotages)("a tenant with $role who $what is forbidden everything once it is removed", async (sabotage) => {
  const scene = await begin(sabotage.role);
  await sabotage.commit(scene);
  const changeSet = await applyCluster(api, scene.dist(scene.operators(ben)), guarded);
  await expectForbidden(scene);
  expect(unitOf(changeSet, `lc-cloud-${scene.cloud}`)?.failures.map(({ code }) => code)).toEqual(sabotage.codes);
});

test.each(sabotages.filter(({ role }) => role === "admin"))(
  "so is one who $what, where the cloud cannot be delivered either",
  async (sabotage) => {
    const scene = await begin(sabotage.role);
    await scene.supplant(scene.policy);
    await sabotage.commit(scene);
    const changeSet = await applyCluster(api, scene.dist(scene.operators(ben)), guarded);
    await expectForbidden(scene);
    expect(codesOf(changeSet)).toContain("NOT_OURS");
  },
);

test("a role that a tenant has made anew allows what was reviewed, whatever else fails", async () => {
  const scene = await begin("admin");
  await scene.supplant(scene.policy);
  await scene.supplant(devRole(scene.cloud, scene.cloud, ["get", "delete"]));
  await applyCluster(api, scene.dist(scene.operators(ben)), guarded);
  expect(await api.get(refOf(devRole(scene.cloud)))).toMatchObject(devRole(scene.cloud));
});

test("a binding of the tenant's own is left to it", async () => {
  const scene = await begin("admin");
  const own = await scene.tenant.create(scene.own("own"));
  const removed = scene.dist(scene.operators(ben));
  expect(codesOf(await applyCluster(api, removed, guarded))).toEqual([]);
  expect(await api.get(refOf(own))).toBeDefined();
});
