/**
 * The example fleet on real clusters, from `lcloud enroll` to a kubeconfig that works. Every command is printed before it
 * runs, so that it can be typed.
 *
 *     npm run demo
 *     npm run demo -- --contexts kind-a,kind-b,kind-c
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startLab } from "./clusters.ts";
import { playDns, prepareDns } from "./demo-dns.ts";
import { createDemoRepository } from "./demo-repository.ts";
import { startExampleDns } from "./example-dns.ts";
import { startOidcIssuer } from "./oidc-issuer.ts";

/** The fleet's cluster that has an identity provider, and no signer. */
const OIDC_CLUSTER = "eks-prod-eu";
const CLUSTERS = [OIDC_CLUSTER, "gke-staging-eu", "k3s-dev-office"] as const;

/** As `clouds/fleet.ts` has it. */
const OIDC_PREFIX = "oidc:";

const KUBECONFIG = ".lcloud/kubeconfigs/storefront/ana.yaml";

const END_OF_LAB = "The clusters run until you press Ctrl-C; then they and the folder are gone.";

const END_OF_CONTEXTS =
  "The folder stays until you press Ctrl-C. Your clusters keep what was delivered; to take it away, in each of them:\n" +
  "$ lcloud post-sync --revert-dns\n" +
  "(and where there is a ConfigMap kube-system/coredns-custom, its keys lc-….server)\n" +
  "$ kubectl delete namespaces,validatingadmissionpolicies,validatingadmissionpolicybindings --selector app.kubernetes.io/managed-by=lcloud";

const USAGE = `Usage: npm run demo [-- --contexts <a,b,c>]   contexts that play ${CLUSTERS.join(", ")}`;

const contexts = readContexts();
const interrupted = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
const stack = new AsyncDisposableStack();
// to wait for a signal does not keep a process alive
const alive = setInterval(() => {}, 60_000);
stack.defer(() => clearInterval(alive));
try {
  const stage = contexts === undefined ? await prepareLab() : await prepareContexts(contexts);
  await Promise.race([play(stage), interrupted.then(() => Promise.reject(new Error("interrupted")))]);
  console.log(`\n${contexts === undefined ? END_OF_LAB : END_OF_CONTEXTS}`);
  await interrupted;
} catch (error) {
  console.error(`\ndemo: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
} finally {
  await stack.disposeAsync();
}

type Run = (command: string, expectation?: { readonly refusedWith: string }) => Promise<void>;

/** Where the demo plays. */
interface Stage {
  readonly folder: string;
  readonly run: Run;
  /** Whether its clusters have a CoreDNS, which then has the zones of the clouds. */
  readonly hasDns: boolean;
}

/** @returns undefined where the lab's own clusters are wanted. */
function readContexts(): readonly string[] | undefined {
  try {
    const contexts = parseArgs({ options: { contexts: { type: "string" } } }).values.contexts?.split(",");
    if (contexts === undefined || (contexts.length === CLUSTERS.length && !contexts.includes(""))) return contexts;
    console.error(`demo: --contexts takes ${CLUSTERS.length} names\n${USAGE}`);
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : error}\n${USAGE}`);
  }
  process.exit(2);
}

async function prepareLab(): Promise<Stage> {
  say("Three clusters: etcd, kube-apiserver, kube-controller-manager and CoreDNS each, on loopback");
  const issuer = stack.use(await startOidcIssuer());
  const lab = stack.use(
    await startLab(
      CLUSTERS.map((name) =>
        name === OIDC_CLUSTER ? { name, signer: false, oidc: issuer.trust(OIDC_PREFIX) } : { name },
      ),
    ),
  );
  stack.use(await startExampleDns(lab.clusters));
  const login = { issuer: issuer.url, certificateAuthority: issuer.certificateAuthority };
  const { folder, bin, remove } = await createDemoRepository({ kubectl: lab.kubectl, login });
  stack.defer(remove);
  return { folder, run: enter(folder, bin, lab.kubeconfig), hasDns: true };
}

/** The user's own clusters play all three; none is asked to trust an identity provider, so certificates it is. */
async function prepareContexts(contexts: readonly string[]): Promise<Stage> {
  const { folder, bin, remove } = await createDemoRepository({});
  stack.defer(remove);
  const run = enter(folder, bin, process.env["KUBECONFIG"]);
  await run(`sed -i 's/platform: "eks"/platform: "kind"/; s/identity: "oidc"/identity: "x509"/' clouds/fleet.ts`);
  await writeFile(join(folder, "kubeconfig"), "", { mode: 0o600 });
  await run("kubectl config view --raw --flatten > kubeconfig");
  const own = enter(folder, bin, join(folder, "kubeconfig"));
  for (const [index, cluster] of CLUSTERS.entries()) {
    const read = (field: string): string =>
      `$(kubectl config view -o jsonpath='{.contexts[?(@.name=="${contexts[index]}")].context.${field}}')`;
    await own(`kubectl config set-context ${cluster} --cluster "${read("cluster")}" --user "${read("user")}"`);
  }
  const hasDns = await prepareDns(folder, own, CLUSTERS);
  if (!hasDns) say("Not each of these clusters has a CoreDNS, so the clouds have no DNS zones here");
  return { folder, run: own, hasDns };
}

/** Print what makes the commands that follow work in another shell too. */
function enter(folder: string, bin: string, kubeconfig: string | undefined): Run {
  const path = `${bin}:${process.env["PATH"]}`;
  console.log(
    `\n$ cd ${folder}\n$ export PATH=${bin}:$PATH OIDC_USER=ana@example.com${kubeconfig === undefined ? "" : ` KUBECONFIG=${kubeconfig}`}`,
  );
  const env = {
    ...process.env,
    PATH: path,
    OIDC_USER: "ana@example.com",
    ...(kubeconfig === undefined ? {} : { KUBECONFIG: kubeconfig }),
  };
  return async (command, expectation) => {
    console.log(`\n$ ${command}`);
    const child = spawn("sh", ["-c", command], { cwd: folder, env, stdio: ["ignore", "inherit", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk;
      process.stderr.write(chunk);
    });
    const [code] = await once(child, "close");
    const isRight = expectation === undefined ? code === 0 : code !== 0 && stderr.includes(expectation.refusedWith);
    if (!isRight) throw new Error(`that was not what should happen (exit code ${code})`);
  };
}

async function play({ folder, run, hasDns }: Stage): Promise<void> {
  say("A key and a public request for each user of a cluster that issues certificates");
  await run("lcloud enroll");
  say("Render, deliver, approve, collect");
  await run("lcloud up");
  await run("lcloud status");
  say("ana in the clusters of storefront: allowed in its namespaces, forbidden next door, quota in force");
  for (const cluster of CLUSTERS) {
    const kubectl = `kubectl --kubeconfig ${KUBECONFIG} --context ana@storefront.${cluster}`;
    await run(`${kubectl} get resourcequotas`);
    await run(`${kubectl} get pods --namespace payments-core`, { refusedWith: "Forbidden" });
    const overrides = '{"spec":{"containers":[{"name":"big","image":"big","resources":{"requests":{"cpu":"99"}}}]}}';
    await run(`${kubectl} run big --image big --overrides '${overrides}'`, { refusedWith: "exceeded quota" });
  }
  if (hasDns) {
    say("Each cloud has a DNS zone in each of its clusters: its users make Services, and CoreDNS answers for them");
    await playDns(run);
  }
  say(`The kubeconfig: ${join(folder, KUBECONFIG)}`);
}

function say(text: string): void {
  console.log(`\n# ${text}`);
}
