#!/usr/bin/env node
// Node reads all static imports before it runs a line: an older one would stop at what it does not know.
import process from "node:process";
import { refuseNode } from "./node-version.ts";

const refusal = refuseNode(process.versions.node);
if (refusal === undefined) {
  const { runCommandLine } = await import("./command-line.ts");
  await runCommandLine();
} else {
  process.stderr.write(`error: ${refusal}\n`);
  process.exitCode = 1;
}
