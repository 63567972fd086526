import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Patch, type PatchInput, patchCorefile } from "../../../src/dns/corefile/patch.ts";
import { renderBlock } from "../../../src/dns/corefile/render-block.ts";
import { DEV, SHOP, ZONES } from "./zones.ts";

const KUBEADM = readFileSync("test/fixtures/corefiles/kubeadm.corefile", "utf8");
const BLOCK = renderBlock(SHOP, { port: 53 });

test.each(["aks", "eks", "gardener", "k3s", "kind", "kubeadm", "openshift"])(
  "zones put into the Corefile of %s stand in it, and leave no trace when they are taken out",
  (name) => {
    const corefile = readFileSync(`test/fixtures/corefiles/${name}.corefile`, "utf8");
    const put = patched({ corefile, zones: ZONES });
    expect(put).toMatchObject({ added: ["dev.example", "shop"], changed: [], removed: [], unchanged: [] });
    expect(patched({ corefile: put.corefile, zones: ZONES }).unchanged).toEqual(["dev.example", "shop"]);
    const taken = patched({ corefile: put.corefile, ours: ["shop", "dev.example"] });
    expect(taken).toMatchObject({ removed: ["dev.example", "shop"], corefile });
  },
);

test("blocks stand after the line that closes the block for ., in order, at its port and with its metrics", () => {
  const corefile = ".:8053 {\n  prometheus 0.0.0.0:9253\n} # cluster\n\nimport custom/*.server\n";
  const { corefile: text } = patched({ corefile, zones: [SHOP, DEV] });
  const blocks = ZONES.map((zone) => renderBlock(zone, { port: 8053, prometheus: "0.0.0.0:9253" }));
  expect(text).toBe(corefile.replace("# cluster\n", `# cluster\n${blocks.join("")}`));
});

test("a port that the key of . does not name is 53", () => {
  expect(patched({ corefile: ". {\n}\n", zones: [SHOP] }).corefile).toContain("shop:53 {");
});

test("arguments of prometheus that come from the environment are the same in another block", () => {
  const { corefile } = patched({
    corefile: ". {\n prometheus {$POD_IP}:9153 {\n  runtime_metrics\n }\n}\n",
    zones: [DEV],
  });
  expect(corefile).toContain("\n    prometheus {$POD_IP}:9153\n");
});

test.each([
  ["a file with CRLF", ". {\r\n}\r\nimport x\r\n", "\r\n"],
  ["a file with a byte order mark", "\uFEFF. {\n}\n", "\n"],
  ["a file without a last newline", ". {\n}", "\n"],
  ["a file that ends in a comment", ". {\n} # end", "\n"],
  ["a file with CRLF and no last one", ". {\r\n}", "\r\n"],
  ["a file that ends in a lone \\r", ". {\n}\r", "\r\n"],
  ["a file of one line", ". { }", "\n"],
])("%s keeps its bytes, and blocks have its newlines", (_, corefile, newline) => {
  const { corefile: text } = patched({ corefile, zones: ZONES });
  const blocks = ZONES.map((zone) => renderBlock(zone, { port: 53 }, newline)).join("");
  const after = corefile.endsWith("\n") ? corefile.indexOf("}") + 1 + newline.length : corefile.length;
  const expected = corefile.endsWith("\n") ? blocks : newline + blocks.slice(0, -newline.length);
  expect(text).toBe(corefile.slice(0, after) + expected + corefile.slice(after));
  expect(patched({ corefile: text, ours: ["dev.example", "shop"] }).corefile).toBe(corefile);
});

test("what stands there already is not written again", () => {
  const { corefile } = patched({ corefile: KUBEADM, zones: ZONES });
  expect(patched({ corefile, zones: [SHOP, DEV] })).toMatchObject({ corefile, unchanged: ["dev.example", "shop"] });
});

test("a block of ours in other words of the same meaning is unchanged, whoever put it there", () => {
  const reprinted = `# by hand\ndns://SHOP.:053\n{\n${BLOCK.split("\n").slice(1, -2).join(" # x\n\t")}\n}\n. {\n}`;
  expect(patched({ corefile: reprinted, zones: [SHOP] })).toMatchObject({ corefile: reprinted, unchanged: ["shop"] });
});

test("the order of different plugins in a block of ours means nothing", () => {
  const corefile = `. {\n}\n${BLOCK.replace("    errors\n", "").replace(/}\n$/, "    errors\n}\n")}`;
  expect(patched({ corefile, zones: [SHOP] })).toMatchObject({ corefile, unchanged: ["shop"] });
});

test.each([
  ["other lines", BLOCK.replace("max_concurrent 1000\n        ", "max_concurrent 1000 ")],
  ["another plugin", BLOCK.replace("errors\n", "errors\n    log\n")],
  ["another order of one plugin", BLOCK.replace(/(.*\.pay\..*\n)(.*\n)/, "$2$1")],
])("a block of ours with %s is replaced, and one that is not ours is refused", (_, block) => {
  const corefile = `. {\n}\n${block}`;
  expect(block).not.toBe(BLOCK);
  expect(patched({ corefile, zones: [SHOP], ours: ["shop"] })).toMatchObject({
    corefile: `. {\n}\n${BLOCK}`,
    changed: ["shop"],
  });
  expect(faultsOf({ corefile, zones: [SHOP] })).toEqual(["Corefile:3"]);
});

