import type { Duplex } from "node:stream";
import type {
  ApplyRequest,
  KubeApi,
  KubeCredential,
  KubeEndpoint,
  PodPort,
  WriteRequest,
} from "../../src/kube-api/kube-api.ts";
import { CloudError } from "../../src/model/error.ts";
import { FIELD_MANAGER } from "../../src/model/labels.ts";
import type { LiveManifest, Manifest } from "../../src/model/manifest.ts";
import { type Ref, refOf } from "../../src/model/ref.ts";
import type { Signer, TokenHolder } from "./fake-access.ts";
import { type Actor, FakeServer } from "./fake-server.ts";

export interface FakeClusterOptions {
  /** Whom our own credential belongs to. Default: `admin`. */
  readonly username?: string;
  /** The cluster's clock. Default: the machine's. */
  readonly now?: () => Date;
  /** Namespaced kinds that somebody has added. */
  readonly kinds?: readonly string[];
  /** Kinds that somebody has added and that live in no namespace. */
  readonly clusterKinds?: readonly string[];
}

export type Verb = "get" | "list" | "apply" | "create" | "replace" | "delete";

/** One call that reached the API server. */
export interface FakeRequest {
  readonly verb: Verb;
  /** Without a name where the verb is `list`. */
  readonly ref: Ref;
  readonly subresource?: string;
  readonly dryRun?: boolean;
  /** What was sent. */
  readonly manifest?: Manifest;
  /** Whose credential was presented; undefined for our own. */
  readonly credential?: KubeCredential;
}

/** A cluster in memory. It has no RBAC: who may not do something is told by a `before` that throws. */
export interface FakeCluster extends KubeApi {
  /** Every call through this api and its `as`, in order; to be emptied by whoever counts. */
  readonly requests: FakeRequest[];
  /** Called before each of them: throws to make it fail, or changes objects through {@link behind} to win a race. */
  before: ((request: FakeRequest) => void | Promise<void>) | undefined;
  /** What happens to approved CertificateSigningRequests; also to those that wait, when it is set. */
  signer: Signer;
  /** Bearer tokens that the cluster knows, for example of an OIDC provider. */
  readonly tokens: Map<string, TokenHolder>;
  /** Most seconds that a TokenRequest is granted. */
  maxTokenSeconds: number;
  /** What pods answer over HTTP; a request is recorded as `get` of the pod's subresource `proxy`. Default: nothing does. */
  podAnswers: ((pod: PodPort, path: string) => string) | undefined;
  /** A pod's side of a forwarded port; a request is recorded as `get` of its subresource `portforward`. Default: nobody listens. */
  podStreams: ((pod: PodPort) => Duplex) | undefined;
  /** As after another client authority: certificates issued so far are worth nothing. */
  forgetCertificates(): void;
  /** The same cluster in the hands of somebody else: not in `requests`, no `before`. */
  behind(username: string, manager?: string): KubeApi;
  /** An object as it is now; not in `requests`. */
  find(ref: Ref): LiveManifest | undefined;
  /** Removes an object, with a namespace all that is in it; not in `requests`. @returns whether it was there. */
  remove(ref: Ref): boolean;
}

/** One empty cluster in memory; it has the namespaces `default` and `kube-system`. */
export function fakeCluster(name: string, options: FakeClusterOptions = {}): FakeCluster {
  return new Fake(name, options);
}

/** Whom calls come from, and who learns of them. */
interface Caller {
  readonly identify: () => Actor;
  readonly credential?: KubeCredential;
  readonly record: (request: FakeRequest) => Promise<void>;
}

class FakeClient implements KubeApi {
  readonly cluster: string;
  readonly endpoint: KubeEndpoint;
  protected readonly server: FakeServer;
  readonly #caller: Caller;

  constructor(cluster: string, server: FakeServer, caller: Caller) {
    this.cluster = cluster;
    this.endpoint = { server: `https://${cluster}.example:6443`, certificateAuthority: `authority of ${cluster}` };
    this.server = server;
    this.#caller = caller;
  }

  async get(ref: Ref) {
    await this.#admit({ verb: "get", ref });
    return this.server.get(ref);
  }

