import { isAbsolute, join } from "node:path";

/** Where a verb works. */
export interface Workplace {
  /** Folder of cdk8s.yaml. */
  readonly folder: string;
  /** Folder of what is rendered, relative to it. Default: `output` of cdk8s.yaml, then `dist`. */
  readonly dist?: string;
}

export interface StateOptions {
  /** Folder of private keys, certificates and kubeconfigs, relative to that of cdk8s.yaml. */
  readonly state: string;
}

/** A path that was given relative to the repository. */
export const inFolder = (folder: string, path: string): string => (isAbsolute(path) ? path : join(folder, path));

/** The folder of what is rendered, relative to the repository. A repository without cdk8s.yaml can still be delivered. */
export async function distOf({ folder, dist }: Workplace): Promise<string> {
  if (dist !== undefined) return dist;
  const { findCdk8sConfig } = await import("../repository/cdk8s-config.ts");
  return (await findCdk8sConfig(folder))?.output ?? "dist";
}
