import type { Duplex } from "node:stream";
import { isDeepStrictEqual } from "node:util";
import type { ListOptions, PodPort } from "../../src/kube-api/kube-api.ts";
import { CloudError, type ErrorCode } from "../../src/model/error.ts";
import { isNamespacedKind } from "../../src/model/kinds.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { formatRef, type Ref, refKey, refOf } from "../../src/model/ref.ts";
import { conditionsOf, FakeAccess, type Identity, isTrue, type Signer } from "./fake-access.ts";
import { applyFields, updateFields } from "./field-owners.ts";

/** Who writes, and under which field manager. */
export interface Actor extends Identity {
  readonly manager: string;
}

/** The state of one cluster and what an API server does with it. No object in it is ever changed in place. */
export class FakeServer {
  readonly access = new FakeAccess();
  maxTokenSeconds = Number.POSITIVE_INFINITY;
  podAnswers: ((pod: PodPort, path: string) => string) | undefined;
  podStreams: ((pod: PodPort) => Duplex) | undefined;
  readonly #cluster: string;
  readonly #kinds: ReadonlySet<string>;
  readonly #clusterKinds: ReadonlySet<string>;
  readonly #now: () => Date;
  readonly #objects = new Map<string, LiveManifest>();
  #signer: Signer = "on";
  #count = 0;

