import { type Command, InvalidArgumentError, Option } from "commander";
import { EXIT } from "../exit-code.ts";
import { type MeshRootFlags, meshRootOf, withMeshRoot } from "../mesh-root.ts";
import {
  type DistFlags,
  examples,
  type OutputFlags,
  parseTimeout,
  type StateFlags,
  withDist,
  withOutput,
  withState,
  workplaceOf,
} from "../options.ts";
import { failuresOfMeshes, formatMeshes, notesOfMeshes } from "../render/meshes.ts";
import { formatRotation, outcomeOfRotation } from "../render/rotation.ts";
import { runCommand } from "../run-command.ts";
import type { TimeoutFlags } from "./post-sync.ts";

interface Flags extends OutputFlags, DistFlags, StateFlags, TimeoutFlags, MeshRootFlags {
  readonly root?: true;
  readonly again?: true;
  readonly tokens?: true;
}

export function addRotate(program: Command): void {
  const command = program
    .command("rotate")
    .summary("renew whom the workloads of a cloud's mesh trust, while they run")
    .description(
      "Make a new authority for the control plane of each cluster of a cloud's mesh, put it there, and wait until the " +
        "control plane signs with it. Nothing is restarted, and certificates that workloads have stay good.\n\n" +
        "With --root, change the root of the cloud in three steps, each of which is seen done in every cluster before the " +
        "next one: both roots are trusted; the new one signs; the old one goes, once the last certificate below it has " +
        "ended, a day later. Each call sees how far it is, does what may be done by now, and says when the next step may " +
        "be taken; status says so too. A cluster that cannot be reached holds it up. What is under way survives an " +
        "interruption, and post-sync goes along with it. Once a root was changed, another change begins only with --again, " +
        "so that a schedule comes to an end. A root of your own is followed by one that you bring in the same way.\n\n" +
        "With --tokens, renew the tokens by which control planes read each other's clusters, as when a cluster has left the " +
        "cloud: the old ones end once all clusters have the new ones.",
    )
    .argument("<what>", "mesh/<cloud>", parseMesh)
    .addOption(new Option("--root", "begin to change the root, or go on with it").conflicts("tokens"))
    .addOption(new Option("--again", "begin although the root was changed before").conflicts("tokens"))
    .option("--tokens", "renew the tokens by which clusters are read")
    .addOption(
      new Option(
        "--timeout <time>",
        "how long to wait until control planes have taken over what was written: 30s or 5m",
      )
        .argParser(parseTimeout)
        .default(180_000, "3m"),
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withState(withDist(withMeshRoot(command)))).action(rotate);
}

const EXAMPLES = `
lcloud rotate mesh/shop
lcloud rotate mesh/shop --root
lcloud rotate mesh/shop --root --mesh-root-cert ~/ca/root.pem --mesh-root-key ~/ca/root.key
lcloud rotate mesh/shop --tokens
lcloud rotate mesh/shop --root -o json | jq -r .rotation.notBefore
`;

/** @returns Name of the cloud. */
function parseMesh(value: string): string {
  const [, cloud] = /^mesh\/([a-z0-9-]+)$/.exec(value) ?? [];
  if (cloud === undefined) throw new InvalidArgumentError("Write it as mesh/<cloud>, as in mesh/shop.");
  return cloud;
}

async function rotate(cloud: string, flags: Flags, command: Command): Promise<void> {
  const { root, again, tokens, state, timeout: timeoutMs } = flags;
  const brought = meshRootOf(flags, command);
  if (!root && (again || "root" in brought)) {
    command.error("error: --again and a root of your own are for a change of root; add --root");
  }
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    if (tokens) {
      const meshes = await pipeline.renewTokens({ ...workplaceOf(flags), onProgress, cloud, timeoutMs });
      const failures = failuresOfMeshes(meshes);
      return {
        report: { meshes },
        text: formatMeshes(meshes),
        ...{ failures, notes: notesOfMeshes(meshes) },
        exitCode: failures.length > 0 ? EXIT.clustersFailed : EXIT.done,
      };
    }
    const change = root
      ? ({ goal: "root", again: again ?? false, ...brought } as const)
      : ({ goal: "authorities" } as const);
    const report = await pipeline.rotateMesh({ ...workplaceOf(flags), onProgress, state, cloud, timeoutMs, ...change });
    return { report, text: formatRotation(report), ...outcomeOfRotation(report) };
  });
}
