import { env } from "node:process";
import type { Command } from "commander";
import type { EnrollReport } from "../../pipeline.ts";
import { EXIT } from "../exit-code.ts";
import { collectName, examples, type OutputFlags, type StateFlags, withOutput, withState } from "../options.ts";
import { formatFailure } from "../render/changes.ts";
import { formatTable } from "../render/table.ts";
import { runCommand } from "../run-command.ts";

type Flags = OutputFlags & StateFlags;

export function addEnroll(program: Command): void {
  const command = program
    .command("enroll")
    .summary("make users' keys, write their public requests")
    .description(
      "Make a private key for each user of a cloud on an x509 cluster, and write the public certificate request for it " +
        "to clouds/identities/<cloud>/<user>.csr.pem, to be committed. The key stays in the state folder.\n\n" +
        "A user who brings a request of their own puts it there; the key then never exists here. What is there already " +
        "is checked, and never replaced.",
    )
    .argument("[names...]", "only these: cloud or cloud/user", collectName)
    .addHelpText("after", examples(EXAMPLES));
  withOutput(withState(command)).action(enroll);
}

const EXAMPLES = `
lcloud enroll
lcloud enroll storefront
lcloud enroll storefront/ana --state ~/keys
`;

async function enroll(only: readonly string[] = [], { state, output }: Flags): Promise<void> {
  await runCommand({ output }, async ({ onOutput }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.enroll({ folder: ".", env, onOutput, state, only });
    return {
      report,
      text: formatEnrolments(report),
      failures: report.failures.map((failure) => formatFailure(failure, `${failure.cloud}/${failure.user}`)),
      notes: report.users.length + report.failures.length === 0 ? ["nobody needs a request"] : [],
      exitCode: report.failures.length > 0 ? EXIT.refused : EXIT.done,
    };
  });
}

const formatEnrolments = ({ users }: EnrollReport): string =>
  formatTable(
    ["CLOUD", "USER", "KEY", "REQUEST", "ACTION"],
    users.map(({ cloud, user, key, request, action }) => [cloud, user, key, request, action]),
  );
