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
