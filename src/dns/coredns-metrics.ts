/** What a CoreDNS process says of itself in its metrics. */
export interface CoreDnsState {
  /** Zones that it answers by forwarding, with a trailing dot: ours, where their block gives metrics. */
  readonly zones: ReadonlySet<string>;
  /** How often it has refused a changed Corefile. A syntax error is not counted: it goes on as if nothing had changed. */
  readonly failedReloads: number;
  /** Of the Corefile that it has tried last, whether refused or not; undefined until the first change. */
  readonly tried: string | undefined;
  /** Of the process, in seconds since 1970. */
  readonly started: number;
}

/**
 * Read CoreDNS' metrics.
 *
 * @param text - In Prometheus' text format.
 * @returns undefined where they are not CoreDNS'.
 * @see https://github.com/coredns/coredns/tree/v1.15.0/plugin/reload
 */
export function readCoreDnsMetrics(text: string): CoreDnsState | undefined {
  const zones = new Set<string>();
  let [isCoreDns, failedReloads, started, tried]: [boolean, number, number, string | undefined] = [
    false,
    0,
    0,
    undefined,
  ];
  for (const line of text.split("\n")) {
    const [, name, labels = "", value] = SAMPLE.exec(line) ?? [];
    if (name === "coredns_plugin_enabled") {
      isCoreDns = true;
      const zone = labelIn(labels, "zone");
      if (labelIn(labels, "name") === "forward" && zone !== undefined) zones.add(zone);
    } else if (name === "coredns_reload_failed_total") failedReloads = Number(value);
    else if (name === "coredns_reload_version_info") tried = labelIn(labels, "value");
    else if (name === "process_start_time_seconds") started = Number(value);
  }
  return isCoreDns ? { zones, failedReloads, tried, started } : undefined;
}

const SAMPLE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;

const labelIn = (labels: string, name: string): string | undefined =>
  new RegExp(`(?:^|,)${name}="([^"\\\\]*)"`).exec(labels)?.[1];
