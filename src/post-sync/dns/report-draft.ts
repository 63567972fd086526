import type { Failure } from "../../model/change.ts";
import type { DnsReport, Loaded, ZoneOutcome } from "./dns-report.ts";

/** Collects what is done for the zones of one cluster. */
export class ReportDraft {
  loaded: Loaded = { kind: "none" };
  readonly failures: Failure[] = [];
  readonly remarks: string[] = [];
  readonly #zones = new Map<string, ZoneOutcome>();

  /** Of a zone that is in several places, what was written counts more than what was kept, and that more than what is gone. */
  addZone(outcome: ZoneOutcome): void {
    const { action } = this.#zones.get(outcome.zone) ?? {};
    const isLess = action === undefined || action === "removed" || (action === "kept" && outcome.action !== "removed");
    if (isLess) this.#zones.set(outcome.zone, outcome);
  }

  toReport(cluster: string): DnsReport {
    const zones = [...this.#zones.values()].sort((a, b) => (a.zone < b.zone ? -1 : 1));
    const { loaded, failures, remarks } = this;
    return { cluster, zones, loaded, failures, remarks: [...new Set(remarks)] };
  }
}
