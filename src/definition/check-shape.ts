import { findNear } from "../model/near-word.ts";
import { CLOUD_PROPS, CLOUD_SHAPE } from "./cloud-shape.ts";
import type { LogicalCloudProps } from "./props.ts";
import { shapeFaults } from "./shape.ts";
import { soundPart } from "./sound-part.ts";

/** Props in which something is wrong, so that nothing must be concluded from what they do not say. */
export type Doubts = ReadonlySet<string>;

/** The props of a cloud as far as they are what their type says, and what is wrong with the rest. */
interface CheckedShape {
  readonly sound: LogicalCloudProps;
  readonly faults: readonly string[];
  readonly doubts: Doubts;
}

/** Check the form of a cloud's props. */
export function checkShape(props: unknown): CheckedShape {
  const faults = shapeFaults(props, CLOUD_SHAPE, "");
  if (faults.length === 0) return { sound: props as LogicalCloudProps, faults, doubts: new Set() };
  const sound = soundPart(props, CLOUD_SHAPE);
  if (sound === undefined) return { sound: {}, faults, doubts: new Set(CLOUD_PROPS) };
  const wrong = Object.entries(props as object).filter(
    ([key, value]) => shapeFaults({ [key]: value }, CLOUD_SHAPE, "").length > 0,
  );
  return { sound: sound as LogicalCloudProps, faults, doubts: new Set(wrong.flatMap(([key]) => meantProp(key) ?? [])) };
}

/** An unknown prop may be a known one, misspelt. */
const meantProp = (key: string): string | undefined => (CLOUD_PROPS.includes(key) ? key : findNear(key, CLOUD_PROPS));