test.each(ZONES)("after the block for . was moved to another port, that of $zone follows", (zone) => {
  const corefile = `.:8053 {\n}\n${renderBlock(zone, { port: 53 })}`;
  const patch = patched({ corefile, zones: [zone], ours: [zone.zone] });
  expect(patch.changed).toEqual([zone.zone]);
  expect(patch.corefile).toBe(`.:8053 {\n}\n${renderBlock(zone, { port: 8053 })}`);
});

test.each([
  ["without a limit", "    errors\n    forward . 10.0.0.5\n"],
  [
    "with a plugin of its own",
    BLOCK.replace("    errors\n", "    errors\n    log\n").split("\n").slice(1, -2).join("\n"),
  ],
])("a block at another port, %s, stays where ours is gone: it is not ours that has moved", (_, lines) => {
  const corefile = `. {\n}\nshop:5353 {\n${lines}\n}\n`;
  expect(patched({ corefile, ours: ["shop"] })).toMatchObject({ corefile, removed: [] });
  const { corefile: text, added } = patched({ corefile, zones: [SHOP], ours: ["shop"] });
  expect(added).toEqual(["shop"]);
  expect(text).toBe(corefile.replace("}\n", `}\n${BLOCK}`));
});

test("a block of ours at the port that . had before goes where the zone does", () => {
  const corefile = `.:8053 {\n}\n${BLOCK}`;
  expect(patched({ corefile, ours: ["shop"] })).toMatchObject({ corefile: ".:8053 {\n}\n", removed: ["shop"] });
});

test("a block of ours that came first in a file goes, and the byte order mark before it stays", () => {
  const { corefile } = patched({ corefile: `\uFEFF${BLOCK}. {\n}\n`, ours: ["shop"] });
  expect(corefile).toBe("\uFEFF. {\n}\n");
});

test("the result is the same, whatever of ours stood there and wherever", () => {
  const scattered = `${renderBlock(DEV, { port: 53 })}. {\n}\nother {\n}\n${BLOCK}`;
  const patch = patched({ corefile: scattered, zones: [DEV], ours: ["shop", "dev.example"] });
  expect(patch).toMatchObject({ removed: ["shop"], unchanged: ["dev.example"] });
  expect(patch.corefile).toBe(patched({ corefile: ". {\n}\nother {\n}\n", zones: [DEV] }).corefile);
});

test.each([
  ["has other zones too", ". {\n}\nshop:53 other:53 {\n}\n"],
  ["begins on the line of another", `. {\n}\nother {\n} ${BLOCK}`],
  ["ends on the line of another", `. {\n}\n${BLOCK.trimEnd()} other {\n}\n`],
  ["comes by an import", `(s) {\n${BLOCK}}\n. {\n}\nimport s\n`],
])("a block for a zone of ours that %s is somebody else's: it is not taken out, and not replaced", (_, corefile) => {
  expect(patched({ corefile, ours: ["shop"] })).toMatchObject({ corefile, removed: [] });
  expect(patchCorefile({ corefile, zones: [SHOP], ours: ["shop"] }).ok).toBe(false);
});

test("two blocks of ours for one zone are refused, since CoreDNS takes one", () => {
  const corefile = `. {\n}\n${BLOCK}${BLOCK}`;
  expect(faultsOf({ corefile, zones: [SHOP] })).toHaveLength(1);
});

test("blocks at other ports and of other protocols stay beside ours", () => {
  const corefile = ". {\n}\ntls://shop {\n}\nshop:5353 {\n}\nshop:5354 {\n}\nmyshop {\n}\n";
  expect(patched({ corefile, zones: [SHOP] }).corefile).toBe(corefile.replace("}\n", `}\n${BLOCK}`));
});

test("what was not judged, and what keeps a change from being loaded, is remarked upon", () => {
  const { remarks } = patched({ corefile: "{$ZONE} {\n}\n. {\n import a\n}\nimport b/*\n", zones: [SHOP] });
  expect(remarks.map((remark) => remark.replace(/:? .*/, ""))).toEqual([
    "Corefile:4",
    "Corefile:6",
    "Corefile:1",
    "Corefile",
  ]);
  expect(patched({ corefile: KUBEADM, zones: [SHOP] }).remarks).toEqual([]);
});

function patched({ zones = [], ours = [], ...input }: Partial<PatchInput> & Pick<PatchInput, "corefile">): Patch {
  const result = patchCorefile({ ...input, zones, ours });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.patch;
}

function faultsOf(input: Pick<PatchInput, "corefile" | "zones">): readonly string[] {
  const result = patchCorefile({ ...input, ours: [] });
  return result.ok ? [] : result.faults.map(({ path }) => path);
}
