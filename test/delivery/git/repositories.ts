import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import type { PushTarget } from "../../../src/delivery/git/push-types.ts";
import { createBareRepository, type LabRepository, type RepositoryOptions } from "../../lab/git-repository.ts";

interface TestFolder {
  readonly folder: string;
  readonly newRepository: (options?: RepositoryOptions) => Promise<LabRepository>;
}

/** A folder of a test file, gone after its tests, and bare repositories in it. */
export function testFolder(): TestFolder {
  const folder = mkdtempSync(join(tmpdir(), "lcloud-test-"));
  let count = 0;
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { folder, newRepository: (options = {}) => createBareRepository(join(folder, `${++count}.git`), options) };
}

/** The main branch of a repository, by its path. */
export const targetOf = ({ folder: repository }: LabRepository): PushTarget => ({ repository, branch: "main" });
