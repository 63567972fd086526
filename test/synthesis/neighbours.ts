import type { Manifest } from "../../src/model/manifest.ts";

/** Objects of one kind that differ in one thing: those that an API server takes, and those that it refuses. */
export interface Neighbours {
  readonly what: string;
  readonly right: readonly Manifest[];
  readonly wrong: readonly Manifest[];
}

/** The namespace that they are in. */
export const NAMESPACE = "shop";

type Make = (fields: object) => Manifest;

/** Makes objects of a kind. */
export const of = (kind: string, apiVersion = "v1"): Make => {
  const namespace = kind.startsWith("Cluster") || kind === "Namespace" ? {} : { namespace: NAMESPACE };
  return ({ metadata = {}, ...fields }: { metadata?: object }) => ({
    apiVersion,
    kind,
    metadata: { name: "mine", ...namespace, ...metadata },
    ...fields,
  });
};

export const neighbours = (
  what: string,
  make: Make,
  right: readonly object[],
  wrong: readonly object[],
  wrap: (fields: object) => object = (fields) => fields,
): Neighbours => ({
  what,
  right: right.map((fields) => make(wrap(fields))),
  wrong: wrong.map((fields) => make(wrap(fields))),
});
