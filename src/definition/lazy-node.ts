import { type Construct, type IConstruct, Node } from "constructs";

/**
 * A construct's node whose children of ours are made when somebody looks at them.
 *
 * Most clouds are rendered and never looked at, and a tree of constructs costs more than all the rest of synthesis.
 * Whoever does look (findAll, findChild, apiObjects, Testing.synth, …) goes through one of the three public members
 * that are overridden here, and finds a tree as if it had always been there.
 */
export class LazyNode extends Node {
  /** Make `construct` fill in its children on the first look. */
  static defer(construct: Construct, fill: () => void): void {
    Object.setPrototypeOf(construct.node, LazyNode.prototype);
    unfilled.set(construct.node, fill);
  }

  /** The children that are there already; looking at them makes none. */
  static existing(construct: IConstruct): readonly IConstruct[] {
    const { node } = construct;
    return node instanceof LazyNode ? node.made : node.children;
  }

  private get made(): IConstruct[] {
    return super.children;
  }

  override get children(): IConstruct[] {
    fillOnce(this);
    return super.children;
  }

  override tryFindChild(id: string): IConstruct | undefined {
    fillOnce(this);
    return super.tryFindChild(id);
  }

  override tryRemoveChild(childName: string): boolean {
    fillOnce(this);
    return super.tryRemoveChild(childName);
  }
}

const unfilled = new WeakMap<Node, () => void>();

function fillOnce(node: Node): void {
  const fill = unfilled.get(node);
  if (fill === undefined) return;
  unfilled.delete(node);
  fill();
}
