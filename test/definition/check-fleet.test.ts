import { expect, test } from "vitest";
import { checkFleet } from "../../src/definition/check-fleet.ts";
import type { ClusterProps } from "../../src/index.ts";

const x509 = { kubernetes: "1.33", identity: "x509" } as const;
const oidc = { kubernetes: "1.33", identity: "oidc" } as const;
const exec = { command: "login" };

const cases: readonly [string, Readonly<Record<string, ClusterProps>>, RegExp][] = [
  ["no cluster", {}, /has no cluster/],
  ["a name that is none", { "a.b": x509 }, /no DNS label/],
  ["a version that is none", { a: { ...x509, kubernetes: "1" } }, /no minor version/],
  ["certificates where nobody signs them", { a: { ...x509, platform: "eks" } }, /EKS signs no/],
  ["no way to log in", { a: oidc }, /nothing says how users log in/],
  ["a name for everybody", { a: { ...oidc, oidc: { username: "dev", exec } } }, /the same for every user/],
  ["a name of Kubernetes", { a: { ...oidc, oidc: { username: "system:{user}", exec } } }, /belongs to Kubernetes/],
  ["no program that logs in", { a: { ...oidc, oidc: { username: "{user}", exec: { command: "" } } } }, /exec\.command/],
  ["a lifetime too short", { a: { ...x509, expirationSeconds: 599 } }, /out of bounds; give 600/],
  ["a lifetime too long", { a: { ...x509, expirationSeconds: 2 ** 31 } }, /out of bounds; give 600/],
  [
    "requesters without certificates",
    { a: { ...oidc, oidc: { username: "{user}", exec }, requesters: ["x"] } },
    /requesters/,
  ],
  ["a server that is no URL", { a: { ...x509, endpoint: { server: "http://a" } } }, /no https URL/],
  ["an authority that is none", { a: { ...x509, endpoint: { certificateAuthority: "x" } } }, /no PEM certificate/],
  [
    "a private key beside an authority",
    {
      a: {
        ...x509,
        endpoint: { certificateAuthority: "-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----" },
      },
    },
    /holds a private key/,
  ],
  [
    "a context that writes to terminals",
    { a: { ...x509, access: { context: "a\u001b[2J" } } },
    /access\.context: holds/,
  ],
  ["a label that is none", { a: { ...x509, labels: { env: "a b" } } }, /labels\.env/],
  ["a label key that is none", { a: { ...x509, labels: { "": "a" } } }, /no label key/],
  ["an address that is no CIDR", { a: { ...x509, apiServerCidrs: ["10.0.0.1"] } }, /no CIDR/],
  ["an address block with too many bits", { a: { ...x509, apiServerCidrs: ["10.0.0.1/33"] } }, /no CIDR/],
  ["a capacity that is no quantity", { a: { ...x509, capacity: { cpu: "many", memory: 1 } } }, /capacity\.cpu/],
  ["a node-local address that is none", { a: { ...x509, dns: { nodeLocalAddress: "::1" } } }, /nodeLocalAddress/],
  ["a namespace of DNS that is none", { a: { ...x509, dns: { namespace: "Kube" } } }, /^dns\.namespace/],
  ["a port of DNS that is none", { a: { ...x509, dns: { port: 0 } } }, /^dns\.port/],
  [
    "a domain with a dot at its end",
    { a: { ...x509, dns: { clusterDomain: "cluster.local." } } },
    /^dns\.clusterDomain/,
  ],
  [
    "node caches where there are none",
    { a: { ...x509, dns: { provider: "openshift", nodeLocalCache: true } } },
    /^dns\.nodeLocalCache/,
  ],
  [
    "one context for two clusters",
    { a: x509, b: { ...x509, access: { context: "a" } } },
    /context "a" is cluster "a"'s/,
  ],
];
test.each(cases)("%s is a fault of a fleet", (_, clusters, message) => {
  const faults = checkFleet({ clusters });
  expect(faults).toEqual([{ path: expect.stringMatching(/^fleet/), message: expect.stringMatching(message) }]);
  expect(faults[0]?.message).toMatch(/; /);
});

test("what is right is no fault", () => {
  const full: ClusterProps = {
    ...x509,
    labels: { env: "prod", "example.org/zone": "" },
    access: { kubeconfig: "k", context: "c" },
    endpoint: { server: "https://[::1]:6443", certificateAuthority: "-----BEGIN CERTIFICATE-----" },
    apiServerCidrs: ["10.0.0.1/32", "fd00::/8"],
    capacity: { cpu: 96, memory: "384Gi" },
    dns: { nodeLocalAddress: "none" },
    requesters: ["ci"],
  };
  const own = { ...oidc, oidc: { username: "corp:{user}", exec } };
  const twin = { ...x509, access: { kubeconfig: "other", context: "c" } };
  expect(checkFleet({ clusters: { full, own, twin } })).toEqual([]);
  expect(checkFleet({ clusters: { oidc }, oidc: own.oidc })).toEqual([]);
});
