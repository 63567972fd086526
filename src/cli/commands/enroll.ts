import { env } from "node:process";
import type { Command } from "commander";
import type { EnrollReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { type MeshRootFlags, meshRootOf, withMeshRoot } from "../mesh-root.ts";
import {
  collectName,
  collectNames,
  examples,
  type OutputFlags,
  type StateFlags,
  withOutput,
  withState,
} from "../options.ts";
import { formatFailure } from "../render/changes.ts";
import { formatTable } from "../render/table.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags, StateFlags, MeshRootFlags {
  readonly recipient: readonly string[];
}

export function addEnroll(program: Command): void {
  const command = program
    .command("enroll")
    .summary("make users' keys and requests, and meshes' authorities")
    .description(
      "Make a private key for each user of a cloud on an x509 cluster, and write the public certificate request for it " +
        "to clouds/identities/<cloud>/<user>.csr.pem, to be committed. The key stays in the state folder.\n\n" +
        "A user who brings a request of their own puts it there; the key then never exists here. What is there already " +
        "is checked, and never replaced.\n\n" +
        "For each cloud with a mesh of its own, make a root and an authority for each of its clusters, in the state folder; " +
        "what is there stays. Where the fleet asks for SOPS, the authorities are encrypted into the repository, too, and made " +
        "anew when they have a third of their life left. A root of your own, or an authority below it with the chain up to " +
        "it, is taken from PEM files.",
    )
    .argument("[names...]", "only these: cloud or cloud/user", collectName)
    .option("-r, --recipient <keys>", "who may decrypt authorities: age1… (default: whoever may now)", collectNames, [])
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withState(withMeshRoot(command))).action(enroll);
}

const EXAMPLES = `
lcloud enroll
lcloud enroll storefront
lcloud enroll storefront/ana --state ~/keys
lcloud enroll storefront --mesh-root-cert ~/ca/root.pem --mesh-root-key ~/ca/root.key
`;

async function enroll(only: readonly string[] = [], flags: Flags, command: Command): Promise<void> {
  const { state, output, recipient: recipients } = flags;
  const brought = meshRootOf(flags, command);
  await runCommand({ output }, async ({ onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.enroll({
      ...{ folder: ".", env, onOutput, state, only, recipients },
      ...brought,
    });
    const { users, meshes, failures } = report;
    return {
      report,
      text: formatEnrolments(report),
      failures: failures.map((failure) =>
        formatFailure(failure, "user" in failure ? `${failure.cloud}/${failure.user}` : failure.cloud),
      ),
      notes: users.length + meshes.length + failures.length === 0 ? ["nobody needs a request, and no mesh a root"] : [],
      exitCode: failures.length > 0 ? EXIT.refused : EXIT.done,
    };
  });
}

/** Users, then meshes. */
export const formatEnrolments = ({ users, meshes }: Pick<EnrollReport, "users" | "meshes">): string => {
  const tables = [
    formatTable(
      ["CLOUD", "USER", "KEY", "REQUEST", "ACTION"],
      users.map(({ cloud, user, key, request, action }) => [cloud, user, key, request, action]),
    ),
    formatTable(
      ["MESH", "ROOT", "SHA-256", "CLUSTER", "AUTHORITY", "FILE"],
      meshes.flatMap(({ cloud, root, fingerprints, clusters }) =>
        clusters.map(({ cluster, action, file }) => [
          ...[cloud, root, fingerprints.map((each) => each.slice(0, 16)).join(","), cluster, action],
          file === undefined ? "" : `${file.path} ${file.action}`,
        ]),
      ),
    ),
  ];
  return tables.filter((table) => table !== "").join("\n");
};
