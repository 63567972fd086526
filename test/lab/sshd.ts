import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { userInfo } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Components, isListening } from "./components.ts";

/** A real sshd on loopback, that lets in whoever has one of some keys, as the user that we are. */
export interface Sshd extends AsyncDisposable {
  /** `ssh://user@127.0.0.1:port` */
  readonly url: string;
  /** Its line of a `known_hosts` file. */
  readonly knownHost: string;
  stop(): Promise<void>;
}

/** @param keys - Public keys, each as a line of `authorized_keys`. */
export async function startSshd(keys: readonly string[]): Promise<Sshd> {
  const command = await findSshd();
  if (command === undefined) throw new Error("lab: there is no sshd; install it (apt-get install openssh-server)");
  const components = await Components.create("sshd");
  const stop = (): Promise<void> => components.stop();
  const [hostKey, config] = [join(components.folder, "host-key"), join(components.folder, "config")];
  try {
    const made = await promisify(execFile)("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", hostKey]);
    if (made.stderr !== "") throw new Error(made.stderr);
    const authorized = join(components.folder, "authorized_keys");
    await writeFile(authorized, `${keys.join("\n")}\n`);
    await writeFile(config, configOf(hostKey, authorized));
    // where root has sshd give its rights away; the package makes it when its service starts
    if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true });
    const port = await components.start({
      name: "sshd",
      command,
      args: (free) => ["-D", "-e", "-f", config, "-p", String(free)],
      env: { PATH: process.env["PATH"] },
      isReady: isListening,
    });
    const { stdout } = await promisify(execFile)("ssh-keygen", ["-y", "-f", hostKey]);
    const url = `ssh://${userInfo().username}@127.0.0.1:${port}`;
    return { url, knownHost: `[127.0.0.1]:${port} ${stdout}`, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Its whole path, without which it does not start; undefined where it is not installed. */
export const findSshd = (): Promise<string | undefined> =>
  promisify(execFile)("sh", ["-c", 'PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v sshd']).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );

const configOf = (hostKey: string, authorized: string): string =>
  [
    "ListenAddress 127.0.0.1",
    `HostKey ${hostKey}`,
    `AuthorizedKeysFile ${authorized}`,
    "PidFile none",
    "UsePAM no",
    "StrictModes no",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "PermitRootLogin prohibit-password",
    "",
  ].join("\n");
