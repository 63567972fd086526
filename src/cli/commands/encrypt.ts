import process from "node:process";
import { text } from "node:stream/consumers";
import type { Command } from "commander";
import { EXIT } from "../exit-code.ts";
import { collectNames, examples, filled, type OutputFlags, withOutput } from "../options.ts";
import { runCommand } from "../run-command.ts";

interface Flags extends OutputFlags {
  readonly recipient: readonly string[];
  readonly identity?: string;
}

export function addEncrypt(program: Command): void {
  const command = program
    .command("encrypt")
    .summary("encrypt a Secret into clouds/, for Flux to decrypt")
    .description(
      "Read the manifest of a Secret from outside of the repository, and write it to " +
        "clouds/secrets/<namespace>/<name>.sops.yaml with its values encrypted, as SOPS does with age. A cloud adds it with " +
        "Include of cdk8s, and Flux decrypts it where flux.decryptionSecret says with which keys.\n\n" +
        "Without an identity all values are encrypted anew. With one that opens what is there, values that have not changed " +
        "stay as they are.",
    )
    .argument("<file>", "the plaintext, or - for standard input", filled)
    .option("-r, --recipient <keys>", "who may decrypt: age1… (default: whoever may now)", collectNames, [])
    .option("-i, --identity <file>", "file of age identities that open what is there", filled)
    .addHelpText("after", examples(EXAMPLES));
  withOutput(command).action(encrypt);
}

const EXAMPLES = `
lcloud encrypt ~/secrets/db.yaml --identity ~/.config/sops/age/keys.txt
kubectl create secret generic db -n shop-web --from-file=password -o yaml --dry-run=client | lcloud encrypt - -r age1…
`;

async function encrypt(file: string, { recipient, identity, output }: Flags): Promise<void> {
  await runCommand({ output }, async () => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.encrypt({
      folder: ".",
      input: file === "-" ? { text: await text(process.stdin) } : { path: file },
      recipients: recipient,
      ...(identity === undefined ? {} : { identity }),
    });
    return { report, text: `${report.file} ${report.action}\n`, exitCode: EXIT.done };
  });
}
