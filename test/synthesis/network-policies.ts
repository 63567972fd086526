import type { Manifest } from "../../src/model/manifest.ts";

/** A NetworkPolicy with one rule. */
export const policyWith = (rule: object): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "NetworkPolicy",
  metadata: { name: "policy", namespace: "quotas" },
  spec: { podSelector: {}, egress: [rule] },
});

const to = (cidr: string, ...except: readonly string[]) => ({ to: [{ ipBlock: { cidr, except } }] });
const port = (port: number | string | undefined, more: object = {}) => ({ ports: [{ port, ...more }] });

export const RIGHT_RULES: readonly object[] = [
  ...[
    to("0.0.0.0/0", "10.0.0.0/8", "0.0.0.0/1"),
    to("10.0.0.1/32"),
    to("::/0", "fd00::/8"),
    to("64:ff9b::10.0.0.0/120"),
  ],
  ...[port(1), port(65535), port("http"), port("h2-c"), port(80, { endPort: 80 }), port(80, { endPort: 65535 })],
  ...[port(undefined, { protocol: "SCTP" }), { to: [{ podSelector: { matchLabels: { "a/b": "" } } }] }],
];

export const WRONG_RULES: readonly object[] = [
  ...[to("10.0.0.0"), to("10.0.0.0/33"), to("10.0.0.0/08"), to("010.0.0.0/8"), to("10.0.0.1/8"), to("fd00::1/8")],
  ...[to("10.0.0.0/8/8"), to("fe80::%eth0/64"), to("::ffff:10.0.0.0/104"), to("fd00::/129"), to("")],
  ...[to("10.0.0.0/8", "10.0.0.0/8"), to("10.0.0.0/8", "11.0.0.0/16"), to("10.0.0.0/8", "fd00::/16")],
  ...[to("10.0.0.0/8", "0.0.0.0/0"), to("10.0.0.0/8", "10.0.0.1/16"), to("fd00::/8", "fe00::/16")],
  ...[port(0), port(-1), port(65536), port("HTTP"), port("80"), port("a".repeat(16)), port("a--b"), port("-a")],
  ...[
    port(80, { endPort: 79 }),
    port(80, { endPort: 65536 }),
    port("http", { endPort: 80 }),
    port(80, { protocol: "tcp" }),
  ],
  ...[port(undefined, { endPort: 80 }), { to: [{ podSelector: { matchLabels: { "a b": "" } } }] }],
  { to: [{ podSelector: { matchLabels: { a: "b c" } } }] },
];
