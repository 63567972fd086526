import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { CoreDnsOptions } from "./coredns.ts";
import { OPENSHIFT_DNS } from "./coredns-objects.ts";

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

/** Those that the lab's CoreDNS runs, and what else than its Corefile such an installation has. */
export const INSTALLATIONS: readonly (readonly [Distribution, Omit<CoreDnsOptions, "corefile">])[] = [
  ["kubeadm", {}],
  ["kind", {}],
  ["k3s", { files: { NodeHosts: "192.0.2.7 node-7\n" } }],
  ["aks", { custom: {} }],
  ["gardener", { custom: { "changeme.server": "# nothing yet", "changeme.override": "# nothing yet" } }],
  ["eks", {}],
  ["openshift", { place: OPENSHIFT_DNS }],
];
