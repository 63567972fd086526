import { fingerprintsOf } from "../../src/mesh/bundle.ts";
import { WORKLOAD_MS } from "../../src/mesh/lifetimes.ts";
import { type LiveTrust, rootsToWrite, type WantedSigner } from "../../src/mesh/live-trust.ts";
import { type RootState, signingRoot, wantedRoots } from "../../src/mesh/root-state.ts";
import { planRotation, type RotationPlan, SETTLE_MS } from "../../src/mesh/rotation.ts";
import { formatPem } from "../../src/x509/pem.ts";

/** A root that is one by its name alone. */
export const madeUpRoot = (name: string): string => formatPem("CERTIFICATE", Buffer.from(`root ${name}`));

interface Signer extends WantedSigner {
  /** PEM. */
  readonly root: string;
}

interface Bundle {
  readonly roots: string;
  readonly signer: Signer;
}

/** One cluster, as its parts follow each other: Secret, istiod, ConfigMaps, workloads. */
interface WorldCluster {
  isUp: boolean;
  secret: (Bundle & { readonly version: number }) | undefined;
  loaded: Bundle | undefined;
  /** What was there when both roots were trusted, and the old one signed. */
  backup: Bundle | undefined;
  configMap: { readonly roots: string; readonly since: number } | undefined;
  /** PEM, of workloads that run. */
  trusted: string;
  certificates: { readonly root: string; readonly end: number }[];
}

/** Somebody who runs the rotation, between two of its calls. */
type Runner =
  | { readonly kind: "idle" }
  | { readonly kind: "looked"; readonly live: ReadonlyMap<string, LiveTrust> }
  | { readonly kind: "planned"; readonly before: RootState; readonly plan: RotationPlan }
  | {
      readonly kind: "read";
      readonly left: readonly string[];
      readonly version: number | undefined;
      readonly roots: string;
    }
  | {
      readonly kind: "decided";
      readonly left: readonly string[];
      readonly version: number | undefined;
      readonly write: Bundle;
    }
  | { readonly kind: "delivering"; readonly left: readonly string[] };

const IDLE: Runner = { kind: "idle" };

/** A cloud's key store and clusters, in which every call, kubelet and clock goes on by itself. */
export class RotationWorld {
  readonly names: readonly string[];
  readonly clusters = new Map<string, WorldCluster>();
  readonly runners: Runner[] = [IDLE, IDLE, IDLE];
  /** The steps that were remembered, in order. */
  readonly steps: (string | undefined)[] = [];
  state: RootState = { root: madeUpRoot("1"), retired: [] };
  now = 0;
  #signers = new Map<string, Signer>();
  #made = 0;

  constructor(names: readonly string[]) {
    this.names = names;
    for (const name of names) {
      const signer = this.#signerOf(name);
      const bundle = { roots: wantedRoots(this.state), signer };
      this.clusters.set(name, {
        isUp: true,
        secret: { ...bundle, version: 1 },
        loaded: bundle,
        backup: undefined,
        configMap: { roots: bundle.roots, since: this.now },
        trusted: bundle.roots,
        certificates: [],
      });
    }
  }

  at(name: string): WorldCluster {
    const cluster = this.clusters.get(name);
    if (cluster === undefined) throw new Error(`no ${name}`);
    return cluster;
  }

  begin(): void {
    if (this.state.rotation !== undefined) return;
    this.#remember({ ...this.state, rotation: { step: "trust-both", newRoot: madeUpRoot(String(++this.#made + 1)) } });
  }

  /** New authorities by the root that signs. */
  renew(): void {
    this.#signers = new Map();
  }

  tick(ms: number): void {
    this.now += ms;
    for (const cluster of this.clusters.values()) {
      if (cluster.configMap !== undefined && cluster.configMap.since + SETTLE_MS <= this.now) this.#spread(cluster);
    }
  }

  /** The kubelet brings the Secret, and istiod takes it over if it may. */
  load(name: string): void {
    const cluster = this.at(name);
    const { secret, loaded } = cluster;
    if (secret === undefined) return;
    const isTaken = loaded === undefined || secret.roots.includes(loaded.roots) || loaded.roots.includes(secret.roots);
    if (isTaken) cluster.loaded = secret;
  }

  /** istiod writes its ConfigMaps. */
  publish(name: string): void {
    const cluster = this.at(name);
    const { loaded, configMap, isUp } = cluster;
    if (!isUp || loaded === undefined || loaded.roots === configMap?.roots) return;
    cluster.configMap = { roots: loaded.roots, since: this.now };
  }

  /** Workloads learn whom to trust; by then, they have at the latest when kubelets are through. */
  spread(name: string): void {
    this.#spread(this.at(name));
  }

