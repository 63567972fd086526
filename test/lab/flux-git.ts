import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { LabCluster } from "./cluster.ts";
import type { SourceKind, SourceObject } from "./flux-sources.ts";
import { git, gitBytes } from "./git-repository.ts";
import { authorizationOf, type BasicCredential } from "./git-server.ts";
import { get } from "./https-get.ts";

interface Branch {
  readonly url: string;
  readonly name: string;
  readonly credential?: BasicCredential;
}

/** Attributes of the repository must not change what is archived: Flux's own git client knows none. */
const NO_ATTRIBUTES = "* -text -ident -filter -working-tree-encoding -export-ignore -export-subst\n";

/** GitRepositories: `url`, `ref.branch`, `secretRef`. */
export const gitSources = (folder: string): SourceKind => ({
  plural: "gitrepositories",
  failure: "GitOperationFailed",
  resolve: async (cluster, source) => {
    const branch = await branchOf(cluster, source);
    const tip = await readTip(branch);
    const { namespace, name } = source.metadata;
    return {
      revision: `${branch.name}@${formatOf(tip)}:${tip}`,
      id: tip,
      fetch: () => archive(branch, tip, join(folder, `${namespace}.${name}.git`)),
    };
  },
});

async function branchOf(cluster: LabCluster, { metadata, spec }: SourceObject): Promise<Branch> {
  const branch = { url: spec.url, name: spec.ref?.branch ?? "master" };
  if (spec.secretRef === undefined) return branch;
  const secret = await get(cluster.admin, `/api/v1/namespaces/${metadata.namespace}/secrets/${spec.secretRef.name}`);
  if (secret?.status !== 200) throw new Error(`secret ${spec.secretRef.name} not found`);
  const { username = "", password = "" } = JSON.parse(secret.body).data ?? {};
  const decode = (value: string): string => Buffer.from(value, "base64").toString("utf8");
  return { ...branch, credential: { username: decode(username), password: decode(password) } };
}

async function readTip(branch: Branch): Promise<string> {
  const ref = `refs/heads/${branch.name}`;
  const [id] = (await git(["ls-remote", branch.url, ref], "", environmentOf(branch))).split("\t");
  if (id === undefined || id === "") throw new Error(`couldn't find remote ref "${ref}"`);
  return id;
}

/** @param folder - A bare repository that is made where it is not there, and kept for the next call. */
async function archive(branch: Branch, commit: string, folder: string): Promise<Buffer> {
  await git(["init", "--quiet", "--bare", "--template=", `--object-format=${formatOf(commit)}`, folder]);
  await mkdir(join(folder, "info"), { recursive: true });
  await writeFile(join(folder, "info", "attributes"), NO_ATTRIBUTES);
  const fetch = ["fetch", "--quiet", "--depth=1", "--no-tags", branch.url, commit];
  await git(["-C", folder, ...fetch], "", environmentOf(branch));
  return gitBytes(["-C", folder, "archive", "--format=tar.gz", `${commit}^{tree}`]);
}

const formatOf = (id: string): "sha1" | "sha256" => (id.length === 40 ? "sha1" : "sha256");

/** The credential is no argument, which other users of the machine could read. */
function environmentOf({ credential }: Branch): NodeJS.ProcessEnv {
  if (credential === undefined) return {};
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "http.extraHeader",
    GIT_CONFIG_VALUE_0: `Authorization: ${authorizationOf(credential)}`,
  };
}
