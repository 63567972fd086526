import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";

const HERE = join(import.meta.dirname, "..", "..");
const DECISIONS = "docs/decisions";

const filesIn = (folder: string): readonly string[] =>
  readdirSync(join(HERE, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}/${name}`);

const DOCUMENTS = ["README.md", "CHANGELOG.md", ...filesIn("docs"), ...filesIn(DECISIONS)];

const read = (path: string): string => readFileSync(join(HERE, path), "utf8");

/** As forges make them of headings. */
const anchorsOf = (path: string): readonly string[] =>
  [...read(path).matchAll(/^#+ (.+)$/gm)].map(({ 1: heading = "" }) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );

test.each(DOCUMENTS)("every link of %s leads somewhere", (document) => {
  const links = [...read(document).matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g)];
  const broken = links.flatMap(([link, path = "", anchor]) => {
    const target = path === "" ? document : join(dirname(document), path);
    if (!existsSync(join(HERE, target))) return [link];
    return anchor === undefined || anchorsOf(target).includes(anchor) ? [] : [link];
  });
  expect(broken).toEqual([]);
});

test("the list of decisions has each of them, in order, under its number and its name", () => {
  const listed = [...read(`${DECISIONS}/README.md`).matchAll(/^- \[(\d+)\]\((.+)\) (.+)$/gm)];
  const decisions = filesIn(DECISIONS).filter((path) => !path.endsWith("README.md"));
  expect(listed.map(([, , file]) => `${DECISIONS}/${file}`)).toEqual([...decisions].sort());
  expect(listed.map(([, number, , name]) => `# ${number} ${name}`)).toEqual(
    listed.map(([, , file]) => read(`${DECISIONS}/${file}`).split("\n")[0]),
  );
  expect(listed.map(([, number]) => Number(number))).toEqual(listed.map((_, index) => index + 1));
});
