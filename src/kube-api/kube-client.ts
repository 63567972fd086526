import type { Duplex } from "node:stream";
import { CloudError } from "../model/error.ts";
import { FIELD_MANAGER } from "../model/labels.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { formatRef, type Ref, refOf } from "../model/ref.ts";
import { readStatus, type Subject } from "./api-error.ts";
import type { HttpAnswer, HttpRequest } from "./connection.ts";
import { Discovery, type Resource, type ResourcesByVersion } from "./discovery.ts";
import type {
  ApplyRequest,
  Kind,
  KubeApi,
  KubeCredential,
  KubeEndpoint,
  ListOptions,
  PodPort,
  WriteRequest,
} from "./kube-api.ts";
import { PORT_FORWARD_PROTOCOL, PodStream } from "./pod-stream.ts";
import type { Requester } from "./requester.ts";

const PAGE_SIZE = 500;
const JSON_TYPE = "application/json";

/** One API server under one identity, over raw requests: what client-node sends cannot be strict. */
export class KubeClient implements KubeApi {
  readonly cluster: string;
  readonly endpoint: KubeEndpoint;
  readonly #requester: Requester;
  readonly #resources: ResourcesByVersion;
  readonly #discovery: Discovery;

  /** @param resources - What is known of the server already. */
  constructor(
    cluster: string,
    endpoint: KubeEndpoint,
    requester: Requester,
    resources: ResourcesByVersion = new Map(),
  ) {
    this.cluster = cluster;
    this.endpoint = endpoint;
    this.#requester = requester;
    this.#resources = resources;
    this.#discovery = new Discovery((path) => this.#discover(path), resources);
  }

  async get(ref: Ref): Promise<LiveManifest | undefined> {
    const resource = await this.#discovery.find(ref);
    if (resource === undefined) return undefined;
    const subject = this.#subject(ref);
    const answer = await this.#requester.send(subject, { method: "GET", path: this.#pathOf(resource, ref) });
    return isNotFound(answer) ? undefined : this.#requester.read<LiveManifest>(subject, answer);
  }

  async list(kind: { apiVersion: string; kind: string }, options: ListOptions = {}): Promise<readonly LiveManifest[]> {
    const resource = await this.#resourceOf(kind);
    const subject = { cluster: this.cluster, name: `list of ${kind.kind}` };
    const path = collectionPath(resource, options.namespace);
    const found: LiveManifest[] = [];
    let next = "";
    do {
      const query = queryOf({
        limit: String(PAGE_SIZE),
        labelSelector: options.labelSelector,
        continue: next || undefined,
      });
      const answer = await this.#requester.send(subject, { method: "GET", path: `${path}?${query}` });
      const page = this.#requester.read<ListPage>(subject, answer);
      // elements of a list do not say what they are
      found.push(...page.items.map((item) => ({ ...item, apiVersion: kind.apiVersion, kind: kind.kind })));
      next = page.metadata.continue ?? "";
    } while (next !== "");
    return found;
  }

