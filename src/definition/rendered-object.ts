import { isDeepStrictEqual } from "node:util";
import { ApiObject, type JsonPatch } from "cdk8s";
import type { Construct, IConstruct } from "constructs";
import type { Manifest } from "../model/manifest.ts";

/** One object of a cloud and the construct id it has in the cloud's charts. */
export interface Item {
  readonly id: string;
  readonly manifest: Manifest;
}

/**
 * An object of ours as an ApiObject, which knows whether anybody has changed it: to turn one into a manifest again costs
 * cdk8s more than all the rest that we do with it.
 */
export class RenderedObject extends ApiObject {
  readonly #item: Item;
  #isPatched = false;

  constructor(scope: Construct, item: Item) {
    super(scope, item.id, item.manifest as never);
    this.#item = item;
  }

  /** What it was made of, if it was neither patched nor given other metadata. */
  static untouched(construct: IConstruct): Item | undefined {
    if (!(#item in construct) || construct.#isPatched) return undefined;
    const { manifest } = construct.#item;
    return isDeepStrictEqual(construct.metadata.toJson(), manifest.metadata) ? construct.#item : undefined;
  }

  override addJsonPatch(...operations: JsonPatch[]): void {
    this.#isPatched = true;
    super.addJsonPatch(...operations);
  }
}
