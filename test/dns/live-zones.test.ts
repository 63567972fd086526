import { expect, test } from "vitest";
import { liveZoneStates, writerOf } from "../../src/dns/live-zones.ts";
import type { Patched, ZoneChange } from "../../src/dns/patched.ts";
import type { RecordedZone } from "../../src/dns/record.ts";

const patched = (...zones: readonly (readonly [string, ZoneChange["action"]])[]): Patched<string> => ({
  kind: "patched",
  value: "",
  zones: zones.map(([zone, action]) => ({ zone, action })),
  remarks: [],
});
const put = (zone: string, isPut = true): RecordedZone => ({ place: "corefile", zone, cloud: "c", isPut });

test.each<[string, Patched<string>, readonly RecordedZone[], string]>([
  ["in its place", patched(["shop", "kept"]), [put("shop")], "in-place"],
  ["in its place although nobody remembers it", patched(["shop", "kept"]), [], "in-place"],
  ["otherwise than it should be", patched(["shop", "changed"]), [put("shop")], "changed"],
  ["not put yet", patched(["shop", "added"]), [], "missing"],
  ["not put yet, while a run has announced it", patched(["shop", "added"]), [put("shop", false)], "missing"],
  [
    "gone with all others of ours",
    patched(["pay", "added"], ["shop", "added"]),
    [put("shop"), put("pay")],
    "overwritten",
  ],
  ["gone alone", patched(["pay", "kept"], ["shop", "added"]), [put("shop"), put("pay")], "changed"],
  [
    "gone while one that is to go is there",
    patched(["pay", "removed"], ["shop", "added"]),
    [put("shop"), put("pay")],
    "changed",
  ],
  ["where nobody can tell", { kind: "refused", faults: ["a"] }, [put("shop")], "unknown"],
])("a zone is %s", (_, result, recorded, state) => {
  expect(liveZoneStates(["shop"], result, recorded).get("shop")).toBe(state);
});

test("who wrote a key last is known by its field manager", () => {
  const metadata = {
    ...{ name: "coredns", uid: "u", resourceVersion: "1" },
    managedFields: [
      { manager: "kubeadm", fieldsV1: { "f:metadata": {} } },
      { manager: "kubectl-edit", fieldsV1: { "f:data": { "f:Corefile": {} } } },
    ],
  };
  const live = { apiVersion: "v1", kind: "ConfigMap", metadata };
  expect(writerOf(live, "Corefile")).toBe("kubectl-edit");
  expect(writerOf(live, "other")).toBeUndefined();
});
