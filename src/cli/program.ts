import { Command } from "commander";
import { addBootstrap } from "./commands/bootstrap.ts";
import { addDiff } from "./commands/diff.ts";
import { addDns } from "./commands/dns.ts";
import { addEncrypt } from "./commands/encrypt.ts";
import { addEnroll } from "./commands/enroll.ts";
import { addInit } from "./commands/init.ts";
import { addMesh } from "./commands/mesh.ts";
import { addPostSync } from "./commands/post-sync.ts";
import { addRoles } from "./commands/roles.ts";
import { addRotate } from "./commands/rotate.ts";
import { addStatus } from "./commands/status.ts";
import { addSync } from "./commands/sync.ts";
import { addSynth } from "./commands/synth.ts";
import { addTerminate } from "./commands/terminate.ts";
import { addUp } from "./commands/up.ts";
import { examples } from "./options.ts";
import { readVersion } from "./version.ts";

/** The command line of `lcloud`. A wrong one, and the end of help, is thrown as a CommanderError. */
export function createProgram(): Command {
  const program = new Command("lcloud")
    .description("Tenants spread over many Kubernetes clusters: from TypeScript to namespaces, quotas and kubeconfigs.")
    .version(readVersion())
    .helpCommand("help [command]", "more about a command")
    .helpOption("-h, --help", "more about it")
    .showHelpAfterError("--help says more")
    .exitOverride()
    .addHelpText("after", examples(EXAMPLES) + EXIT_CODES);
  for (const add of [
    addInit,
    addEnroll,
    addSynth,
    addDiff,
    addSync,
    addPostSync,
    addUp,
    addStatus,
    addDns,
    addMesh,
    addRotate,
    addTerminate,
    addRoles,
    addBootstrap,
    addEncrypt,
  ])
    add(program);
  return program;
}

const EXAMPLES = `
lcloud init my-clouds
lcloud enroll && lcloud up
lcloud status
`;

const EXIT_CODES = `
Exit codes:
  0  done
  1  refused: something here is wrong, as the message says; of diff: something differs
  2  wrong command line
  3  failed on some clusters, as the report says; the others are done
  130, 143, 129  interrupted by Ctrl-C, SIGTERM or SIGHUP; the same command goes on from there
`;
