import { describe, expect, test } from "vitest";
import { ensureIn } from "../../src/keys/ensure-trust.ts";
import type { WantedTrust } from "../../src/keys/mesh-store.ts";
import type { MeshTrust } from "../../src/keys/mesh-trust.ts";
import { readAuthority } from "../../src/x509/authority.ts";

const DAY_MS = 24 * 3_600_000;
const now = new Date("2026-11-29T08:00:00Z");
const later = (days: number): Date => new Date(now.getTime() + days * DAY_MS);
const keyStoreError = expect.objectContaining({ name: "CloudError", code: "KEY_STORE" });

const wanted = (changes: Partial<WantedTrust> = {}): WantedTrust => ({
  cloud: "shop",
  clusters: [{ cluster: "m1", trustDomain: "shop.mesh", nameConstraints: false }],
  now,
  ...changes,
});
const made = (at = now): MeshTrust => ensureIn(undefined, wanted({ now: at })).trust;

describe("where a clock is wrong", () => {
  test("nothing is signed before the root begins", () => {
    const trust = made();
    expect(() => ensureIn(trust, wanted({ now: later(-1) }))).toThrow(keyStoreError);
    // as far as clocks may differ
    expect(ensureIn(trust, wanted({ now: new Date(now.getTime() - 9 * 60_000) })).root).toBe("unchanged");
  });

  test("an authority that begins later is renewed as soon as the clock is right", () => {
    const ahead = ensureIn(made(), wanted({ now: later(900), renew: "due" })).trust;
    const { trust, authorities } = ensureIn(ahead, wanted({ renew: "due" }));
    expect(authorities.get("m1")).toBe("renewed");
    expect(readAuthority(trust.authorities.get("m1")?.certificate ?? "").notAfter).toEqual(later(365));
    expect(ensureIn(trust, wanted({ renew: "due" })).authorities.get("m1")).toBe("unchanged");
  });
});

describe("what was damaged by hand is refused, and nothing is made in its place", () => {
  const other = made();
  const withSigner = (trust: MeshTrust, changes: object): MeshTrust => ({
    ...trust,
    signers: trust.signers.map((signer) => ({ ...signer, ...changes })),
  });
  const withAuthority = (trust: MeshTrust, changes: object): MeshTrust => ({
    ...trust,
    authorities: new Map([...trust.authorities].map(([cluster, authority]) => [cluster, { ...authority, ...changes }])),
  });
  test.each<readonly [string, (trust: MeshTrust) => MeshTrust]>([
    ["a root's key that is another's", (trust) => withSigner(trust, { key: other.signers[0]?.key })],
    ["a root's key that is none", (trust) => withSigner(trust, { key: "-----BEGIN PRIVATE KEY-----\nsecret" })],
    ["a chain that is none", (trust) => withSigner(trust, { chain: "secret" })],
    [
      "an authority's certificate that is none",
      (trust) => ({ ...trust, authorities: new Map([["m1", { certificate: "secret", key: "secret", chain: "" }]]) }),
    ],
    ["an authority's key that is another's", (trust) => withAuthority(trust, { key: other.signers[0]?.key })],
    [
      "an authority's key that is none",
      (trust) => withAuthority(trust, { key: "-----BEGIN PRIVATE KEY-----\nsecret" }),
    ],
    ["an authority's chain that is none", (trust) => withAuthority(trust, { chain: "secret" })],
  ])("%s", (_, damage) => {
    const damaged = damage(made());
    expect(() => ensureIn(damaged, wanted({ renew: "due" }))).toThrow(keyStoreError);
    expect(() => ensureIn(damaged, wanted({ renew: "due" }))).not.toThrow(/secret/);
  });
});
