import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Outcome, outputOf, run } from "./run.ts";

const HERE = join(import.meta.dirname, "..", "..");

/** Packages as `npm ci` would install them; this one is not in the registry, and is this checkout. */
const NPM = `
test "$*" = ci
test -f package-lock.json
mkdir -p node_modules/.bin
ln -s "${HERE}" node_modules/logical-clouds
for name in cdk8s constructs; do ln -s "${HERE}/node_modules/$name" "node_modules/$name"; done
printf '#!/bin/sh\\nexec "${process.execPath}" -C source "${HERE}/src/cli/main.ts" "$@"\\n' > node_modules/.bin/lcloud
chmod +x node_modules/.bin/lcloud
`;

const NPX = 'name="$1"; shift; exec "node_modules/.bin/$name" "$@"';

/** The app runs the sources of this checkout. */
const NODE = `exec "${process.execPath}" -C source "$@"`;

/** Tells all that it was asked, and answers a list with the id of a comment, if there is one. */
const GH = `
printf '%s\\n' "$@" --- >> "$GH_LOG"
case "$*" in *PATCH*|*POST*) cat lcloud-diff.md >> "$GH_LOG" ;; *) cat "$GH_COMMENT" ;; esac
`;

/** A repository that `lcloud init` has made, with a pull request, on a forge of which only git is real. */
export class CiRepository implements AsyncDisposable {
  readonly top: string;
  readonly #bin: string;
  readonly #origin: string;
  #clones = 0;

  private constructor(top: string) {
    this.top = top;
    this.#bin = join(top, "bin");
    this.#origin = join(top, "origin");
  }

  static async create(forge: "github" | "gitlab"): Promise<CiRepository> {
    const repository = new CiRepository(await mkdtemp(join(tmpdir(), "lcloud-ci-")));
    await mkdir(repository.#bin);
    for (const [name, script] of Object.entries({ npm: NPM, npx: NPX, node: NODE, gh: GH })) {
      await writeFile(join(repository.#bin, name), `#!/bin/sh\nset -eu\n${script}\n`, { mode: 0o755 });
    }
    const lcloud = `"${process.execPath}" -C source "${HERE}/src/cli/main.ts"`;
    await repository.#shell(repository.top, `${lcloud} init origin --ci ${forge}`);
    await writeFile(join(repository.#origin, "package-lock.json"), "{}\n");
    await repository.origin("git init --quiet --initial-branch=main; npm ci; npx lcloud synth");
    await repository.commit("What init has made");
    return repository;
  }

  path(name: string): string {
    return join(this.#origin, name);
  }

  /** Run a script in the repository that others clone. */
  async origin(script: string): Promise<string> {
    return this.#shell(this.#origin, script);
  }

  async commit(message: string): Promise<void> {
    const by = "-c user.name=ci -c user.email=ci@example.com";
    await this.origin(`git add --all; git ${by} commit --quiet --message "${message}"`);
  }

  async edit(path: string, from: string, to: string): Promise<void> {
    const text = await readFile(this.path(path), "utf8");
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    await writeFile(this.path(path), text.replace(from, to));
  }

  /** On a branch, and merged as forges do it for a pull request: HEAD^1 is what it is merged into. */
  async openPullRequest(change: () => Promise<void>): Promise<void> {
    await this.origin("git checkout --quiet -B change main");
    await change();
    await this.commit("Change it");
    const by = "-c user.name=ci -c user.email=ci@example.com";
    await this.origin(`git checkout --quiet -B merged main; git ${by} merge --quiet --no-ff change`);
  }

  /** A fresh clone, as a forge makes one for a job. @param flags - As `--depth=2`. */
  async clone(branch: string, ...flags: readonly string[]): Promise<string> {
    const folder = join(this.top, `clone-${this.#clones++}`);
    await this.#shell(
      this.top,
      `git clone --quiet ${flags.join(" ")} --branch ${branch} "file://${this.#origin}" ${folder}`,
    );
    return folder;
  }

  /** Run a job's script as a forge does, with `npm`, `npx`, `node` and `gh` of ours before all others. */
  async run(folder: string, script: string, env: Readonly<Record<string, string>>): Promise<Outcome> {
    const { PATH, HOME } = process.env;
    const all = { HOME, PATH: `${this.#bin}:${PATH}`, GIT_CONFIG_NOSYSTEM: "1", ...env };
    return run("bash", ["-eo", "pipefail", "-c", script], { cwd: folder, env: all });
  }

  async #shell(folder: string, script: string): Promise<string> {
    return outputOf(await this.run(folder, script, {}));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.top, { recursive: true, force: true });
  }
}
