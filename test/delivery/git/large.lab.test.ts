import { expect, test } from "vitest";
import { git } from "../../lab/git-repository.ts";
import { distOf, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const OTHERS = 50_000;

test.each(["clusters", "."])("beside 50,000 files of others, in %j, ours alone are touched", async (path) => {
  const repository = await newRepository();
  const others = Array.from({ length: OTHERS }, (_, index) => [
    `app-${index % 500}/part-${index % 7}/${index}.yaml`,
    `${index}\n`,
  ]);
  await repository.commit(Object.fromEntries(others));
  const before = await repository.tip();
  const wanted = (value: string) => [{ ...distOf("edge-1", { shop: value }), path }];
  await push(targetOf(repository), wanted("1"));
  const report = await push(targetOf(repository), wanted("2"));
  expect(report.clusters).toHaveLength(1);
  const folder = path === "." ? "edge-1" : `${path}/edge-1`;
  const touched = await git(["-C", repository.folder, "diff", "--name-only", before ?? "", "main"]);
  expect(
    touched
      .trim()
      .split("\n")
      .filter((each) => !each.startsWith(`${folder}/`)),
  ).toEqual([]);
  const last = await git(["-C", repository.folder, "diff", "--name-only", "main~1", "main"]);
  expect(last.trim().split("\n")).toHaveLength(2);
  const count = await git(["-C", repository.folder, "ls-tree", "-r", "--name-only", "main"]);
  expect(count.trim().split("\n")).toHaveLength(OTHERS + 6);
});
