import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { formatAppReport } from "../../src/rendered/app-report.ts";

const INDEX = new URL("../../src/index.ts", import.meta.url).href;

/** Clusters with client certificates, and one with tokens. */
const FLEET = `defineFleet({ clusters: {
  east: { kubernetes: "1.33", identity: "x509" },
  south: { kubernetes: "1.33", identity: "service-account" },
  west: { kubernetes: "1.33", identity: "x509" },
} })`;

/** A cloud on all clusters, with a user who may look at it. */
export const cloud = (name: string, user: string): string => `
new LogicalCloud(app, "${name}", {
  permissions: { look: { clusterRole: "view" } },
  users: { ${user}: ["look"] },
});`;

/** A repository with an app, for tests. */
export class TestRepository {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param clouds - Statements that make clouds in `app`.
   * @param delivery - Of all clusters, as an expression.
   */
  static async create(clouds: string, delivery = '"direct"'): Promise<TestRepository> {
    const repository = new TestRepository(await newFolder());
    await mkdir(join(repository.folder, "clouds"));
    await repository.define(clouds, delivery);
    return repository;
  }

  /** The same with all that has been made in it, and an app that only says so: to start a real one takes its time. */
  async copy(): Promise<TestRepository> {
    const repository = new TestRepository(await newFolder());
    await cp(this.folder, repository.folder, { recursive: true });
    await repository.renderNothing();
    return repository;
  }

  /** Let an app take the place of the real one that finds dist/ as it should be. */
  async renderNothing(): Promise<void> {
    const outdir = join(this.folder, "dist");
    const report = {
      version: 1,
      kind: "rendered",
      outdir,
      written: [],
      removed: [],
      unchanged: 0,
      warnings: [],
    } as const;
    await this.write("report.json", formatAppReport(report));
    await this.write("cdk8s.yaml", 'app: cp report.json "$LCLOUD_REPORT"\n');
  }

  /** Let the app make these clouds, and no others. */
  async define(clouds: string, delivery = '"direct"'): Promise<void> {
    const imports = `import { defineFleet, FleetApp, LogicalCloud } from ${JSON.stringify(INDEX)};`;
    const app = `const app = new FleetApp({ fleet: { ...${FLEET}, delivery: ${delivery} } });`;
    await this.write("clouds/main.ts", [imports, app, clouds, "app.synth();", ""].join("\n"));
    await this.write("cdk8s.yaml", `app: '"${process.execPath}" clouds/main.ts'\n`);
  }

  /** @param path - Relative to the repository; its folder exists. */
  async write(path: string, text: string): Promise<void> {
    await writeFile(join(this.folder, path), text);
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

const newFolder = async (): Promise<string> => realpath(await mkdtemp(join(tmpdir(), "lcloud-repository-")));
