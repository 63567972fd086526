import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { expect, test } from "vitest";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import { type Lab, startLab } from "../lab/clusters.ts";
import { CiRepository } from "./ci-repository.ts";
import { outputOf } from "./run.ts";
import { evaluate, type GithubWorkflow, githubSteps, readGithubWorkflow, readGitlabJobs } from "./workflow.ts";

const REVIEW = ".github/workflows/clouds-review.yaml";
const DELIVER = ".github/workflows/clouds-deliver.yaml";

const MARKER = "<!-- lcloud diff -->";
const HEADLINE = `${MARKER}\n### 2 objects on 2 clusters: 0 added, 2 changed, 0 removed; access: 0 gained, 0 lost\n`;
const UNTOLD = `${MARKER}\n### What this changes could not be told\n`;

/** Run the steps of a job that have commands, until one fails. @returns The name of that one, and all that was printed. */
async function runJob(
  repository: CiRepository,
  {
    folder,
    workflow,
    job,
    values = {},
    env = {},
  }: {
    readonly folder: string;
    readonly workflow: GithubWorkflow;
    readonly job: string;
    readonly values?: Readonly<Record<string, string>>;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<{ readonly failed: string | undefined; readonly printed: string }> {
  const [githubEnv, summary, temp] = ["env", "summary", "temp"].map((name) => `${folder}.${name}`) as [
    string,
    string,
    string,
  ];
  await mkdir(temp, { recursive: true });
  for (const file of [githubEnv, summary]) await writeFile(file, "");
  let printed = "";
  for (const step of githubSteps(workflow, job)) {
    const set = (await readFile(githubEnv, "utf8")).split("\n").filter((line) => line !== "");
    const variables = Object.fromEntries(
      set.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
    const own = Object.fromEntries(Object.entries(step.env).map(([name, text]) => [name, evaluate(text, values)]));
    const all = {
      GITHUB_ENV: githubEnv,
      GITHUB_STEP_SUMMARY: summary,
      RUNNER_TEMP: temp,
      ...env,
      ...variables,
      ...own,
    };
    const { code, stdout, stderr } = await repository.run(folder, step.script, all);
    printed += stdout + stderr;
    if (code !== 0) return { failed: step.name, printed };
  }
  return { failed: undefined, printed };
}

const morePods = async (repository: CiRepository): Promise<void> => {
  await repository.edit("clouds/webshop.ts", "pods: 50", "pods: 60");
};

const synth = (repository: CiRepository) => repository.origin("npx lcloud synth");

test("the workflows of GitHub have no right that they do not need, pinned actions, and one run at a time", async () => {
  await using repository = await CiRepository.create("github");
  const [review, deliver] = [REVIEW, DELIVER].map((path) => readGithubWorkflow(repository.path(path)));
  expect(review?.jobs["render"]?.permissions).toEqual({ contents: "read" });
  expect(review?.jobs["comment"]?.permissions).toEqual({ "pull-requests": "write" });
  expect(deliver?.jobs["deliver"]?.permissions).toEqual({ contents: "read" });
  expect(review?.concurrency).toMatchObject({ "cancel-in-progress": true, group: expect.stringContaining("number") });
  expect(deliver?.concurrency).toEqual({ "cancel-in-progress": false, group: "clouds-deliver" });
  const steps = [review, deliver].flatMap((workflow) =>
    Object.values(workflow?.jobs ?? {}).flatMap((job) => job.steps),
  );
  const uses = steps.flatMap((step) => step.uses ?? []);
  expect(uses.length).toBeGreaterThan(4);
  for (const action of uses) expect(action).toMatch(/^actions\/[a-z-]+@v\d+\.\d+\.\d+$/);
  const checkouts = steps.filter(({ uses: action }) => action?.startsWith("actions/checkout"));
  expect(checkouts.map((step) => step.with?.["persist-credentials"])).toEqual([false, false]);
  // an expression in a script would be run as a part of it
  for (const { run: script = "" } of steps) expect(script).not.toContain("${{");
});

test("on GitHub a pull request is told in a comment, which the next run updates, and a stale dist/ fails it", async () => {
  await using repository = await CiRepository.create("github");
  const workflow = readGithubWorkflow(repository.path(REVIEW));
  const render = async () => {
    const folder = await repository.clone("merged", "--depth=2");
    return { folder, ...(await runJob(repository, { folder, workflow, job: "render" })) };
  };
  const log = join(repository.top, "gh.log");
  const known = join(repository.top, "gh.comment");
  const values = {
    "github.token": "gh-s3cret",
    "github.repository": "us/clouds",
    "github.event.pull_request.number": "7",
    "github.server_url": "https://github.example.com",
    "github.run_id": "42",
  };
  const comment = async (body: string | undefined, id: string) => {
    const folder = join(repository.top, "comment");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "lcloud-diff.md"), body ?? "");
    await writeFile(known, id);
    await writeFile(log, "");
    const env = { GH_LOG: log, GH_COMMENT: known };
    const { failed, printed } = await runJob(repository, { folder, workflow, job: "comment", values, env });
    expect(failed).toBeUndefined();
    expect(printed).not.toContain("gh-s3cret");
    const said = await readFile(log, "utf8");
    expect(said).not.toContain("gh-s3cret");
    return said;
  };

  await repository.openPullRequest(async () => {
    await morePods(repository);
    await synth(repository);
  });
  const fine = await render();
  expect(fine.failed).toBeUndefined();
  const body = await readFile(join(fine.folder, "lcloud-diff.md"), "utf8");
  expect(body.startsWith(HEADLINE)).toBe(true);
  expect(body).toContain('spec.hard.pods: "50" -> "60"');
  expect(await readFile(join(fine.folder, "lcloud-diff-whole.md"), "utf8")).toBe(body);
  expect(await readFile(`${fine.folder}.summary`, "utf8")).toBe(body);
  const created = await comment(body, "");
  expect(created).toContain(`POST\nrepos/us/clouds/issues/7/comments\n--field\nbody=@lcloud-diff.md\n---\n${body}`);
  const updated = await comment(body, "99\n");
  expect(updated).toContain("PATCH\nrepos/us/clouds/issues/comments/99\n--field\nbody=@lcloud-diff.md\n---\n");
  expect(await comment(undefined, "99\n")).toContain(
    `${UNTOLD}\nSee https://github.example.com/us/clouds/actions/runs/42\n`,
  );

  await repository.openPullRequest(() => morePods(repository));
  const stale = await render();
  expect(stale.failed).toBe("Check that dist/ is up to date");
  expect(stale.printed).toContain("::error::run npx lcloud synth");
  expect(await readFile(join(stale.folder, "lcloud-diff.md"), "utf8")).toBe(body);

  await repository.openPullRequest(() => repository.edit("clouds/webshop.ts", "pods: 50", "pods: -1"));
  const wrong = await render();
  expect(wrong.failed).toBe("Tell what it changes");
  expect(await readFile(join(wrong.folder, "lcloud-diff.md"), "utf8")).toBe("");

  await repository.openPullRequest(async () => {
    await repository.edit("README.md", "# Clouds", "# Our clouds");
  });
  const same = await render();
  expect(same.failed).toBeUndefined();
  expect(await readFile(join(same.folder, "lcloud-diff.md"), "utf8")).toBe(`${MARKER}\n### No difference\n`);
}, 300_000);

/** The namespace of the template's cloud, in every cluster. */
async function namespacesIn(lab: Lab<"production" | "staging">): Promise<readonly (string | undefined)[]> {
  const found = [lab.clusters.production, lab.clusters.staging].map(async ({ name, kubeconfig }) => {
    const api = await connectKubeApi({ cluster: name, kubeconfig, context: name });
    try {
      return (await api.get({ apiVersion: "v1", kind: "Namespace", name: "webshop" }))?.metadata.name;
    } finally {
      await api.close();
    }
  });
  return Promise.all(found);
}

test("on GitHub a merge is delivered to the clusters, and no credential is printed", async () => {
  await using lab = await startLab([{ name: "production" }, { name: "staging" }]);
  await using repository = await CiRepository.create("github");
  const secret = await readFile(lab.kubeconfig, "utf8");
  const folder = await repository.clone("main");
  const workflow = readGithubWorkflow(repository.path(DELIVER));
  const values = { "secrets.LCLOUD_KUBECONFIG": secret };
  const { failed, printed } = await runJob(repository, { folder, workflow, job: "deliver", values });
  expect([failed, failed && printed]).toEqual([undefined, undefined]);
  expect(await namespacesIn(lab)).toEqual(["webshop", "webshop"]);
  const credentials = secret.match(/(?<="?(?:-data|token)"?: ?"?)[\w+/=-]{20,}/g) ?? [];
  expect(credentials).not.toEqual([]);
  for (const credential of credentials) expect(printed).not.toContain(credential);

  await repository.origin("git checkout --quiet main");
  await morePods(repository);
  await repository.commit("Forget dist/");
  const stale = await repository.clone("main");
  const refused = await runJob(repository, { folder: stale, workflow, job: "deliver", values });
  expect(refused.failed).toBe("Check that dist/ is up to date");
}, 300_000);

interface Note {
  readonly id: number;
  body: string;
}

/** The notes of a merge request, as GitLab serves them a page at a time. */
async function startNotes(notes: Note[]) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const url = new URL(request.url ?? "", "http://localhost");
      requests.push(`${request.method} ${url.pathname} ${request.headers["private-token"]}`);
      const page = Number(url.searchParams.get("page") ?? 1);
      const id = Number(/\/notes\/(\d+)$/.exec(url.pathname)?.[1]);
      if (request.method === "GET") return response.end(JSON.stringify(notes.slice((page - 1) * 100, page * 100)));
      const { body } = (await json(request)) as { body: string };
      const found = notes.find((note) => note.id === id);
      if (found === undefined) notes.push({ id: notes.length + 1, body });
      else found.body = body;
      return response.end("{}");
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    requests,
    url: `http://127.0.0.1:${port}/api/v4`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

test("on GitLab a merge request is told in a comment, which the next run updates, and a stale dist/ fails it", async () => {
  await using repository = await CiRepository.create("gitlab");
  const jobs = readGitlabJobs(repository.path(".gitlab-ci.yml"));
  const base = (await repository.origin("git rev-parse main")).trim();
  const review = async () => {
    const folder = await repository.clone("change");
    const script = jobs.get("clouds-review")?.script.join("\n") ?? "exit 9";
    return { folder, ...(await repository.run(folder, script, { CI_MERGE_REQUEST_DIFF_BASE_SHA: base })) };
  };
  const others = Array.from({ length: 120 }, (_, index): Note => ({ id: index + 1, body: `remark ${index}` }));
  const notes = [...others];
  await using gitlab = await startNotes(notes);
  const env = {
    CI_API_V4_URL: gitlab.url,
    CI_MERGE_REQUEST_PROJECT_ID: "5",
    CI_MERGE_REQUEST_IID: "7",
    CI_PIPELINE_URL: "https://gitlab.example.com/pipelines/42",
    LCLOUD_COMMENT_TOKEN: "gl-s3cret",
  };
  const comment = async (folder: string) => {
    const outcome = await repository.run(folder, jobs.get("clouds-comment")?.script.join("\n") ?? "exit 9", env);
    outputOf(outcome);
    expect(outcome.stdout + outcome.stderr).not.toContain("gl-s3cret");
  };

  await repository.openPullRequest(async () => {
    await morePods(repository);
    await synth(repository);
  });
  const fine = await review();
  outputOf(fine);
  const body = await readFile(join(fine.folder, "lcloud-diff.md"), "utf8");
  expect(body.startsWith(HEADLINE)).toBe(true);
  await comment(fine.folder);
  await comment(fine.folder);
  expect(notes.slice(120)).toEqual([{ id: 121, body }]);
  expect(gitlab.requests.at(-1)).toBe("PUT /api/v4/projects/5/merge_requests/7/notes/121 gl-s3cret");

  await repository.openPullRequest(() => morePods(repository));
  const stale = await review();
  expect(stale).toMatchObject({ code: 1, stdout: expect.stringContaining("run npx lcloud synth, and commit dist/") });
  expect(await readFile(join(stale.folder, "lcloud-diff.md"), "utf8")).toBe(body);

  await repository.openPullRequest(() => repository.edit("clouds/webshop.ts", "pods: 50", "pods: -1"));
  const wrong = await review();
  expect(wrong.code).not.toBe(0);
  await comment(wrong.folder);
  expect(notes.at(-1)).toEqual({ id: 121, body: `${UNTOLD}\nSee https://gitlab.example.com/pipelines/42\n` });
  expect(notes.slice(0, 120)).toEqual(others);
}, 300_000);

test("on GitLab a merge is delivered to the clusters, one after another", async () => {
  await using lab = await startLab([{ name: "production" }, { name: "staging" }]);
  await using repository = await CiRepository.create("gitlab");
  const job = readGitlabJobs(repository.path(".gitlab-ci.yml")).get("clouds-deliver");
  expect(job).toMatchObject({ resource_group: "clouds-deliver", variables: { GIT_DEPTH: "0" } });
  const folder = await repository.clone("main");
  outputOf(await repository.run(folder, job?.script.join("\n") ?? "exit 9", { LCLOUD_KUBECONFIG: lab.kubeconfig }));
  expect(await namespacesIn(lab)).toEqual(["webshop", "webshop"]);
}, 300_000);