  async list(kind: { apiVersion: string; kind: string }, options: { namespace?: string; labelSelector?: string } = {}) {
    const { namespace } = options;
    const { apiVersion, kind: word } = kind;
    await this.#admit({
      verb: "list",
      ref: { apiVersion, kind: word, name: "", ...(namespace === undefined ? {} : { namespace }) },
    });
    return this.server.list(kind, options);
  }

  async apply(manifest: Manifest, options: ApplyRequest = {}) {
    const { dryRun = false, force = false, manager } = options;
    const sent = onTheWire(manifest);
    const actor = await this.#admit({ verb: "apply", ref: refOf(sent), dryRun, manifest: sent });
    return this.server.apply(sent, manager === undefined ? actor : { ...actor, manager }, { dryRun, force });
  }

  async create(manifest: Manifest, { subresource, manager: named }: WriteRequest = {}) {
    const sent = onTheWire(manifest);
    const { username, groups, manager } = await this.#admit({
      verb: "create",
      ref: refOf(sent),
      manifest: sent,
      ...(subresource === undefined ? {} : { subresource }),
    });
    // neither is stored anywhere
    if (sent.kind === "SelfSubjectReview") return answered({ ...sent, status: { userInfo: { username, groups } } });
    if (subresource === "token") return answered(this.server.requestToken(sent));
    return this.server.create(sent, { username, groups, manager: named ?? manager });
  }

  async replace(manifest: LiveManifest, { subresource, manager }: WriteRequest = {}) {
    const sent = onTheWire(manifest);
    const sentTo = subresource === undefined ? {} : { subresource };
    const caller = await this.#admit({ verb: "replace", ref: refOf(sent), manifest: sent, ...sentTo });
    const actor = manager === undefined ? caller : { ...caller, manager };
    const { uid, resourceVersion } = sent.metadata;
    if (!uid || !resourceVersion) throw new TypeError("replace needs metadata.uid and metadata.resourceVersion");
    if (subresource === "approval") return this.server.approve(sent);
    return subresource === "status" ? this.server.replaceStatus(sent) : this.server.replace(sent, actor);
  }

  async delete(ref: Ref, { uid }: { uid: string }) {
    await this.#admit({ verb: "delete", ref });
    return this.server.delete(ref, uid);
  }

  async readPod(pod: PodPort, path: string) {
    const { namespace, name } = pod;
    const ref = { apiVersion: "v1", kind: "Pod", namespace, name };
    await this.#admit({ verb: "get", ref, subresource: "proxy" });
    return this.server.readPod(pod, path);
  }

  async forward(pod: PodPort) {
    const { namespace, name } = pod;
    const ref = { apiVersion: "v1", kind: "Pod", namespace, name };
    await this.#admit({ verb: "get", ref, subresource: "portforward" });
    return this.server.forward(pod);
  }

  async isNamespaced(kind: { apiVersion: string; kind: string }) {
    return this.server.isNamespaced(kind);
  }

  async namespacedKinds() {
    return this.server.namespacedKinds();
  }

  serverTime() {
    return this.server.now();
  }

  as(credential: KubeCredential): KubeApi {
    const identify = (): Actor => {
      const identity = this.server.access.identify(credential, this.server.now());
      if (identity !== undefined) return { ...identity, manager: FIELD_MANAGER };
      throw new CloudError("UNAUTHORIZED", `${this.cluster}: the API server does not know this ${credential.kind}`);
    };
    return new FakeClient(this.cluster, this.server, { ...this.#caller, identify, credential });
  }

  close() {}

  async #admit(request: FakeRequest): Promise<Actor> {
    const { credential, identify, record } = this.#caller;
    await record(credential === undefined ? request : { ...request, credential });
    return identify();
  }
}

class Fake extends FakeClient implements FakeCluster {
  readonly requests: FakeRequest[];
  before: ((request: FakeRequest) => void | Promise<void>) | undefined;

  constructor(
    name: string,
    { username = "admin", now = () => new Date(), kinds = [], clusterKinds = [] }: FakeClusterOptions,
  ) {
    const requests: FakeRequest[] = [];
    super(name, new FakeServer(name, now, new Set(kinds), new Set(clusterKinds)), {
      identify: () => actor(username, FIELD_MANAGER),
      record: async (request) => {
        requests.push(request);
        await this.before?.(request);
      },
    });
    this.requests = requests;
  }

  get signer() {
    return this.server.signer;
  }

  set signer(signer: Signer) {
    this.server.signer = signer;
  }

  get tokens() {
    return this.server.access.tokens;
  }

  get podAnswers() {
    return this.server.podAnswers;
  }

  set podAnswers(answers: FakeCluster["podAnswers"]) {
    this.server.podAnswers = answers;
  }

  get podStreams() {
    return this.server.podStreams;
  }

  set podStreams(streams: FakeCluster["podStreams"]) {
    this.server.podStreams = streams;
  }

  get maxTokenSeconds() {
    return this.server.maxTokenSeconds;
  }

  set maxTokenSeconds(seconds: number) {
    this.server.maxTokenSeconds = seconds;
  }

  forgetCertificates() {
    this.server.access.forgetCertificates();
  }

  behind(username: string, manager = username) {
    return new FakeClient(this.cluster, this.server, {
      identify: () => actor(username, manager),
      record: async () => {},
    });
  }

  find(ref: Ref) {
    return this.server.get(ref);
  }

  remove(ref: Ref) {
    return this.server.delete(ref);
  }
}

const actor = (username: string, manager: string): Actor => ({ username, groups: ["system:authenticated"], manager });

/** The object as JSON carries it, and no longer the caller's. */
const onTheWire = <T extends Manifest>(manifest: T): T => JSON.parse(JSON.stringify(manifest));

/** An answer that is no stored object: it has no uid and no resourceVersion. */
const answered = (manifest: Manifest): LiveManifest => manifest as LiveManifest;
