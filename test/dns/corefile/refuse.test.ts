import { expect, test } from "vitest";
import { type PatchInput, patchCorefile } from "../../../src/dns/corefile/patch.ts";
import type { Zone } from "../../../src/dns/zone.ts";
import { DEV, SHOP } from "./zones.ts";

const ROOT = ". {\n errors\n}\n";

test.each([
  ["an empty file", "", "Corefile"],
  ["a file of comments", "# . {\n# }\n", "Corefile"],
  ["bytes that were no text", `# \n${ROOT}# \uFFFD\n`, "Corefile:5"],
  ["half a character", `${ROOT}# \uD800\n`, "Corefile:4"],
  ["a NUL", `${ROOT}# \0\n`, "Corefile:4"],
  ["a quote that is not closed", `${ROOT}"`, "Corefile:4"],
  ["a block without braces", ".:53\nerrors\n", "Corefile:1"],
  ["a brace that is glued to its key", ".:53{\n errors\n}\n", "Corefile:1"],
  ["keys on two lines", `a.example\nb.example {\n}\n${ROOT}`, "Corefile:1"],
  ["a key at the end", `${ROOT}a.example`, "Corefile:4"],
  ["a comma after the last key", `a.example, {\n}\n${ROOT}`, "Corefile:1"],
  ["a brace that is missing at the end", ". {\n errors\n", "Corefile:2"],
  ["a brace that is missing after the block of a plugin", ". {\n cache {\n success 1\n }\n", "Corefile:1"],
  ["a brace that is missing before another block", `. {\n errors\na.example:53 {\n}\n}\n`, "Corefile:3"],
  ["a brace too many", `${ROOT}}\n`, "Corefile:4"],
  ["an import without a path", `${ROOT}import\n`, "Corefile:4"],
  ["an import as a key", `. {\n}\na {\n} import x {\n}\n`, "Corefile:4"],
  ["a block without a key", `${ROOT}{\n}\n`, "Corefile:4"],
  ["no block for .", "a.example {\n}\ntls://. {\n}\n:53 {\n}\n", "Corefile"],
  ["two blocks for .", `${ROOT}dns://.:5300 {\n bind 127.0.0.1\n}\n`, "Corefile:4"],
  ["a block for . that a snippet holds", `(s) {\n . {\n }\n}\nimport s\n`, "Corefile:2"],
  ["words after the block for .", `. {\n} a.example {\n}\n`, "Corefile:2"],
  ["words after a glued comment", `. {\n}#x a.example {\n}\n`, "Corefile:2"],
  ["an interface to bind to", ". {\n bind 10.0.0.1 eth0\n}\n", "Corefile:2"],
  ["addresses from the environment to bind to", ". {\n bind {$IP}\n}\n", "Corefile:2"],
  ["addresses not to bind to", ". {\n bind 10.0.0.1 {\n  except 10.0.0.2\n }\n}\n", "Corefile:2"],
  ["an address with a zone to bind to", ". {\n bind fe80::1%eth0\n}\n", "Corefile:2"],
  ["a port that is none", ".:99999 {\n}\n", "Corefile:1"],
  ["a port from the environment", ".:{$PORT} {\n}\n", "Corefile"],
  ["metrics at two addresses", ". {\n prometheus :9153 :9154\n}\n", "Corefile:1"],
  ["our zone", `${ROOT}shop:53 {\n}\n`, "Corefile:4"],
  ["our zone in other letters", `${ROOT}dns://SHOP.:053 {\n}\n`, "Corefile:4"],
  ["our zone beside another", `${ROOT}a.example, shop {\n}\n`, "Corefile:4"],
  ["our zone in a snippet", `(s) {\n shop {\n }\n}\n${ROOT}import s\n`, "Corefile:2"],
  ["our zone with a view", `${ROOT}shop {\n view x {\n  expr true\n }\n}\n`, "Corefile:4"],
  ["our zone at another address", `${ROOT}shop {\n bind 10.0.0.1\n}\n`, "Corefile:4"],
])("%s is refused", (_, corefile, path) => {
  expect(pathsOf({ corefile, zones: [SHOP] })).toEqual([path]);
});

