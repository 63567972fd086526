import { expect, test } from "vitest";
import { formatRotation, outcomeOfRotation } from "../../src/cli/render/rotation.ts";
import type { RotateMeshReport } from "../../src/pipeline.ts";
import { lcloud } from "./lcloud.ts";

const NOT_BEFORE = new Date("2030-01-31T09:30:00Z");

const report = (rest: Partial<RotateMeshReport>): RotateMeshReport => ({
  cloud: "shop",
  state: "done",
  isChanged: true,
  clusters: [{ cluster: "eu", action: "configured", awaited: [], failures: [] }],
  ...rest,
});

const rotation = { step: "step 2 of 3: both roots are trusted, and the new one signs", notBefore: NOT_BEFORE };

test("a rotation that is done, or has taken a step, ends well", () => {
  expect(outcomeOfRotation(report({}))).toEqual({ failures: [], notes: [], exitCode: 0 });
  const { notes, exitCode } = outcomeOfRotation(report({ state: "pending", rotation }));
  expect(exitCode).toBe(0);
  expect(notes.join()).toContain("not before 2030-01-31 09:30Z");
});

test("a call before its time is refused, and says the time", () => {
  const { failures, exitCode } = outcomeOfRotation(report({ state: "pending", isChanged: false, rotation }));
  expect(exitCode).toBe(1);
  expect(failures).toEqual([expect.stringMatching(/not before 2030-01-31 09:30Z.*\(ROTATION_PENDING\)$/)]);
});

test("the time that is said has come when it is that minute", () => {
  const notBefore = new Date("2030-01-31T09:29:34Z");
  const { failures } = outcomeOfRotation(
    report({ state: "pending", isChanged: false, rotation: { ...rotation, notBefore } }),
  );
  expect(failures.join()).toContain("not before 2030-01-31 09:30Z");
});

test.each([
  "rotate mesh/shop --again",
  "rotate mesh/shop --mesh-root-cert root.pem --mesh-root-key root.key",
  "rotate mesh/shop --tokens --again",
  "rotate mesh/shop --root --tokens",
  "rotate mesh/shop --root --mesh-root-cert root.pem",
  "enroll shop --mesh-root-key root.key",
])("what is for a change of root is taken for nothing else, and whole: not %s", async (line) => {
  const { exitCode, stdout, stderr } = await lcloud(line.split(" "));
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: "" });
  expect(stderr).toMatch(
    /^error: .*(; add --root|; give both --mesh-root-cert and --mesh-root-key|cannot be used with option '--tokens')\n--help/,
  );
});

test("clusters that hold a rotation, or have not taken it over, are named", () => {
  const clusters: RotateMeshReport["clusters"] = [
    { cluster: "eu", action: "unchanged", awaited: [], failures: [{ code: "UNREACHABLE", message: "no answer" }] },
    { cluster: "us", action: "configured", awaited: ["no istiod is ready"], failures: [] },
  ];
  const { failures, exitCode } = outcomeOfRotation(report({ state: "held", clusters }));
  expect(exitCode).toBe(3);
  expect(failures).toEqual(["eu: no answer (UNREACHABLE)", expect.stringMatching(/^us: no istiod is ready/)]);
  expect(formatRotation(report({ clusters }))).toMatch(/^us +configured +no istiod is ready$/m);
});
