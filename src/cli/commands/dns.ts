import type { Command } from "commander";
import { examples } from "../options.ts";
import { addDnsCheck } from "./dns-check.ts";
import { addDnsShow } from "./dns-show.ts";

export function addDns(program: Command): void {
  const command = program
    .command("dns")
    .summary("see what clusters' DNS answers for clouds")
    .description("See what the DNS of clusters answers for the zones of clouds, and what it is told of them.")
    .helpCommand(false)
    .addHelpText("after", examples(EXAMPLES));
  addDnsCheck(command);
  addDnsShow(command);
}

const EXAMPLES = `
lcloud dns check shop
lcloud dns show --cluster eks-prod-eu
`;
