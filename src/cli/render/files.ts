import { countOf } from "../../model/count.ts";
import type { SynthReport } from "../../pipeline.ts";

/** More would only fill logs: to warn of every tenant's editors at every synth is to warn of none. */
const MAX_WARNINGS = 10;

/** A line for each file that is not as it was. */
export const formatFiles = ({ dist, written, removed }: SynthReport): string =>
  [...written.map((path) => `${dist}/${path} written\n`), ...removed.map((path) => `${dist}/${path} removed\n`)].join(
    "",
  );

/** One line. */
export const summarizeFiles = ({ dist, written, removed, unchanged }: SynthReport): string =>
  `${dist}: ${countOf(written.length, "file")} written, ${removed.length} removed, ${unchanged} unchanged`;

/** A line that says what meshes take of the clusters; none where there is none. */
export function summarizeMeshes({ meshes }: SynthReport): readonly string[] {
  if (meshes === undefined) return [];
  const { istiods, gateways, memoryMiB, remoteSecrets } = meshes;
  const parts = `${countOf(istiods, "control plane")} and ${countOf(gateways, "gateway")}`;
  return [
    `meshes: ${parts} ask for ${memoryMiB} MiB; ${countOf(remoteSecrets, "Secret")} ${remoteSecrets === 1 ? "lets" : "let"} them read other clusters`,
  ];
}

/** A line for each warning of synthesis, but not for too many. */
export function warningsOfSynth({ warnings }: SynthReport): readonly string[] {
  const more = warnings.length - MAX_WARNINGS;
  return [
    ...warnings.slice(0, MAX_WARNINGS).map(({ path, message }) => `${path}: ${message}`),
    ...(more > 0 ? [`and ${more} more; lcloud synth -o json tells all`] : []),
  ];
}