  async apply(manifest: Manifest, options: ApplyRequest = {}): Promise<LiveManifest> {
    const { dryRun = false, force = false, manager = FIELD_MANAGER } = options;
    const ref = refOf(manifest);
    const path = this.#pathOf(await this.#resourceOf(ref), ref);
    const apply = { fieldManager: manager, force: String(force), dryRun: dryRun ? "All" : undefined };
    const query = queryOf({ ...WRITE_QUERY, ...apply });
    return await this.#write(ref, {
      method: "PATCH",
      path: `${path}?${query}`,
      // JSON is YAML
      contentType: "application/apply-patch+yaml",
      body: JSON.stringify(manifest),
    });
  }

  async create(manifest: Manifest, { subresource, manager }: WriteRequest = {}): Promise<LiveManifest> {
    const ref = refOf(manifest);
    const path =
      subresource === undefined
        ? this.#collectionOf(await this.#resourceOf(ref), ref)
        : `${this.#pathOf(await this.#parentOf(ref, subresource), ref)}/${subresource}`;
    return await this.#write(ref, {
      method: "POST",
      path: `${path}?${writeQuery(manager)}`,
      contentType: JSON_TYPE,
      body: JSON.stringify(manifest),
    });
  }

  async replace(manifest: LiveManifest, { subresource, manager }: WriteRequest = {}): Promise<LiveManifest> {
    const { uid, resourceVersion } = manifest.metadata;
    // without both, an object that was deleted and made anew by somebody else would be replaced
    if (!uid || !resourceVersion) throw new TypeError("replace needs metadata.uid and metadata.resourceVersion");
    const ref = refOf(manifest);
    const path = this.#pathOf(await this.#resourceOf(ref), ref) + (subresource === undefined ? "" : `/${subresource}`);
    return await this.#write(ref, {
      method: "PUT",
      path: `${path}?${writeQuery(manager)}`,
      contentType: JSON_TYPE,
      body: JSON.stringify(manifest),
    });
  }

  async delete(ref: Ref, { uid }: { uid: string }): Promise<boolean> {
    const resource = await this.#discovery.find(ref);
    if (resource === undefined) return false;
    const subject = this.#subject(ref);
    const answer = await this.#requester.send(subject, {
      method: "DELETE",
      path: this.#pathOf(resource, ref),
      contentType: JSON_TYPE,
      body: JSON.stringify({ apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid } }),
    });
    if (isNotFound(answer) || isOtherUid(answer)) return false;
    this.#requester.read<LiveManifest>(subject, answer);
    return true;
  }

  async readPod({ namespace, name, port }: PodPort, path: string): Promise<string> {
    const subject = this.#subject({ apiVersion: "v1", kind: "Pod", namespace, name });
    const pod = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(name)}:${port}`;
    return this.#requester.readText(
      subject,
      await this.#requester.send(subject, { method: "GET", path: `${pod}/proxy${path}` }),
    );
  }

  async isNamespaced(kind: { apiVersion: string; kind: string }): Promise<boolean> {
    return (await this.#resourceOf(kind)).namespaced;
  }

  async namespacedKinds(): Promise<readonly Kind[]> {
    return this.#discovery.listNamespaced();
  }

  async forward({ namespace, name, port }: PodPort): Promise<Duplex> {
    const ref = { apiVersion: "v1", kind: "Pod", namespace, name };
    const path = `${this.#pathOf(await this.#resourceOf(ref), ref)}/portforward?${queryOf({ ports: String(port) })}`;
    const subject = this.#subject(ref);
    const errorOf = (reason: string): CloudError =>
      new CloudError("API_ERROR", `${this.cluster}: ${subject.name} failed on port ${port}: ${reason}`);
    return new PodStream(await this.#requester.open(subject, path, PORT_FORWARD_PROTOCOL), errorOf);
  }

  serverTime(): Date {
    return this.#requester.serverTime();
  }

  as(credential: KubeCredential): KubeApi {
    return new KubeClient(this.cluster, this.endpoint, this.#requester.as(credential), this.#resources);
  }

  close(): void {
    this.#requester.close();
  }

  async #write(ref: Ref, request: HttpRequest): Promise<LiveManifest> {
    const subject = this.#subject(ref);
    return this.#requester.read<LiveManifest>(subject, await this.#requester.send(subject, request));
  }

  /** A group that a server does not know is a 404 in plain text. */
  async #discover(path: string): Promise<unknown> {
    const subject = { cluster: this.cluster, name: `discovery of ${path}` };
    const answer = await this.#requester.send(subject, { method: "GET", path });
    return answer.status === 404 ? undefined : this.#requester.read<unknown>(subject, answer);
  }

  async #resourceOf(kind: { apiVersion: string; kind: string }): Promise<Resource> {
    return (await this.#discovery.find(kind)) ?? this.#unknownKind(kind);
  }

  async #parentOf(ref: Ref, subresource: string): Promise<Resource> {
    return (await this.#discovery.findParent(ref.kind, subresource)) ?? this.#unknownKind(ref);
  }

  #unknownKind({ apiVersion, kind }: { apiVersion: string; kind: string }): never {
    const message = `there is no kind ${kind} in ${apiVersion}; install what brings it, or correct the manifest`;
    throw new CloudError("NOT_FOUND", `${this.cluster}: ${message}`);
  }

  #pathOf(resource: Resource, ref: Ref): string {
    return `${this.#collectionOf(resource, ref)}/${encodeURIComponent(ref.name)}`;
  }

  #collectionOf(resource: Resource, ref: Ref): string {
    if (resource.namespaced !== (ref.namespace !== undefined)) {
      const wrong = resource.namespaced ? "has no namespace; give it one" : "lives in no namespace; take it away";
      throw new CloudError("REJECTED", `${this.cluster}: ${formatRef(ref)} ${wrong}`);
    }
    return collectionPath(resource, ref.namespace);
  }

  #subject(ref: Ref): Subject {
    return { cluster: this.cluster, name: formatRef(ref), isSecret: ref.kind === "Secret" };
  }
}

interface ListPage {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly LiveManifest[];
}

const writeQuery = (fieldManager = FIELD_MANAGER): string => queryOf({ ...WRITE_QUERY, fieldManager });

const WRITE_QUERY = { fieldManager: FIELD_MANAGER, fieldValidation: "Strict" };

function queryOf(parameters: { readonly [name: string]: string | undefined }): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given as [string, string][]).toString();
}

const collectionPath = ({ root, name }: Resource, namespace: string | undefined): string =>
  namespace === undefined ? `${root}/${name}` : `${root}/namespaces/${encodeURIComponent(namespace)}/${name}`;

const isNotFound = (answer: HttpAnswer): boolean => answer.status === 404 && readStatus(answer) !== undefined;

const isOtherUid = (answer: HttpAnswer): boolean =>
  answer.status === 409 && /UID in (the )?precondition/.test(readStatus(answer)?.message ?? "");
