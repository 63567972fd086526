import { existsSync, mkdirSync, readlinkSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Base64, as in an object. */
export type SecretData = Readonly<Record<string, string>>;

/**
 * Put the keys of a Secret into a folder, all at once, as kubelet does: each file is a link into `..data`, which is a link
 * to a folder of its own for every state and is replaced by a rename. Whoever watches the folder sees what it sees in a pod.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/volume/util/atomic_writer.go
 */
export function mountSecret(folder: string, data: SecretData): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const former = existsSync(join(folder, "..data")) ? readlinkSync(join(folder, "..data")) : undefined;
  const next = `..${process.hrtime.bigint()}`;
  mkdirSync(join(folder, next), { mode: 0o700 });
  for (const [key, value] of Object.entries(data)) {
    writeFileSync(join(folder, next, key), Buffer.from(value, "base64"), { mode: 0o600 });
  }
  symlinkSync(next, join(folder, "..data_tmp"));
  renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
  for (const key of Object.keys(data)) {
    if (!existsSync(join(folder, key))) symlinkSync(join("..data", key), join(folder, key));
  }
  if (former !== undefined) rmSync(join(folder, former), { recursive: true, force: true });
}
