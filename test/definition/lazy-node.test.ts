import { Construct, type IConstruct, RootConstruct } from "constructs";
import { expect, test } from "vitest";
import { LazyNode } from "../../src/definition/lazy-node.ts";

function newLazy() {
  const construct = new Construct(new RootConstruct("root"), "lazy");
  let count = 0;
  LazyNode.defer(construct, () => {
    count++;
    new Construct(construct, "ours");
  });
  return { construct, fills: () => count };
}

const looks: readonly [string, (construct: IConstruct) => unknown, unknown, left: number][] = [
  ["children", ({ node }) => node.children.map((child) => child.node.id), ["ours"], 1],
  ["findAll", ({ node }) => node.root.node.findAll().length, 3, 1],
  ["findChild", ({ node }) => node.findChild("ours").node.path, "root/lazy/ours", 1],
  ["tryFindChild", ({ node }) => node.tryFindChild("other"), undefined, 1],
  ["tryRemoveChild", ({ node }) => node.tryRemoveChild("ours"), true, 0],
  ["defaultChild", ({ node }) => node.defaultChild, undefined, 1],
];
test.each(looks)("%s finds what is made on the first look, once", (_, look, expected, left) => {
  const { construct, fills } = newLazy();
  expect(fills()).toBe(0);
  expect(look(construct)).toEqual(expected);
  expect(construct.node.children).toHaveLength(left);
  expect(fills()).toBe(1);
});

test("to add a child or to ask what is there already makes nothing", () => {
  const { construct, fills } = newLazy();
  new Construct(construct, "mine");
  expect(LazyNode.existing(construct).map(({ node }) => node.id)).toEqual(["mine"]);
  expect(fills()).toBe(0);
  expect(construct.node.children.map(({ node }) => node.id)).toEqual(["mine", "ours"]);
  expect(LazyNode.existing(construct)).toHaveLength(2);
});
