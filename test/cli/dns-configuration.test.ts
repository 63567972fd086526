import { expect, test } from "vitest";
import {
  failuresOfConfigurations,
  formatConfigurations,
  formatConfigurationsForTerminal,
  notesOfConfigurations,
} from "../../src/cli/render/dns-configuration.ts";
import type { DnsConfiguration } from "../../src/model/dns-configuration.ts";

const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-system", name: "coredns" };
const east: DnsConfiguration = {
  cluster: "east",
  provider: "corefile",
  parts: [{ ref, key: "Corefile", live: ". {\n}\n", wanted: ". {\n}\nshop {\n}\n" }],
  failures: [],
};
const eks: DnsConfiguration = { ...east, cluster: "eks", provider: "eks-addon", addonValue: '{"corefile":""}' };

test("one part is printed as it is, for other programs", () => {
  expect(formatConfigurations({ clusters: [east] })).toBe(". {\n}\nshop {\n}\n");
  expect(formatConfigurations({ clusters: [eks] })).toBe('{"corefile":""}\n');
});

test("a terminal gets no characters that it obeys, and the same words", () => {
  const wanted = ". {\r\n\tlog # \u001b[2J\u009b1m\u202eshop\u0007\n}\n";
  const clusters = [{ ...east, parts: [{ ref, key: "Corefile", wanted }] }];
  expect(formatConfigurations({ clusters })).toBe(wanted);
  expect(formatConfigurationsForTerminal({ clusters })).toBe(". {\n    log # [2J1mshop\n}\n");
});

test("several parts each have a line that says which it is", () => {
  expect(formatConfigurations({ clusters: [east, eks] })).toBe(
    [
      "# east: ConfigMap/kube-system/coredns Corefile",
      ". {\n}\nshop {\n}\n",
      "# eks: configuration of the add-on",
      '{"corefile":""}\n',
    ].join("\n"),
  );
});

test("whether a part is so already is told, and what makes it so", () => {
  const done = { ...east, parts: east.parts.map((part) => ({ ...part, live: part.wanted })) };
  const custom = { ...east, provider: "coredns-custom" } as const;
  const notes = notesOfConfigurations({ clusters: [done, east, custom, eks, { ...east, parts: [] }] });
  expect(notes).toEqual([
    "east: ConfigMap/kube-system/coredns Corefile is so already",
    "east: ConfigMap/kube-system/coredns Corefile is not so yet; lcloud post-sync makes it so",
    "east: ConfigMap/kube-system/coredns Corefile is not so yet; lcloud sync and post-sync make it so",
    expect.stringMatching(/^eks: .* is not so yet; aws eks update-addon /),
    "east: its DNS is told of no zone",
  ]);
});

test("what could not be made is a failure", () => {
  const failed: DnsConfiguration = { ...east, parts: [], failures: [{ code: "DNS_REFUSED", message: "a; b" }] };
  expect(failuresOfConfigurations({ clusters: [failed] })).toEqual(["east: a; b (DNS_REFUSED)"]);
  expect(notesOfConfigurations({ clusters: [failed] })).toEqual([]);
});
