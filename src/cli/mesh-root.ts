import type { Command } from "commander";
import { CloudError } from "../model/error.ts";
import { filled } from "./options.ts";

export interface MeshRootFlags {
  readonly meshRootCert?: string;
  readonly meshRootKey?: string;
}

export const withMeshRoot = (command: Command): Command =>
  command
    .option(
      "--mesh-root-cert <file>",
      "your own root for the mesh of one cloud: PEM, the signer first, the root last",
      filled,
    )
    .option("--mesh-root-key <file>", "the private key of its signer: PEM", filled);

/** @throws {@link CloudError} `INVALID` for one file without the other. */
export function meshRootOf({ meshRootCert: certificate, meshRootKey: key }: MeshRootFlags) {
  if (certificate !== undefined && key !== undefined) return { root: { certificate, key } };
  if (certificate === undefined && key === undefined) return {};
  throw new CloudError("INVALID", "a root is brought with its key; give both --mesh-root-cert and --mesh-root-key");
}
