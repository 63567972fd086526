import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { git, gitBytes } from "./git-repository.ts";
import { authorizationOf, type BasicCredential } from "./git-server.ts";

/** A branch of a repository, as an agent reads it. */
export interface GitSource {
  readonly url: string;
  readonly branch: string;
  readonly credential?: BasicCredential;
}

/** Attributes of the repository must not change what is archived: Flux's own git client knows none. */
const NO_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding -export-ignore -export-subst\n";

/** The id of the branch's last commit; throws where there is no such branch, or nobody answers. */
export async function readTip(source: GitSource): Promise<string> {
  const ref = `refs/heads/${source.branch}`;
  const [id] = (await git(["ls-remote", source.url, ref], "", environmentOf(source))).split("\t");
  if (id === undefined || id === "") throw new Error(`couldn't find remote ref "${ref}"`);
  return id;
}

/**
 * A commit's files as .tar.gz.
 *
 * @param folder - A bare repository that is made where it is not there, and kept for the next call.
 */
export async function archiveBranch(source: GitSource, commit: string, folder: string): Promise<Buffer> {
  const format = commit.length === 40 ? "sha1" : "sha256";
  await git(["init", "--quiet", "--bare", "--template=", `--object-format=${format}`, folder]);
  await mkdir(join(folder, "info"), { recursive: true });
  await writeFile(join(folder, "info", "attributes"), NO_ATTRIBUTES);
  const fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", source.url, commit];
  await git(["-C", folder, ...fetch], "", environmentOf(source));
  return gitBytes(["-C", folder, "archive", "--format=tar.gz", `${commit}^{tree}`]);
}

/** The credential is no argument, which other users of the machine could read. */
function environmentOf({ credential }: GitSource): NodeJS.ProcessEnv {
  if (credential === undefined) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: ${authorizationOf(credential)}`,
  };
}