  constructor(
    cluster: string,
    now: () => Date,
    kinds: ReadonlySet<string>,
    clusterKinds: ReadonlySet<string> = new Set(),
  ) {
    this.#kinds = kinds;
    this.#clusterKinds = clusterKinds;
    this.#cluster = cluster;
    this.#now = now;
    for (const name of ["default", "kube-system"]) {
      const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name } };
      this.create(namespace, { username: "system:apiserver", groups: [], manager: "kube-apiserver" });
    }
  }

  get signer(): Signer {
    return this.#signer;
  }

  set signer(signer: Signer) {
    this.#signer = signer;
    for (const object of this.#objects.values()) this.#sign(object);
  }

  now(): Date {
    return this.#now();
  }

  readPod(pod: PodPort, path: string): string {
    const ref = { apiVersion: "v1", kind: "Pod", namespace: pod.namespace, name: pod.name };
    if (this.get(ref) === undefined) throw this.fault("NOT_FOUND", ref, "does not exist");
    if (this.podAnswers === undefined) throw this.fault("API_ERROR", ref, "does not answer");
    return this.podAnswers(pod, path);
  }

  forward(pod: PodPort): Duplex {
    const ref = { apiVersion: "v1", kind: "Pod", namespace: pod.namespace, name: pod.name };
    if (this.get(ref) === undefined) throw this.fault("NOT_FOUND", ref, "does not exist");
    if (this.podStreams === undefined) throw this.fault("API_ERROR", ref, `does not listen on port ${pod.port}`);
    return this.podStreams(pod);
  }

  get(ref: Ref): LiveManifest | undefined {
    return this.#objects.get(refKey(ref));
  }

  list(kind: { apiVersion: string; kind: string }, { namespace, labelSelector }: ListOptions): readonly LiveManifest[] {
    this.isNamespaced(kind);
    const prefix = refKey({ ...kind, namespace: namespace ?? "", name: "" });
    const isOfKind = (key: string): boolean => key.startsWith(namespace === undefined ? prefix.slice(0, -1) : prefix);
    return [...this.#objects.keys()]
      .filter(isOfKind)
      .sort()
      .flatMap((key) => this.#objects.get(key) ?? [])
      .filter(({ metadata }) => isSelected(metadata.labels ?? {}, labelSelector));
  }

  apply(manifest: Manifest, actor: Actor, { dryRun = false, force = false } = {}): LiveManifest {
    const ref = refOf(manifest);
    this.#checkPlace(ref);
    const live = this.get(ref);
    const { uid, resourceVersion } = manifest.metadata as { uid?: string; resourceVersion?: string };
    if (live === undefined && uid) throw this.fault("CONFLICT", ref, "does not exist, so it has another uid");
    if (live !== undefined && resourceVersion) this.#checkPrecondition(ref, live, { resourceVersion });
    if (live !== undefined && uid && uid !== live.metadata.uid) throw this.fault("REJECTED", ref, "has another uid");
    const { object, conflicts } = applyFields(live ?? this.#newObject(manifest), manifest, actor.manager);
    if (conflicts.length > 0 && !force) {
      const fields = conflicts.map(({ field, manager }) => `${field} (${manager})`);
      throw this.fault("CONFLICT", ref, `has fields of other managers: ${fields.join(", ")}`);
    }
    this.#checkImmutable(live, object);
    if (live !== undefined && isDeepStrictEqual(live, object)) return live;
    return dryRun ? object : this.#store(object);
  }

  create(manifest: Manifest, actor: Actor): LiveManifest {
    const ref = refOf(manifest);
    this.#checkPlace(ref);
    if (this.get(ref) !== undefined) throw this.fault("CONFLICT", ref, "already exists");
    const object: Manifest = { ...manifest, metadata: { ...manifest.metadata, ...this.#newObject(manifest).metadata } };
    return this.#store(updateFields(undefined, isRequest(ref) ? requestedBy(object, actor) : object, actor.manager));
  }

  replace(manifest: LiveManifest, actor: Actor): LiveManifest {
    const live = this.#checkedForReplace(manifest);
    const { uid, resourceVersion, creationTimestamp } = live.metadata;
    const metadata = { ...manifest.metadata, uid, resourceVersion, creationTimestamp };
    const { status: _, ...content } = manifest;
    const status = live["status"] === undefined ? {} : { status: live["status"] };
    const object = updateFields(live, { ...content, metadata, ...status }, actor.manager);
    this.#checkImmutable(live, object);
    return isDeepStrictEqual(live, object) ? live : this.#store(object);
  }

  /** PUT on the status: takes that, ignores the rest. */
  replaceStatus(manifest: LiveManifest): LiveManifest {
    return this.#store({ ...this.#checkedForReplace(manifest), status: manifest["status"] });
  }

  /** PUT on a CertificateSigningRequest's approval: takes the conditions and labels, ignores the rest. */
  approve(manifest: LiveManifest): LiveManifest {
    const live = this.#checkedForReplace(manifest);
    const conditions = conditionsOf(manifest);
    const [approved, denied] = ["Approved", "Denied"].map((type) => conditions.some((each) => each.type === type));
    if ((approved && denied) || (isTrue(live, "Denied") && !denied) || conditions.some(({ status }) => !status)) {
      throw this.fault("REJECTED", refOf(live), "has conditions that do not go together");
    }
    const labels = manifest.metadata.labels ?? {};
    const status = { ...(live["status"] as object), conditions };
    const stored = this.#store({ ...live, metadata: { ...live.metadata, labels }, status });
    this.#sign(stored);
    return stored;
  }

  /** @returns TokenRequest with its status. */
  requestToken(request: Manifest): Manifest {
    const { name, namespace = "" } = request.metadata;
    const ref = { apiVersion: "v1", kind: "ServiceAccount", namespace, name };
    const account = this.get(ref);
    if (account === undefined) throw this.fault("NOT_FOUND", ref, "does not exist");
    const { expirationSeconds = 3600 } = (request["spec"] ?? {}) as { expirationSeconds?: number };
    const seconds = Math.min(expirationSeconds, this.maxTokenSeconds);
    const expires = new Date(this.now().getTime() + seconds * 1000);
    const token = `token-${++this.#count}-of-${this.#cluster}`;
    this.access.tokens.set(token, {
      username: `system:serviceaccount:${namespace}:${name}`,
      groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`],
      expires,
      isValid: () => this.get(ref)?.metadata.uid === account.metadata.uid,
    });
    return { ...request, status: { token, expirationTimestamp: atSecond(expires) } };
  }

  /** Deletes at once, with a namespace all that is in it. @returns false where there is no such object with that uid. */
  delete(ref: Ref, uid = this.get(ref)?.metadata.uid): boolean {
    const live = this.get(ref);
    if (live === undefined || live.metadata.uid !== uid) return false;
    this.#objects.delete(refKey(ref));
    if (ref.kind === "Namespace") {
      for (const [key, { metadata }] of this.#objects) if (metadata.namespace === ref.name) this.#objects.delete(key);
    }
    return true;
  }

  isNamespaced(kind: { apiVersion: string; kind: string }): boolean {
    if (this.#clusterKinds.has(kind.kind)) return false;
    const namespaced = this.#kinds.has(kind.kind) || isNamespacedKind(kind);
    if (namespaced !== undefined) return namespaced;
    throw new CloudError("NOT_FOUND", `${this.#cluster}: there is no kind ${kind.kind} in ${kind.apiVersion}`);
  }

  /** Those of which there are any. */
  namespacedKinds(): readonly { apiVersion: string; kind: string }[] {
    const namespaced = [...this.#objects.values()].filter(({ metadata }) => metadata.namespace !== undefined);
    return [
      ...new Map(namespaced.map(({ apiVersion, kind }) => [`${apiVersion} ${kind}`, { apiVersion, kind }])).values(),
    ];
  }

  fault(code: ErrorCode, ref: Ref, message: string): CloudError {
    return new CloudError(code, `${this.#cluster}: ${formatRef(ref)} ${message}`);
  }

  #checkPlace(ref: Ref): void {
    const { namespace } = ref;
    if (this.isNamespaced(ref) !== (namespace !== undefined))
      throw this.fault("REJECTED", ref, "is in the wrong scope");
    if (namespace === undefined) return;
    if (this.get({ apiVersion: "v1", kind: "Namespace", name: namespace }) === undefined) {
      throw this.fault("NOT_FOUND", ref, `has no namespace "${namespace}"`);
    }
  }

  #checkedForReplace(manifest: LiveManifest): LiveManifest {
    const { uid, resourceVersion } = manifest.metadata;
    const live = this.get(refOf(manifest));
    if (live === undefined) throw this.fault("NOT_FOUND", refOf(manifest), "does not exist");
    this.#checkPrecondition(refOf(manifest), live, { uid, resourceVersion });
    return live;
  }

  #checkPrecondition(ref: Ref, live: LiveManifest, expected: { [field: string]: string }): void {
    const has: { [field: string]: unknown } = { ...live.metadata };
    for (const [field, value] of Object.entries(expected)) {
      if (has[field] !== value) throw this.fault("CONFLICT", ref, `has another ${field}`);
    }
  }

  #checkImmutable(live: LiveManifest | undefined, object: LiveManifest): void {
    if (live === undefined || isDeepStrictEqual(live["roleRef"], object["roleRef"])) return;
    throw this.fault("REJECTED", refOf(object), "cannot change its roleRef");
  }

  /** An object that has nothing yet but what the server gives to every new one. */
  #newObject({ apiVersion, kind, metadata: { name, namespace, labels } }: Manifest): LiveManifest {
    const metadata = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(kind === "Namespace" ? { labels: { ...labels, "kubernetes.io/metadata.name": name } } : {}),
      uid: `uid-${++this.#count}`,
      resourceVersion: "0",
      creationTimestamp: atSecond(this.now()),
    };
    return { apiVersion, kind, metadata };
  }

  #store(object: LiveManifest): LiveManifest {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.#count) } };
    this.#objects.set(refKey(refOf(stored)), stored);
    return stored;
  }

  #sign(object: LiveManifest): void {
    if (!isRequest(refOf(object))) return;
    const status = this.access.sign(object, this.#signer, this.now());
    if (status !== undefined) this.#store({ ...object, status });
  }
}

const isRequest = ({ kind }: Ref): boolean => kind === "CertificateSigningRequest";

/** Who posts a request is written into it by the server, whatever the poster claims. */
function requestedBy(object: Manifest, { username, groups }: Identity): Manifest {
  return { ...object, spec: { ...(object["spec"] as object), username, groups }, status: {} };
}

const atSecond = (date: Date): string => date.toISOString().replace(/\.\d+/, "");

function isSelected(labels: Readonly<Record<string, string>>, selector = ""): boolean {
  return selector
    .split(",")
    .filter((term) => term !== "")
    .every((term) => {
      const [, not, key = "", value] = /^(!?)([^=!()\s]+)(?:=([^=]*))?$/.exec(term) ?? [];
      if (key === "") throw new TypeError(`the fake cluster does not know the selector ${term}`);
      const has = value === undefined ? labels[key] !== undefined : labels[key] === value;
      return not === "!" ? !has : has;
    });
}
