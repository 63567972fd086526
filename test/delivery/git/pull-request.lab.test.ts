import { expect, test } from "vitest";
import { git, type LabRepository } from "../../lab/git-repository.ts";
import { cloudPath, distOf, manifest, push } from "./pushing.ts";
import { targetOf, testFolder } from "./repositories.ts";

const { newRepository } = testFolder();

const BRANCH = "lcloud/deliver";
const mode = { kind: "pull-request", branch: BRANCH } as const;
const SHOP = `clusters/${cloudPath("edge-1", "shop")}`;

async function delivered(): Promise<LabRepository> {
  const repository = await newRepository();
  await push(targetOf(repository), [distOf("edge-1", { shop: "1" })]);
  return repository;
}

test("a pull request is one commit on the base, which stays as it is", async () => {
  const repository = await delivered();
  const base = await repository.tip();
  const report = await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  expect(report.pullRequest).toEqual({
    branch: BRANCH,
    title: "Deliver shop to edge-1",
    body: "- **edge-1**: 1 file written with 1 object; shop\n",
  });
  expect(await repository.tip()).toBe(base);
  expect(await repository.log(BRANCH)).toMatchObject([{ id: report.commit, parents: [base] }, {}]);
  expect((await repository.files(BRANCH))[SHOP]).toBe(manifest("2"));
});

test("the same change is not offered twice", async () => {
  const repository = await delivered();
  const first = await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  const second = await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  expect(second.commit).toBe(first.commit);
  expect(await repository.tip(BRANCH)).toBe(first.commit);
});

test("another change takes the place of the one before, on the base as it is now", async () => {
  const repository = await delivered();
  await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  const base = await repository.commit({ "README.md": "hello" });
  const report = await push(targetOf(repository), [distOf("edge-1", { shop: "3" })], { mode });
  expect(await repository.log(BRANCH)).toMatchObject([{ id: report.commit, parents: [base] }, {}, {}]);
});

test.each([true, false])("after a merge the branch is made anew, deleted: %s", async (isDeleted) => {
  const repository = await delivered();
  const offered = await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  const update = (...args: readonly string[]) => git(["-C", repository.folder, "update-ref", ...args]);
  await update("refs/heads/main", offered.commit ?? "");
  if (isDeleted) await update("-d", `refs/heads/${BRANCH}`);
  const nothing = await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  expect(nothing).toMatchObject({ tip: offered.commit });
  expect(nothing.pullRequest ?? nothing.commit ?? nothing.staleOffer).toBeUndefined();
  const next = await push(targetOf(repository), [distOf("edge-1", { shop: "3" })], { mode });
  expect((await repository.log(BRANCH))[0]).toMatchObject({ id: next.commit, parents: [offered.commit] });
});

test("a change that was taken back, and is still offered, is told until it is offered no more", async () => {
  const repository = await delivered();
  const shop = (value: string) => [distOf("edge-1", { shop: value })];
  expect(await push(targetOf(repository), shop("1"), { mode })).not.toHaveProperty("staleOffer");
  await push(targetOf(repository), shop("2"), { mode });
  await repository.commit({ "README.md": "hello" });
  const report = await push(targetOf(repository), shop("1"), { mode });
  expect(report).toMatchObject({ staleOffer: BRANCH });
  expect(report).not.toHaveProperty("commit");
  await git(["-C", repository.folder, "update-ref", "-d", `refs/heads/${BRANCH}`]);
  expect(await push(targetOf(repository), shop("1"), { mode })).not.toHaveProperty("staleOffer");
});

test("a commit of somebody else on the branch is not lost without a word", async () => {
  const repository = await delivered();
  await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  const theirs = await repository.commit({ "README.md": "a reviewer's" }, { branch: BRANCH });
  const wanted = [distOf("edge-1", { shop: "3" })];
  await expect(push(targetOf(repository), wanted, { mode })).rejects.toMatchObject({ code: "GIT_DIVERGED" });
  expect(await repository.tip(BRANCH)).toBe(theirs);
  const report = await push(targetOf(repository), wanted, { mode, overwrite: true });
  expect(await repository.tip(BRANCH)).toBe(report.commit);
  expect(report.lostOffer).toEqual([BRANCH]);
});

