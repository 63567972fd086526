import type { Command } from "commander";
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

/** One file without the other is wrong usage of the command. */
export function meshRootOf({ meshRootCert: certificate, meshRootKey: key }: MeshRootFlags, command: Command) {
  if (certificate !== undefined && key !== undefined) return { root: { certificate, key } };
  if (certificate === undefined && key === undefined) return {};
  return command.error("error: a root is brought with its key; give both --mesh-root-cert and --mesh-root-key");
}
