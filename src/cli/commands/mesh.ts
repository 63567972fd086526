import type { Command } from "commander";
import { examples } from "../options.ts";
import { addMeshRender } from "./mesh-render.ts";

export function addMesh(program: Command): void {
  const command = program
    .command("mesh")
    .summary("prepare what clouds' meshes are installed from")
    .description("Prepare what the control planes of clouds' meshes are installed from.")
    .helpCommand(false)
    .addHelpText("after", examples(EXAMPLES));
  addMeshRender(command);
}

const EXAMPLES = `
lcloud mesh render
`;
