import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { asList, asRecord } from "./fields.ts";

/** Secrets of a ServiceAccount: server-side apply knows them by name. */
export function checkServiceAccount({ apiVersion, kind, ...fields }: Manifest): readonly string[] {
  if (kind !== "ServiceAccount" || groupOf(apiVersion) !== "") return [];
  const names = asList(fields["secrets"]).map((secret) => asRecord(secret)["name"]);
  return [...new Set(names.filter((name, index) => names.indexOf(name) < index))].map(
    (name) => `secrets: "${name}" is there twice; take one out`,
  );
}