test("what somebody has amended to our commit is not lost without a word", async () => {
  const repository = await delivered();
  await push(targetOf(repository), [distOf("edge-1", { shop: "2" })], { mode });
  const [ours] = await repository.log(BRANCH);
  await git(["-C", repository.folder, "update-ref", `refs/heads/${BRANCH}`, ours?.parents[0] ?? ""]);
  const files = { ...(await repository.files(ours?.id)), [SHOP]: "by a reviewer" };
  const amended = await repository.commit(files, { branch: BRANCH, message: ours?.message ?? "" });
  const wanted = [distOf("edge-1", { shop: "3" })];
  const refused = push(targetOf(repository), wanted, { mode });
  await expect(refused).rejects.toMatchObject({ code: "GIT_DIVERGED", faults: [{ path: `${BRANCH}: ${SHOP}` }] });
  expect(await repository.tip(BRANCH)).toBe(amended);
  const { lostOffer } = await push(targetOf(repository), wanted, { mode, overwrite: true });
  expect(await repository.tip(BRANCH)).not.toBe(amended);
  expect(lostOffer).toEqual([`${BRANCH}: ${SHOP}`]);
});

test("an offer for one cluster does not take the place of an offer for another", async () => {
  const repository = await newRepository();
  const both = (value: string) => ["edge-1", "edge-2"].map((name) => distOf(name, { shop: value }));
  await push(targetOf(repository), both("1"));
  const [first, second] = both("2");
  if (first === undefined || second === undefined) throw new Error("there are two");
  const offered = await push(targetOf(repository), [first], { mode, otherClusters: new Set(["edge-2"]) });
  const refused = push(targetOf(repository), [second], { mode, otherClusters: new Set(["edge-1"]) });
  await expect(refused).rejects.toMatchObject({
    code: "GIT_DIVERGED",
    faults: [{ path: `${BRANCH}: clusters/edge-1` }],
  });
  expect(await repository.tip(BRANCH)).toBe(offered.commit);
  await git(["-C", repository.folder, "update-ref", "refs/heads/main", offered.commit ?? ""]);
  const merged = await push(targetOf(repository), [second], { mode, otherClusters: new Set(["edge-1"]) });
  expect(await repository.log(BRANCH)).toMatchObject([{ id: merged.commit }, { id: offered.commit }, {}]);
});

test("a pull request into a branch that is not there, or into itself, is refused", async () => {
  const repository = await newRepository();
  const wanted = [distOf("edge-1", { shop: "1" })];
  await expect(push(targetOf(repository), wanted, { mode })).rejects.toMatchObject({ code: "NOT_FOUND" });
  const itself = { mode: { kind: "pull-request", branch: "main" } } as const;
  await expect(push(targetOf(repository), wanted, itself)).rejects.toMatchObject({ code: "INVALID" });
});

test("a pull request into a branch that is missing beside others is told which there are", async () => {
  const repository = await delivered();
  const refused = push({ ...targetOf(repository), branch: "mian" }, [distOf("edge-1", { shop: "2" })], {
    mode,
    createBranch: true,
  });
  await expect(refused).rejects.toMatchObject({ code: "NOT_FOUND", message: expect.stringContaining("but main;") });
});

test("a branch that is declined for pushes takes a pull request", async () => {
  const repository = await delivered();
  await repository.setPreReceive('while read old new ref; do test "$ref" != refs/heads/main || exit 1; done');
  const wanted = [distOf("edge-1", { shop: "2" })];
  await expect(push(targetOf(repository), wanted)).rejects.toMatchObject({ code: "PUSH_DECLINED" });
  expect((await push(targetOf(repository), wanted, { mode })).commit).toBe(await repository.tip(BRANCH));
});
