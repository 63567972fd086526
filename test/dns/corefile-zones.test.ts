import { expect, test } from "vitest";
import { metricsPlaceOf, patchZones } from "../../src/dns/corefile-zones.ts";

const corefile = (...plugins: readonly string[]): string =>
  `.:53 {\n${plugins.map((line) => `    ${line}\n`).join("")}}\n`;

test.each([
  [["prometheus :9153", "reload"], 9153],
  [["prometheus 0.0.0.0:9253", "reload 10s"], 9253],
  [["prometheus [::]:9153", "reload"], 9153],
])("with %j the metrics are on port %d", (plugins, port) => {
  expect(metricsPlaceOf(corefile(...plugins))).toEqual({ kind: "port", port });
});

test.each([
  ["no metrics", corefile("errors", "reload"), /no plugin prometheus/],
  ["metrics for itself alone", corefile("prometheus localhost:9153", "reload"), /itself alone/],
  ["metrics where CoreDNS puts them by itself", corefile("prometheus", "reload"), /itself alone/],
  ["a port from the environment", corefile("prometheus :{$PORT}", "reload"), /nobody knows the port/],
  ["no reload", corefile("prometheus :9153"), /no plugin reload/],
  ["a block that is not closed", ".:53 {\n", /cannot be read/],
])("with %s it cannot be seen what is loaded", (_, text, reason) => {
  expect(metricsPlaceOf(text)).toEqual({ kind: "unseen", reason: expect.stringMatching(reason) });
});

test("a Corefile that would be larger than a ConfigMap may be is refused, and zones can be taken out of the largest", () => {
  const request = { wanted: [{ kind: "forward", zone: "shop", addresses: ["10.0.0.53"] }], ours: [] } as const;
  const sized = (bytes: number): string => `${corefile("errors")}# ${"é".repeat((bytes - 24) / 2)}`;
  const most = 1024 * 1024;
  expect(patchZones(sized(most - 1000), request).kind).toBe("patched");
  expect(patchZones(sized(most - 10), request)).toEqual({
    kind: "refused",
    faults: [expect.stringMatching(/1048\d{3} bytes.*; /)],
  });
  const full = `${corefile("errors")}shop:53 {\n}\n# ${"é".repeat(most / 2 + 1)}`;
  expect(patchZones(full, { wanted: [], ours: ["shop"] }).kind).toBe("patched");
});
