import { env } from "node:process";
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import { examples, filled, type OutputFlags, withOutput } from "../options.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags {
  readonly helm: string;
  readonly charts?: string;
}

export function addMeshRender(mesh: Command): void {
  const command = mesh
    .command("render")
    .summary("have helm render Istio's charts into clouds/meshes")
    .description(
      "Have your own helm render Istio's charts with the values of each cloud's mesh, where the installer of a cluster is " +
        "manifests, and write what comes of it to clouds/meshes, to be committed: synth reads it from there. Nothing is " +
        "written where a chart gives anything but the objects of a control plane, or a mesh config that istiod would not " +
        "read as it is meant. No cluster is asked.",
    )
    .option("--helm <program>", "helm 3 or later", filled, "helm")
    .option(
      "--charts <folder>",
      "folder with the charts, by name or as archives (default: the fleet's chart repository)",
      filled,
    )
    .addHelpText("after", examples(EXAMPLES));
  withOutput(command).action(render);
}

const EXAMPLES = `
lcloud mesh render
lcloud mesh render --helm ~/bin/helm --charts ~/istio-1.31.1/manifests/charts
`;

async function render(flags: Flags): Promise<void> {
  const { helm, charts } = flags;
  await runCommand(flags, async ({ onProgress, onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const where = charts === undefined ? {} : { charts };
    const report = await pipeline.meshRender({ folder: ".", env, helm, ...where, onProgress, onOutput });
    const changed = report.files.filter(({ action }) => action !== "unchanged");
    return {
      report,
      text: changed.map(({ file, action }) => `${file} ${action}\n`).join(""),
      notes: changed.length === 0 ? ["nothing has changed"] : ["commit that, then run lcloud synth"],
      exitCode: EXIT.done,
    };
  });
}
