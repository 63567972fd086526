import { isDeepStrictEqual } from "node:util";
import type { DnsAnswer } from "../../dns/message.ts";
import type { NameCheck } from "../../model/zone-check.ts";
import type { Probe } from "./probes.ts";

/** The answers for one name, of all types that were asked for. */
export interface Answered {
  readonly code: string;
  /** Sorted, each once. */
  readonly values: readonly string[];
}

/** @returns undefined where one is missing. */
export function together(answers: readonly (DnsAnswer | undefined)[]): Answered | undefined {
  const there = answers.filter((answer) => answer !== undefined);
  if (there.length < answers.length) return undefined;
  const values = [...new Set(there.flatMap(({ records }) => records.map(({ value }) => value)))].sort();
  // a name has one return code for all types, unless the server is in trouble
  const code = there.find((answer) => answer.code !== "NOERROR")?.code ?? "NOERROR";
  return { code, values };
}

/**
 * Compare what was answered with what should be.
 *
 * @param answered - undefined where there was none in time.
 * @param same - What the other name has, where the answer should be the same.
 */
export function judge(probe: Probe, answered: Answered | undefined, same: Answered | undefined): NameCheck {
  const state = answered === undefined ? "no answer" : stateOf(probe, answered, same);
  return { name: probe.name, answer: answered?.values ?? [], ...toldOf(state, answered, probe) };
}

function toldOf(
  state: string,
  answered: Answered | undefined,
  { isPromised }: Probe,
): Pick<NameCheck, "state" | "isRight"> {
  if (state !== "empty") return { state, isRight: state === "ok" };
  // what was promised and is not there is told as pods see it
  const isMissing = isPromised && answered?.code === "NXDOMAIN";
  return { state: isMissing ? "NXDOMAIN" : "empty", isRight: !isPromised };
}

const HAS_NAME = ["NOERROR", "NXDOMAIN"];

function stateOf({ expected }: Probe, { code, values }: Answered, same: Answered | undefined): string {
  if (!HAS_NAME.includes(code)) return code;
  switch (expected.kind) {
    case "reached":
      return "ok";
    case "missing":
      return code === "NXDOMAIN" ? "ok" : "differs";
    case "answer":
      return values.length > 0 ? "ok" : "empty";
    case "same":
      if (same === undefined) return "no answer";
      if (code !== same.code) return code === "NOERROR" ? "differs" : code;
      if (!isDeepStrictEqual(values, same.values)) return "differs";
      return values.length > 0 ? "ok" : "empty";
  }
}
