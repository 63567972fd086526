import type { Manifest } from "./manifest.ts";

interface Subject {
  readonly namespace?: string;
  readonly name: string;
}

/** Whom a binding names, in the cluster's words: a ServiceAccount with its namespace. Of any other object, nobody. */
export function subjectsOf(binding: Manifest): readonly string[] {
  const subjects = (binding["subjects"] ?? []) as readonly Subject[];
  return subjects.map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}/${name}`));
}
