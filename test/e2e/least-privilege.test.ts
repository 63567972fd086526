import { join } from "node:path";
import { expect, test } from "vitest";
import { startCoreDns } from "../lab/coredns.ts";
import { defaultCorefile } from "../lab/default-corefiles.ts";
import { addService } from "../lab/dns-services.ts";
import { waitFor } from "../lab/wait.ts";
import { outputOf } from "./run.ts";
import { type SmallFleet, startSmallFleet } from "./small-fleet.ts";

const CLOUDS = `new LogicalCloud(app, "shop", {
  permissions: { edit: { clusterRole: "edit" }, restart: { rules: [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] }] } },
  users: { ana: ["edit", "restart"] },
  quota: { "requests.cpu": 4 },
  dns: { zone: "our-shop" },
});`;

/** Who holds which of the roles that `lcloud roles` prints. */
const HOLDERS = {
  deliverer: ["deliver"],
  requester: ["request", "collect"],
  approver: ["approve"],
  namer: ["dns"],
  reader: ["read"],
};

/** A ServiceAccount that has those roles and no others; the path of a kubeconfig for it. */
async function createHolder(fleet: SmallFleet, name: string, roles: readonly string[]): Promise<string> {
  const kubeconfig = join(fleet.folder, `${name}.kubeconfig`);
  outputOf(
    await fleet.shell(`
      kubectl create serviceaccount ${name}
      lcloud roles --role ${roles.join()} > ${name}.yaml
      kubectl apply --server-side -f ${name}.yaml
      kubectl get -f ${name}.yaml --no-headers -o custom-columns=:.kind,:.metadata.name,:.metadata.namespace |
      while read -r kind role namespace; do
        case $kind in
          ClusterRole) kubectl create clusterrolebinding ${name}.$role --clusterrole $role --serviceaccount default:${name} ;;
          Role) kubectl -n $namespace create rolebinding ${name}.$role --role $role --serviceaccount default:${name} ;;
        esac
      done
      kubectl config view --raw --flatten --minify > ${name}.kubeconfig
      export KUBECONFIG=${name}.kubeconfig
      kubectl config set-credentials ${name} --token "$(kubectl create token ${name})"
      kubectl config set-context main --user ${name}
    `),
  );
  return kubeconfig;
}

/** An API server learns of a binding a moment after it has stored it. */
async function waitForRight(fleet: SmallFleet, kubeconfig: string, right: string): Promise<void> {
  await waitFor(`the right to ${right}`, async () => {
    const { code } = await fleet.shell(`kubectl --kubeconfig ${kubeconfig} auth can-i ${right}`);
    return code === 0 || undefined;
  });
}

test("five people, each with the roles of one job and no more, get a user and a zone in", {
  timeout: 240_000,
}, async () => {
  await using fleet = await startSmallFleet();
  await using dns = await startCoreDns(fleet.cluster, { corefile: await defaultCorefile("kubeadm"), replicas: 2 });
  await fleet.write(CLOUDS, ["system:serviceaccount:default:requester"], 'dns: { provider: "corefile" }');
  outputOf(await fleet.lcloud("enroll"));
  outputOf(await fleet.lcloud("synth"));
  const deliverer = await createHolder(fleet, "deliverer", HOLDERS.deliverer);
  const requester = await createHolder(fleet, "requester", HOLDERS.requester);
  const approver = await createHolder(fleet, "approver", HOLDERS.approver);
  const namer = await createHolder(fleet, "namer", HOLDERS.namer);
  const reader = await createHolder(fleet, "reader", HOLDERS.reader);
  await waitForRight(fleet, deliverer, "bind clusterroles/edit");
  await waitForRight(fleet, requester, "delete certificatesigningrequests");
  await waitForRight(fleet, approver, "update certificatesigningrequests --subresource approval");
  await waitForRight(fleet, namer, "get pods --subresource proxy --namespace kube-system");

  for (const stranger of [requester, approver, namer, reader])
    expect((await fleet.lcloudAs(stranger, "sync")).code).toBe(3);
  outputOf(await fleet.lcloudAs(deliverer, "sync"));

  for (const stranger of [deliverer, approver, namer]) {
    expect((await fleet.lcloudAs(stranger, "post-sync", "--collect-only")).code).toBe(3);
  }
  const asked = await fleet.lcloudAs(requester, "post-sync", "--collect-only", "-o", "json");
  expect(asked.stdout).toContain("CSR_PENDING");
  for (const stranger of [deliverer, requester, namer, reader]) {
    expect((await fleet.lcloudAs(stranger, "post-sync", "--approve-only")).code).toBe(3);
  }
  outputOf(await fleet.lcloudAs(approver, "post-sync", "--approve-only"));
  outputOf(await fleet.lcloudAs(requester, "post-sync", "--collect-only"));

  await addService(fleet.cluster, "shop", "web", { clusterIP: "10.0.0.12" });
  for (const stranger of [deliverer, requester, approver, reader]) {
    expect((await fleet.lcloudAs(stranger, "post-sync", "--dns-only")).code).toBe(3);
  }
  const named = JSON.parse(outputOf(await fleet.lcloudAs(namer, "post-sync", "--dns-only", "-o", "json")));
  expect(named.dns).toMatchObject([
    { zones: [{ zone: "our-shop", action: "added" }], loaded: { kind: "loaded", replicas: 2 } },
  ]);
  const { answers } = await dns.query("web.our-shop", "A");
  expect(answers).toMatchObject([{ name: "web.our-shop.", content: "10.0.0.12" }]);
  const reverted = JSON.parse(outputOf(await fleet.lcloudAs(namer, "post-sync", "--revert-dns", "-o", "json")));
  expect(reverted.dns).toMatchObject([
    { zones: [{ zone: "our-shop", action: "removed" }], loaded: { kind: "loaded" } },
  ]);
  expect((await dns.query("web.our-shop", "A")).rcode).toBe("NXDOMAIN");

  const ana = await fleet.as("shop", "ana");
  expect(await ana.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "shop" })).toEqual([]);
  ana.close();
  const { clusters } = JSON.parse(outputOf(await fleet.lcloudAs(reader, "status", "-o", "json")));
  expect(clusters).toMatchObject([{ clouds: [{ cloud: "shop", state: "delivered" }] }]);
});
