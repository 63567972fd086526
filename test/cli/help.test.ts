import { type Command, CommanderError } from "commander";
import { expect, onTestFinished, test, vi } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { createProgram } from "../../src/cli/program.ts";
import { lcloud } from "./lcloud.ts";

const VERBS = [
  "init",
  "enroll",
  "synth",
  "diff",
  "sync",
  "post-sync",
  "up",
  "status",
  "dns",
  "mesh",
  "rotate",
  "terminate",
  "roles",
  "bootstrap",
  "encrypt",
];

/** Commands that do something, with the verb before those that are of a group. */
const GROUPS: readonly string[] = ["dns", "mesh"];
const COMMANDS = [...VERBS.filter((verb) => !GROUPS.includes(verb)), "dns check", "dns show", "mesh render"];

function find(words: string): Command | undefined {
  return words
    .split(" ")
    .reduce<Command | undefined>(
      (command, word) => command?.commands.find((each) => each.name() === word),
      createProgram(),
    );
}

/** The whole help of a command, with what stands after it. */
function helpOf(words?: string): string {
  const help: string[] = [];
  const command = words === undefined ? createProgram() : find(words);
  command?.configureOutput({ writeOut: (text) => help.push(text) }).outputHelp();
  return help.join("");
}

test("the verbs are these, in the order in which they are used", () => {
  expect(createProgram().commands.map((command) => command.name())).toEqual(VERBS);
});

test("the commands of a group are these", () => {
  const groups = createProgram().commands.filter(({ commands }) => commands.length > 0);
  const members = groups.flatMap((group) => group.commands.map((command) => `${group.name()} ${command.name()}`));
  expect(members).toEqual(COMMANDS.filter((words) => words.includes(" ")));
  for (const words of members) expect(helpOf(words.split(" ")[0])).toContain(`\n  ${words.split(" ")[1]} `);
});

test.each([...COMMANDS, ...GROUPS])("the help of %s has examples of it, and every option is told", (words) => {
  const help = helpOf(words);
  expect(help).toMatch(new RegExp(`\\nExamples:\\n {2}lcloud ${words}`));
  for (const { long, description } of find(words)?.options ?? []) {
    expect(help).toContain(long);
    expect(description).not.toBe("");
  }
});

test.each(COMMANDS)("%s can print JSON", (words) => {
  expect(helpOf(words)).toMatch(/-o, --output <format> [\s\S]{0,90}"text",\s+"json"/);
});

test("examples name only options that there are", () => {
  for (const words of COMMANDS) {
    const examples = helpOf(words).split("Examples:")[1] ?? "";
    const ours = examples.split(/\n| && |\|/).filter((part) => part.trim().startsWith("lcloud"));
    const known = find(words)?.options.flatMap(({ long, short }) => [long, short]);
    for (const [option] of ours.join(" ").matchAll(/(?<= )--?[a-z][-a-z]*/g)) expect(known).toContain(option);
  }
});

test("the help of lcloud tells the exit codes", () => {
  expect(helpOf()).toMatch(
    /Examples:\n[\s\S]+Exit codes:\n {2}0 .+\n {2}1 .+\n {2}2 .+\n {2}3 .+\n {2}130, 143, 129 .+\n/,
  );
});

test("help and version are data", async () => {
  const [help, version] = await Promise.all([lcloud(["--help"]), lcloud(["--version"])]);
  expect(help).toEqual({ exitCode: 0, stdout: helpOf(), stderr: "" });
  expect(version).toEqual({ exitCode: 0, stdout: `${packageJson.version}\n`, stderr: "" });
});

/** What Commander says to a command line that it refuses. */
async function refusalOf(args: readonly string[]): Promise<string> {
  const said: string[] = [];
  const program = createProgram();
  const nested = program.commands.flatMap(({ commands }) => commands);
  for (const command of [program, ...program.commands, ...nested])
    command.configureOutput({ writeErr: (text) => said.push(text) });
  await expect(program.parseAsync(args, { from: "user" })).rejects.toBeInstanceOf(CommanderError);
  return said.join("");
}

test.each([
  ["no command", [], "Usage: lcloud"],
  ["an unknown command", ["snyc"], "Did you mean sync?"],
  ["an unknown option", ["sync", "--clutser", "a"], "Did you mean --cluster?"],
  ["a format that there is not", ["status", "-o", "xml"], "text, json"],
  ["both halves", ["post-sync", "--approve-only", "--collect-only"], "cannot be used with"],
  ["half of the certificates, and zones", ["post-sync", "--approve-only", "--dns-only"], "cannot be used with"],
  ["zones in, and DNS as it was", ["post-sync", "--dns-only", "--revert-dns"], "cannot be used with"],
  ["a time that is none", ["up", "--timeout", "5h"], "30s or 5m"],
  ["a role that there is not", ["roles", "--role", "deliver,admin"], '"admin"'],
  ["no cluster where some are named", ["sync", "--cluster", ""], "variable"],
  ["a list of no clusters", ["status", "-c", ","], "variable"],
  ["a list with a gap", ["sync", "--remove", "shop,"], "variable"],
  ["a commit by its branch", ["sync", "--supersede", "main"], "ids of commits"],
  ["too short a commit among others", ["up", "--supersede", "3f2a91c,3f2a91"], "ids of commits"],
  ["no role where some are named", ["roles", "--role", " "], "variable"],
  ["no context where some are named", ["init", "new", "--contexts", ""], "variable"],
  ["an empty folder of what is rendered", ["synth", "--dist", ""], "variable"],
  ["an empty folder of keys", ["enroll", "--state", ""], "variable"],
  ["an empty folder of a new repository", ["init", ""], "variable"],
  ["nobody where some are named", ["enroll", "shop", ""], "variable"],
  ["no base", ["diff"], "--base"],
  ["an empty base", ["diff", "--base", ""], "variable"],
  ["too short a comment", ["diff", "--base", "main", "--max-characters", "10"], "at least"],
  ["a forge that there is not", ["init", "new", "--ci", "jenkins"], "github, gitlab"],
  ["an unknown command of a group", ["dns", "chekc"], "Did you mean check?"],
  ["a group without a command", ["dns"], "Usage: lcloud dns"],
  ["no cloud where some are named", ["dns", "check", ""], "variable"],
  ["an argument too many", ["synth", "east"], "too many arguments"],
])("%s is refused with a hint", async (_, args, hint) => {
  expect(await refusalOf(args)).toContain(hint);
});

test("an empty variable is refused as an empty flag is", async () => {
  vi.stubEnv("LCLOUD_STATE", "");
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const verb of ["enroll", "post-sync", "up", "status"]) expect(await refusalOf([verb])).toContain("LCLOUD_STATE");
});

test("wrong usage exits with 2, and is told on stderr", async () => {
  const { exitCode, stdout, stderr } = await lcloud(["snyc"]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(/^error: unknown command 'snyc'\n\(Did you mean sync\?\)\n--help/);
});

test.each(["-o json", "-ojson", "--output=json"])("wrong usage with %s is told in JSON too", async (output) => {
  const { exitCode, stdout } = await lcloud(["sync", ...output.split(" "), "--frobnicate"]);
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    error: { code: "USAGE", message: "unknown option '--frobnicate'", faults: [] },
  });
});