  issue(name: string): void {
    const { loaded, certificates } = this.at(name);
    if (loaded !== undefined) certificates.push({ root: loaded.signer.root, end: this.now + WORKLOAD_MS });
  }

  /**
   * A cluster is restored from a backup of an earlier step, as far as that cuts nobody off at once: it signs with the old
   * root again. Nobody who runs the rotation has looked at it before, and goes on after.
   */
  restore(name: string): void {
    const cluster = this.at(name);
    const { backup, secret } = cluster;
    if (this.state.rotation?.step !== "sign-new" || backup === undefined) return;
    if (backup.roots !== wantedRoots(this.state)) return;
    for (const index of this.runners.keys()) this.kill(index);
    cluster.secret = { ...backup, version: (secret?.version ?? 0) + 1 };
    cluster.loaded = backup;
    this.issue(name);
  }

  /** As by SIGKILL. */
  kill(index: number): void {
    this.runners[index] = IDLE;
  }

  /** Let one who runs the rotation go on by one call. */
  go(index: number): void {
    this.runners[index] = this.#next(this.runners[index] ?? IDLE);
  }

  /** Pairs of clusters of which one refuses a certificate that the other one's workloads may still show. */
  distrust(): readonly string[] {
    return [...this.clusters].flatMap(([from, { certificates }]) =>
      certificates
        .filter(({ end }) => end > this.now)
        .flatMap(({ root }) =>
          [...this.clusters].flatMap(([to, { trusted }]) => (trusted.includes(root) ? [] : `${to} refuses ${from}`)),
        ),
    );
  }

  #next(runner: Runner): Runner {
    switch (runner.kind) {
      case "idle":
        return { kind: "looked", live: new Map(this.names.map((name) => [name, this.#look(name)])) };
      case "looked": {
        const wanted = new Map(this.names.map((name) => [name, this.#signerOf(name)]));
        const plan = planRotation({ state: this.state, wanted, live: runner.live, now: new Date(this.now) });
        return { kind: "planned", before: this.state, plan };
      }
      case "planned": {
        const { before, plan } = runner;
        if (plan.next === undefined) return { kind: "delivering", left: plan.deliver };
        if (before === this.state) this.#remember(plan.next);
        return IDLE;
      }
      case "delivering": {
        const [name] = runner.left;
        if (name === undefined || !this.at(name).isUp) return IDLE;
        const { secret } = this.at(name);
        return { kind: "read", left: runner.left, version: secret?.version, roots: secret?.roots ?? "" };
      }
      case "read": {
        const [name = ""] = runner.left;
        const written = rootsToWrite(this.state, runner.roots);
        if ("refusal" in written) return IDLE;
        const write = { roots: written.roots, signer: this.#signerOf(name) };
        return { kind: "decided", left: runner.left, version: runner.version, write };
      }
      case "decided": {
        const [name = "", ...left] = runner.left;
        const cluster = this.at(name);
        const isConflict = cluster.secret?.version !== runner.version;
        if (cluster.isUp && !isConflict) cluster.secret = { ...runner.write, version: (runner.version ?? 0) + 1 };
        if (this.state.rotation?.step === "trust-both") cluster.backup = cluster.secret;
        return { kind: "delivering", left };
      }
    }
  }

  #look(name: string): LiveTrust {
    const { isUp, secret, configMap, loaded } = this.at(name);
    if (!isUp) return { kind: "unknown", failure: { code: "UNREACHABLE", message: "is down" } };
    return {
      kind: "live",
      ...(secret === undefined
        ? {}
        : {
            cacerts: {
              roots: secret.roots,
              signer: secret.signer.fingerprint,
              signedBy: fingerprintsOf(secret.signer.root).join(),
            },
          }),
      rootConfigMaps: new Map([[`istio-${name}`, configMap?.roots]]),
      serving: loaded === undefined ? [] : [loaded.signer.notAfter],
    };
  }

  /** As the key store: an authority is made where there is none, and anew where another root is to sign. */
  #signerOf(name: string): Signer {
    const root = signingRoot(this.state);
    const known = this.#signers.get(name);
    if (known?.root === root) return known;
    const made = { fingerprint: `signer ${++this.#made}`, notAfter: new Date(this.#made * 1000), root };
    this.#signers.set(name, made);
    return made;
  }

  #remember(state: RootState): void {
    if (state.rotation?.step !== this.state.rotation?.step) this.steps.push(state.rotation?.step);
    this.state = state;
  }

  #spread(cluster: WorldCluster): void {
    if (cluster.configMap !== undefined) cluster.trusted = cluster.configMap.roots;
  }
}
