import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { z } from "zod";

/** What one step of a job runs by itself; a step that uses a forge's own piece runs nothing here. */
export interface Step {
  readonly name: string;
  readonly script: string;
  /** As written: values may hold `${{ … }}`. */
  readonly env: Readonly<Record<string, string>>;
}

const githubSchema = z.object({
  permissions: z.object({}).strict(),
  concurrency: z.object({ group: z.string(), "cancel-in-progress": z.boolean() }),
  jobs: z.record(
    z.string(),
    z.object({
      permissions: z.record(z.string(), z.string()),
      "timeout-minutes": z.number(),
      steps: z.array(
        z.object({
          name: z.string().optional(),
          uses: z.string().optional(),
          with: z.record(z.string(), z.unknown()).optional(),
          run: z.string().optional(),
          env: z.record(z.string(), z.string()).optional(),
        }),
      ),
    }),
  ),
});

export type GithubWorkflow = z.infer<typeof githubSchema>;

export const readGithubWorkflow = (path: string): GithubWorkflow =>
  githubSchema.parse(load(readFileSync(path, "utf8")));

export const githubSteps = ({ jobs }: GithubWorkflow, job: string): readonly Step[] =>
  (jobs[job]?.steps ?? []).flatMap(({ name, run, env = {} }) =>
    run === undefined ? [] : [{ name: name ?? run, script: run, env }],
  );

const gitlabJobSchema = z.object({
  script: z.array(z.string()),
  variables: z.record(z.string(), z.string()).optional(),
  resource_group: z.string().optional(),
});

/** The jobs of a GitLab pipeline; GitLab runs the lines of one in one shell. */
export function readGitlabJobs(path: string): ReadonlyMap<string, z.infer<typeof gitlabJobSchema>> {
  const pipeline = load(readFileSync(path, "utf8"));
  const entries = Object.entries(z.record(z.string(), z.unknown()).parse(pipeline));
  return new Map(
    entries.filter(([name]) => name.startsWith("clouds-")).map(([name, job]) => [name, gitlabJobSchema.parse(job)]),
  );
}

/** A text with the `${{ … }}` of GitHub replaced. @throws Error for one that has no value here. */
export const evaluate = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\$\{\{ (.*?) \}\}/g, (_, expression: string) => {
    const value = values[expression];
    if (value === undefined) throw new Error(`no value for ${expression}`);
    return value;
  });
