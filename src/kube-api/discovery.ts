import { mapConcurrently } from "./map-concurrently.ts";

/** Groups of kinds that are asked for at a time. */
const GROUPS_AT_ONCE = 8;

/** Where objects of a kind are, by the server's own account. */
export interface Resource {
  /** `/api/v1` or `/apis/<group>/<version>` */
  readonly root: string;
  /** Plural, as in URLs. */
  readonly name: string;
  readonly namespaced: boolean;
}

interface ListedResource {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly verbs?: readonly string[];
}

/** `APIGroupList`, as far as it is used. */
interface GroupList {
  readonly groups?: readonly {
    readonly versions: readonly { readonly groupVersion: string }[];
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

export type ResourcesByVersion = Map<string, Promise<readonly ListedResource[] | undefined>>;

/** The resources of an API server; each group and version is asked for once. */
export class Discovery {
  readonly #read: (path: string) => Promise<unknown>;
  readonly #known: ResourcesByVersion;

  /** @param read - Gets JSON; undefined where there is none. */
  constructor(read: (path: string) => Promise<unknown>, known: ResourcesByVersion) {
    this.#read = read;
    this.#known = known;
  }

  /** @returns undefined for a kind that the server does not have. */
  async find({ apiVersion, kind }: { apiVersion: string; kind: string }): Promise<Resource | undefined> {
    const resources = await this.#resources(apiVersion);
    const resource = resources?.find((each) => each.kind === kind && !each.name.includes("/"));
    // what is missing may come with the next CustomResourceDefinition
    if (resource === undefined) this.#known.delete(apiVersion);
    return resource && { root: rootOf(apiVersion), name: resource.name, namespaced: resource.namespaced };
  }

  /** The resource of the core group that has a subresource of that name and kind, as ServiceAccount has `token`. */
  async findParent(kind: string, subresource: string): Promise<Resource | undefined> {
    const suffix = `/${subresource}`;
    const found = (await this.#resources("v1"))?.find((each) => each.kind === kind && each.name.endsWith(suffix));
    return found && { root: rootOf("v1"), name: found.name.slice(0, -suffix.length), namespaced: found.namespaced };
  }

  /** Every kind that lives in namespaces and can be listed and deleted there, in the version that the server prefers. */
  async listNamespaced(): Promise<readonly { readonly apiVersion: string; readonly kind: string }[]> {
    const { groups = [] } = ((await this.#read("/apis")) ?? {}) as GroupList;
    const versions = groups.map(({ versions, preferredVersion }) => [
      ...new Set([preferredVersion, ...versions].flatMap((each) => each?.groupVersion ?? [])),
    ]);
    const kinds = await mapConcurrently([["v1"], ...versions], GROUPS_AT_ONCE, (each) => this.#kindsOf(each));
    return kinds.flat();
  }

  /** @param apiVersions - Of one group, the preferred one first; a kind may be in another one alone. */
  async #kindsOf(apiVersions: readonly string[]): Promise<readonly { apiVersion: string; kind: string }[]> {
    const known = new Map<string, string>();
    for (const apiVersion of apiVersions) {
      for (const { kind, name, namespaced, verbs = [] } of (await this.#resources(apiVersion)) ?? []) {
        const isListed = namespaced && !name.includes("/") && verbs.includes("list") && verbs.includes("delete");
        if (isListed && !known.has(kind)) known.set(kind, apiVersion);
      }
    }
    return [...known].map(([kind, apiVersion]) => ({ apiVersion, kind }));
  }

  #resources(apiVersion: string): Promise<readonly ListedResource[] | undefined> {
    const known = this.#known.get(apiVersion);
    if (known !== undefined) return known;
    const read = this.#readResources(apiVersion);
    this.#known.set(apiVersion, read);
    return read;
  }

  async #readResources(apiVersion: string): Promise<readonly ListedResource[] | undefined> {
    try {
      const list = await this.#read(rootOf(apiVersion));
      return (list as { resources?: readonly ListedResource[] } | undefined)?.resources;
    } catch (error) {
      this.#known.delete(apiVersion);
      throw error;
    }
  }
}

const rootOf = (apiVersion: string): string =>
  apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
