import { expect, test } from "vitest";
import type { CloudZone, DnsProvider } from "../../src/dns/cluster-dns.ts";
import { lackOf, PROVIDERS } from "../../src/dns/providers.ts";

type Needs = Pick<CloudZone, "mode" | "to">;

const rewrite: Needs = { mode: "rewrite" };
const native: Needs = { mode: "native" };
const to = (...addresses: string[]): Needs => ({ mode: "forward", to: { kind: "addresses", addresses } });
const toService = (port: number): Needs => ({
  mode: "forward",
  to: { kind: "service", namespace: "shop", name: "dns", port },
});

test.each<[string, Needs, DnsProvider[]]>([
  ["rewriting", rewrite, ["corefile", "coredns-custom", "eks-addon"]],
  ["native names", native, ["corefile", "coredns-custom", "eks-addon", "kube-dns", "openshift"]],
  ["addresses", to("192.0.2.1", "2001:db8::1"), ["corefile", "coredns-custom", "eks-addon", "kube-dns", "openshift"]],
  ["another port", to("192.0.2.1:5353"), ["corefile", "coredns-custom", "eks-addon", "openshift"]],
  ["another port of IPv6", to("[2001:db8::1]:5353"), ["corefile", "coredns-custom", "eks-addon", "openshift"]],
  ["a Service", toService(53), ["corefile", "coredns-custom", "kube-dns", "openshift"]],
  ["another port of a Service", toService(5353), ["corefile", "coredns-custom", "openshift"]],
])("%s: who can is told where one cannot", (_, needs, able) => {
  expect(PROVIDERS.filter((provider) => lackOf(provider, needs) === undefined)).toEqual(able);
  for (const provider of PROVIDERS) {
    const lack = lackOf(provider, needs);
    if (lack !== undefined) expect(lack.able).toEqual(able);
  }
});
