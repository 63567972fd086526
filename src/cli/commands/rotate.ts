import { type Command, InvalidArgumentError, Option } from "commander";
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
import { formatRotation, outcomeOfRotation } from "../render/rotation.ts";
import { runCommand } from "../run-command.ts";
import type { TimeoutFlags } from "./post-sync.ts";

interface Flags extends OutputFlags, DistFlags, StateFlags, TimeoutFlags {
  readonly root?: true;
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
        "interruption, and post-sync goes along with it.",
    )
    .argument("<what>", "mesh/<cloud>", parseMesh)
    .option("--root", "begin to change the root, or go on with it")
    .addOption(
      new Option(
        "--timeout <time>",
        "how long to wait until control planes have taken over what was written: 30s or 5m",
      )
        .argParser(parseTimeout)
        .default(180_000, "3m"),
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withState(withDist(command))).action(rotate);
}

const EXAMPLES = `
lcloud rotate mesh/shop
lcloud rotate mesh/shop --root
lcloud rotate mesh/shop --root -o json | jq -r .rotation.notBefore
`;

/** @returns Name of the cloud. */
function parseMesh(value: string): string {
  const [, cloud] = /^mesh\/([a-z0-9-]+)$/.exec(value) ?? [];
  if (cloud === undefined) throw new InvalidArgumentError("Write it as mesh/<cloud>, as in mesh/shop.");
  return cloud;
}

async function rotate(cloud: string, flags: Flags): Promise<void> {
  const { root, state, timeout: timeoutMs } = flags;
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const goal = root ? "root" : "authorities";
    const report = await pipeline.rotateMesh({ ...workplaceOf(flags), onProgress, state, cloud, goal, timeoutMs });
    return { report, text: formatRotation(report), ...outcomeOfRotation(report) };
  });
}
