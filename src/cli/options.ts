import { type Command, InvalidArgumentError, Option } from "commander";
import type { Workplace } from "../pipeline.ts";

export interface OutputFlags {
  readonly output: "text" | "json";
}

export interface DistFlags {
  readonly dist?: string;
}

export interface ClusterFlags extends DistFlags {
  readonly cluster: readonly string[];
}

export interface StateFlags {
  readonly state: string;
}

export const withOutput = (command: Command): Command =>
  command.addOption(
    new Option("-o, --output <format>", "how the result is printed").choices(["text", "json"]).default("text"),
  );

export const withDist = (command: Command): Command =>
  command.option(
    "--dist <folder>",
    'folder of what is rendered (default: "output" of cdk8s.yaml, then "dist")',
    filled,
  );

export const withClusters = (command: Command): Command =>
  withDist(command).addOption(
    new Option("-c, --cluster <names>", "only these clusters: a,b or several times")
      .argParser(collectNames)
      .default([], "all"),
  );

export const withState = (command: Command): Command =>
  command.addOption(
    new Option("--state <folder>", "keys, certificates and kubeconfigs")
      .env("LCLOUD_STATE")
      .argParser(filled)
      .default(".lcloud"),
  );

/** Where the command works: where it was started. */
export const workplaceOf = ({ dist }: DistFlags): Workplace => ({
  folder: ".",
  ...(dist === undefined ? {} : { dist }),
});

/** A value that is there: an empty one is mostly a variable that is not set, and must not mean all, or here. */
export function filled(value: string): string {
  if (value.trim() === "") throw new InvalidArgumentError("It is empty, or a part of it is; is a variable not set?");
  return value;
}

/** For options that take `a,b`, and can be given several times. */
export const collectNames = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(",").map((name) => filled(name).trim()),
];

/** For options that take ids of commits, or their beginnings: `a,b`, several times. */
export function collectCommits(value: string, before: readonly string[] = []): readonly string[] {
  const commits = collectNames(value);
  if (commits.every((commit) => /^[0-9a-f]{7,64}$/.test(commit))) return [...before, ...commits];
  throw new InvalidArgumentError("Write ids of commits with seven digits or more, as in 3f2a91c.");
}

/** For arguments that take one name each. */
export const collectName = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  filled(value),
];

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000 };

/** `30s` or `5m`; a bare number is seconds. @returns milliseconds */
export function parseTimeout(value: string): number {
  const [, digits, unit = "s"] = /^(\d{1,6})([sm])?$/.exec(value) ?? [];
  if (digits === undefined) throw new InvalidArgumentError("Write it as 30s or 5m.");
  return Number(digits) * (UNIT_MS[unit] ?? 1);
}

/** The block of examples at the end of a command's help. */
export const examples = (lines: string): string => `\nExamples:\n${lines.trim().replace(/^ */gm, "  ")}\n`;
