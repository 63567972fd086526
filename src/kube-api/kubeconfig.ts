import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { env } from "node:process";
import type { Cluster, KubeConfig, User } from "@kubernetes/client-node";
import { CloudError, systemCodeOf } from "../model/error.ts";
import type { KubeTarget } from "./kube-api.ts";
import type { UserSource } from "./user-headers.ts";

/** What is needed of client-node, which is imported only when it is needed. */
type KubeconfigReader = Pick<typeof import("@kubernetes/client-node"), "KubeConfig" | "loadYaml">;

/** What a context of a kubeconfig leads to: a cluster, and who we are there. */
export interface ContextEntry {
  readonly cluster: Cluster;
  readonly user: User;
  /** Absent where the context names no user. */
  readonly userSource?: UserSource;
}

interface KubeconfigFile {
  readonly path: string;
  readonly config: KubeConfig;
  /** Its users as they stand there, since client-node does not know all of their fields. */
  readonly users: readonly UserEntry[];
  /** What is wrong with an entry that was passed over. */
  readonly flaw?: string;
}

type UserEntry = { readonly name?: string; readonly user?: UserSource["fields"] | null } | null;

/**
 * Find a context as kubectl does: of several files in `KUBECONFIG`, those that are missing are skipped, and the first
 * that knows a name counts. Paths in a file are relative to it. Entries that are not whole are passed over.
 *
 * @throws {@link CloudError} `NO_CONTEXT`, naming the contexts there are.
 */
export function findContext(target: KubeTarget, reader: KubeconfigReader): ContextEntry {
  const fail = (message: string): CloudError => new CloudError("NO_CONTEXT", `${target.cluster}: ${message}`);
  const files = readFiles(target, reader, fail);
  const find = <T extends { readonly name: string }>(entriesOf: (config: KubeConfig) => readonly T[], name: string) =>
    files.flatMap(({ config }) => entriesOf(config)).find((entry) => entry.name === name);
  const context = find((config) => config.contexts, target.context);
  const places = files.map(({ path }) => path).join(", ");
  const flaws = files.map(({ path, flaw }) => (flaw === undefined ? "" : `; ${path}: ${flaw}`)).join("");
  if (context === undefined) {
    const names = files.flatMap(({ config }) => config.contexts.map(({ name }) => name));
    const there = names.length === 0 ? "there is none" : `there are ${[...new Set(names)].join(", ")}`;
    const remedy = `${there}; add it, or correct the cluster's context`;
    throw fail(`no context "${target.context}" in ${places}; ${remedy}${flaws}`);
  }
  const cluster = find((config) => config.clusters, context.cluster);
  const user = context.user ? find((config) => config.users, context.user) : { name: "" };
  if (cluster !== undefined && user !== undefined) return { cluster, user, ...sourceOf(user, files) };
  const missing = cluster === undefined ? `cluster "${context.cluster}"` : `user "${context.user}"`;
  throw fail(`context "${target.context}" refers to ${missing}, which is not in ${places}; add it there${flaws}`);
}

function sourceOf({ name }: User, files: readonly KubeconfigFile[]): Pick<ContextEntry, "userSource"> {
  for (const { path, users } of files) {
    const entry = users.find((user) => user?.name === name);
    if (entry) return { userSource: { file: path, name, fields: entry.user ?? {} } };
  }
  return {};
}

function readFiles(
  { kubeconfig }: KubeTarget,
  reader: KubeconfigReader,
  fail: (message: string) => CloudError,
): readonly KubeconfigFile[] {
  const fromEnvironment = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  const paths = kubeconfig !== undefined ? [kubeconfig] : fromEnvironment;
  const candidates = (paths.length > 0 ? paths : [join(homedir(), ".kube", "config")]).map((path) => resolve(path));
  const files = candidates.flatMap((path) => readFile(path, reader, fail) ?? []);
  if (files.length > 0) return files;
  throw fail(`no kubeconfig at ${candidates.join(", ")}; set KUBECONFIG, or the path of the cluster's kubeconfig`);
}

/** @returns undefined where there is no such file. */
function readFile(
  path: string,
  { KubeConfig, loadYaml }: KubeconfigReader,
  fail: (message: string) => CloudError,
): KubeconfigFile | undefined {
  const config = new KubeConfig();
  let users: readonly UserEntry[] = [];
  let flaw: string | undefined;
  try {
    const text = readFileSync(path, "utf8");
    if (text.trim() === "") return { path, config, users };
    flaw = load(config, text);
    users = loadYaml<{ readonly users?: readonly UserEntry[] | null }>(text).users ?? [];
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return undefined;
    throw fail(`${path} cannot be read as a kubeconfig: ${reasonOf(error)}; repair it`);
  }
  config.makePathsAbsolute(dirname(path));
  for (const { exec } of config.users) {
    if (typeof exec?.command === "string" && /[/\\]/.test(exec.command))
      exec.command = resolve(dirname(path), exec.command);
  }
  return { path, config, users, ...(flaw === undefined ? {} : { flaw }) };
}

/** @returns What is wrong with the first entry that had to be passed over. */
function load(config: KubeConfig, text: string): string | undefined {
  try {
    config.loadFromString(text);
    return undefined;
  } catch (error) {
    config.loadFromString(text, { onInvalidEntry: "filter" });
    return reasonOf(error);
  }
}

/** A parser's message quotes the file, which holds keys and tokens. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error) || error.name === "YAMLException") return "it is not YAML";
  return error instanceof TypeError ? "it has another structure" : error.message;
}
