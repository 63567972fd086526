import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import type { RenderedCluster } from "../../src/rendered/rendered-cluster.ts";
import { filesOf } from "../rendered/rendered-clusters.ts";

/** An app that renders what lies in `rendered/`: quicker than a real one. */
const APP = `
cp -R rendered "$CDK8S_OUTDIR"
printf '{"version":1,"kind":"rendered","outdir":"%s","written":[],"removed":[],"unchanged":0,"warnings":[]}' "$CDK8S_OUTDIR" > "$LCLOUD_REPORT"
`;

/** A git repository of clouds, for tests. */
export class GitRepository {
  readonly top: string;
  /** Folder of cdk8s.yaml. */
  readonly folder: string;

  private constructor(top: string, folder: string) {
    this.top = top;
    this.folder = folder;
  }

  /** @param prefix - Of cdk8s.yaml below the top. */
  static async create(prefix = ""): Promise<GitRepository> {
    const top = await realpath(await mkdtemp(join(tmpdir(), "lcloud-git-")));
    const repository = new GitRepository(top, join(top, prefix));
    repository.git("init", "--quiet", "--initial-branch=main");
    await repository.write("cdk8s.yaml", "app: sh app.sh\n");
    await repository.write("app.sh", APP);
    return repository;
  }

  /** @param path - Relative to the folder of cdk8s.yaml. */
  async write(path: string, text: string): Promise<void> {
    await mkdir(dirname(join(this.folder, path)), { recursive: true });
    await writeFile(join(this.folder, path), text);
  }

  /** Let the app render these, or let them lie in another folder. */
  async define(clusters: readonly RenderedCluster[], folder = "rendered"): Promise<void> {
    await this.removeFiles(folder);
    for (const [path, text] of filesOf(clusters)) await this.write(join(folder, path), text);
  }

  async removeFiles(path: string): Promise<void> {
    await rm(join(this.folder, path), { recursive: true, force: true });
  }

  git(...args: readonly string[]): string {
    const names = ["user.name=test", "user.email=test@example.com"].flatMap((value) => ["-c", value]);
    const env = { PATH: process.env["PATH"], HOME: this.top };
    return execFileSync("git", ["-C", this.top, ...names, ...args], { encoding: "utf8", env }).trim();
  }

  commit(message: string): string {
    this.git("add", "--all");
    this.git("commit", "--quiet", "--allow-empty", "--message", message);
    return this.git("rev-parse", "HEAD");
  }

  async remove(): Promise<void> {
    await rm(this.top, { recursive: true, force: true });
  }
}