test.each([
  ["has our zone", "x {\n}\nshop {\n}\n", "a.server:3"],
  ["has no braces", "x\nerrors\n", "a.server:1"],
  ["has a second block for .", ".:53 {\n}\n", "a.server:1"],
  ["does not end its quote", 'x {\n log "\n}\n', "a.server:2"],
])("an imported file that %s is refused", (_, text, path) => {
  const imports = (pattern: string) => (pattern === "custom/*.server" ? [{ name: "a.server", text }] : undefined);
  expect(pathsOf({ corefile: `${ROOT}import custom/*.server\n`, zones: [SHOP], imports })).toContain(path);
});

test("a block for . that an imported file closes is refused", () => {
  const imports = () => [{ name: "a", text: "}\n" }];
  expect(pathsOf({ corefile: ". {\n import a\n", zones: [SHOP], imports })).toEqual(["Corefile:1"]);
});

test("a file that swallows those after it is refused, whichever they are", () => {
  const files = ["x\nerrors\n", "y {\n}\n"].map((text, index) => ({ name: `${index}.server`, text }));
  const result = pathsOf({ corefile: `import *\n${ROOT}`, zones: [SHOP], imports: () => files });
  expect(result).toEqual(["0.server:1"]);
});

test.each<[string, Zone]>([
  ["in capitals", { ...SHOP, zone: "Shop" }],
  ["with a dot at its end", { ...SHOP, zone: "shop." }],
  ["that would end its line", { ...SHOP, zone: "shop {\n}\nx" }],
  ["for reverse lookups", { ...SHOP, zone: "10.in-addr.arpa" }],
  ["without namespaces", { ...SHOP, namespaces: [] }],
  ["of a namespace that is none", { ...SHOP, namespaces: ["shop", "a.b"] }],
  ["around the cluster's domain", { ...SHOP, zone: "local" }],
  ["in the cluster's domain", { ...SHOP, zone: "shop.svc.cluster.local" }],
  ["with a domain that is none", { ...SHOP, clusterDomain: "cluster.local." }],
  ["without addresses", { ...DEV, addresses: [] }],
  ["of a Service without an address", { ...DEV, addresses: ["None"] }],
  ["of a name in the place of an address", { ...DEV, addresses: ["dns.shop.svc"] }],
  ["of more addresses than CoreDNS takes", { ...DEV, addresses: Array.from({ length: 16 }, (_, n) => `10.0.0.${n}`) }],
])("a zone %s is refused", (_, zone) => {
  expect(pathsOf({ corefile: ROOT, zones: [zone] })).toEqual([zone.zone]);
});

test("all faults of the zones and of the Corefile are told at once", () => {
  const zones = [SHOP, SHOP, { ...DEV, addresses: ["None"] }];
  expect(pathsOf({ corefile: `${ROOT}shop {\n}\n`, zones }).sort()).toEqual([
    ...["Corefile:4", "Corefile:4"],
    ...["dev.example", "shop"],
  ]);
  const broken = `. {\n bind eth0\n prometheus a b\n}\n.:5300 {\n}\n`;
  expect(pathsOf({ corefile: broken, zones: [SHOP] })).toEqual(["Corefile:5", "Corefile:2", "Corefile:1"]);
  expect(pathsOf({ corefile: "x\ny\n}\n}\nz {\n a.b\n c:d\n}\n", zones: [] })).toEqual(["Corefile:1", "Corefile:4"]);
});

function pathsOf(input: Omit<PatchInput, "ours">): string[] {
  const result = patchCorefile({ ...input, ours: [] });
  return result.ok ? [] : result.faults.map(({ path }) => path);
}
