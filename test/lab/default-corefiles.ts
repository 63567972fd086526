import { readFile } from "node:fs/promises";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../fixtures/corefiles");

/** Distributions whose Corefile is in test/fixtures/corefiles, where its README says from where. */
export type Distribution =
  | "aks"
  | "eks"
  | "gardener"
  | "k3s"
  | "kind"
  | "kubeadm"
  | "openshift"
  | "openshift-dnsnameresolver";

/** The Corefile that a new cluster has. */
export const defaultCorefile = (distribution: Distribution): Promise<string> =>
  readFile(join(FOLDER, `${distribution}.corefile`), "utf8");
