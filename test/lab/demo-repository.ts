import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A repository of clouds outside of this one, with everything that its commands need. */
export interface DemoRepository {
  readonly folder: string;
  /** Folder of `lcloud`, `kubectl` and the login program; for PATH. */
  readonly bin: string;
  remove(): Promise<void>;
}

const HERE = join(import.meta.dirname, "..", "..");

/** What the example fleet's kubeconfigs call to log in: `kubectl oidc-login`, which kubectl looks up on PATH. */
const LOGIN_COMMAND = "kubectl-oidc_login";

/**
 * Copy the example's `clouds/` without its identities, whose keys nobody has, to a folder of its own.
 *
 * @param kubectl - Path of the kubectl to put on PATH; default: the one that is there.
 * @param login - Environment and arguments of the login program; default: none is put on PATH.
 */
export async function createDemoRepository(options: {
  readonly kubectl?: string;
  readonly login?: { readonly issuer: string; readonly certificateAuthority: string };
}): Promise<DemoRepository> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-demo-"));
  const bin = join(folder, "bin");
  await mkdir(bin);
  await cp(join(HERE, "cdk8s.yaml"), join(folder, "cdk8s.yaml"));
  await cp(join(HERE, "clouds"), join(folder, "clouds"), {
    recursive: true,
    filter: (path) => !path.startsWith(join(HERE, "clouds", "identities")),
  });
  await writeFile(join(folder, "package.json"), `${JSON.stringify({ private: true, type: "module" })}\n`);
  await linkPackages(join(folder, "node_modules"));
  await writeCommand(join(bin, "lcloud"), `exec "${process.execPath}" -C source "${HERE}/src/cli/main.ts" "$@"`);
  await writeCommand(join(bin, "node"), `exec "${process.execPath}" "$@"`);
  if (options.kubectl !== undefined) await symlink(options.kubectl, join(bin, "kubectl"));
  if (options.login !== undefined) await writeLogin(folder, bin, options.login);
  return { folder, bin, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** `logical-clouds` is this checkout; the others are what it has installed, so that there is one cdk8s. */
async function linkPackages(modules: string): Promise<void> {
  await mkdir(modules);
  await symlink(HERE, join(modules, "logical-clouds"));
  for (const name of ["cdk8s", "cdk8s-plus-27", "constructs"]) {
    await symlink(join(HERE, "node_modules", name), join(modules, name));
  }
}

async function writeLogin(
  folder: string,
  bin: string,
  { issuer, certificateAuthority }: { readonly issuer: string; readonly certificateAuthority: string },
): Promise<void> {
  const authority = join(folder, "oidc-ca.pem");
  await writeFile(authority, certificateAuthority);
  const program = join(HERE, "test", "lab", "oidc-login.ts");
  const script = `export OIDC_CA="$(cat "${authority}")"\nexec "${process.execPath}" "${program}" "${issuer}"`;
  await writeCommand(join(bin, LOGIN_COMMAND), script);
}

const writeCommand = (path: string, script: string): Promise<void> =>
  writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
