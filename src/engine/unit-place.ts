import type { Engine } from "../model/delivery.ts";
import type { LiveManifest, Manifest } from "../model/manifest.ts";
import { isSame } from "../model/same-value.ts";
import { type Fields, fieldsOf } from "./fields.ts";

/**
 * Where a unit reads or writes elsewhere than it was rendered to. What it says of a revision is then of other files, or of
 * another cluster, even where its repository has that very commit.
 *
 * @param rendered - The unit's manifest.
 * @returns Path of a field, as in `spec.path`; undefined where it reads and writes as rendered.
 */
export function displacedField(kind: Engine["kind"], rendered: Manifest, live: LiveManifest): string | undefined {
  const [wanted, here] = [fieldsOf(rendered["spec"]), fieldsOf(live["spec"])];
  if (kind === "flux") return firstOther("spec", FLUX_FIELDS, wanted, here);
  const [source, found] = [fieldsOf(wanted["source"]), fieldsOf(here["source"])];
  // a comparison of before names revisions of where it read then
  const { comparedTo } = fieldsOf(fieldsOf(live["status"])["sync"]);
  const compared = comparedTo === undefined ? found : fieldsOf(fieldsOf(comparedTo)["source"]);
  return (
    firstOther("spec", ["sources"], wanted, here) ??
    firstOther("spec.source", argoFields(source), source, found) ??
    firstOther("spec.destination", ["server"], fieldsOf(wanted["destination"]), fieldsOf(here["destination"])) ??
    firstOther("status.sync.comparedTo.source", argoFields(source), source, compared)
  );
}

const FLUX_FIELDS = ["path", "sourceRef", "kubeConfig", "targetNamespace"];

const ARGO_FIELDS = ["repoURL", "path", "chart", "helm"];

/** The revision of a chart is the version that was rendered; that of a repository goes on. */
const argoFields = (source: Fields): readonly string[] =>
  source["chart"] === undefined ? ARGO_FIELDS : [...ARGO_FIELDS, "targetRevision"];

function firstOther(path: string, names: readonly string[], wanted: Fields, here: Fields): string | undefined {
  const other = names.find((name) => !isSame(wanted[name], here[name]));
  return other === undefined ? undefined : `${path}.${other}`;
}
