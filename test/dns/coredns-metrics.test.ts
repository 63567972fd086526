import { expect, test } from "vitest";
import { readCoreDnsMetrics } from "../../src/dns/coredns-metrics.ts";

const METRICS = `# HELP coredns_plugin_enabled A metric that indicates whether a plugin is enabled on per server and zone basis.
# TYPE coredns_plugin_enabled gauge
coredns_plugin_enabled{name="errors",server="dns://:53",view="",zone="."} 1
coredns_plugin_enabled{name="forward",server="dns://:53",view="",zone="."} 1
coredns_plugin_enabled{name="errors",server="dns://:53",view="",zone="pay."} 1
coredns_plugin_enabled{name="forward",server="dns://:53",view="",zone="shop."} 1
coredns_reload_failed_total 2
coredns_reload_version_info{hash="sha512",value="3b2f"} 1
process_start_time_seconds 1.79591672142e+09
`;

test("CoreDNS says which zones it forwards, what it has tried and refused, and since when it runs", () => {
  expect(readCoreDnsMetrics(METRICS)).toEqual({
    zones: new Set([".", "shop."]),
    failedReloads: 2,
    tried: "3b2f",
    started: 1_795_916_721.42,
  });
});

test("a process that has not reloaded yet has tried nothing", () => {
  const fresh = METRICS.replace(/^coredns_reload_version.*\n/m, "");
  expect(readCoreDnsMetrics(fresh)).toMatchObject({ tried: undefined, failedReloads: 2 });
});

test.each(["", "up 1\n", "<html>not found</html>"])("what is not from CoreDNS says nothing: %j", (text) => {
  expect(readCoreDnsMetrics(text)).toBeUndefined();
});
