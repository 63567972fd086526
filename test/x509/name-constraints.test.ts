import { expect, test } from "vitest";
import { constraintsAgainst } from "../../src/x509/name-constraints.ts";

const names = { uriHosts: ["shop.mesh"], dnsNames: ["istiod-shop.istio-shop.svc"] };

test.each<readonly [readonly string[]]>([
  [[]],
  [["permitted;URI:shop.mesh"]],
  [["permitted;URI:other.mesh", "permitted;URI:SHOP.mesh"]],
  [["permitted;URI:.mesh"]],
  [["permitted;DNS:svc"]],
  [["permitted;DNS:.istio-shop.svc"]],
  [["permitted;DNS:"]],
  [["permitted;email:example.org", "permitted;IP"]],
  [["excluded;URI:other.mesh", "excluded;DNS:example.org", "excluded;directory name"]],
  [["excluded;URI:op.mesh"]],
])("%j lets an authority certify names of its mesh", (constraints) => {
  expect(constraintsAgainst(constraints, names)).toEqual([]);
});

test.each<readonly [readonly string[], RegExp]>([
  [["permitted;URI:other.mesh"], /URI:shop\.mesh/],
  // Envoy takes a host alone for that one
  [["permitted;URI:mesh"], /URI:shop\.mesh/],
  [["permitted;URI:.shop.mesh"], /URI:shop\.mesh/],
  [["permitted;URI:shop.mesh", "excluded;URI:shop.mesh"], /URI:shop\.mesh/],
  // Go takes those below, too
  [["excluded;URI:mesh"], /URI:shop\.mesh/],
  [["permitted;DNS:example.org"], /DNS:istiod-shop/],
  [["permitted;DNS:op.istio-shop.svc"], /DNS:istiod-shop/],
  [["excluded;DNS:svc"], /DNS:istiod-shop/],
  [["excluded;DNS:"], /DNS:istiod-shop/],
  [["permitted;directory name"], /directory name/],
])("%j keeps an authority from certifying names of its mesh", (constraints, name) => {
  const against = constraintsAgainst(constraints, names);
  expect(against).toHaveLength(1);
  expect(against[0]).toMatch(name);
});
