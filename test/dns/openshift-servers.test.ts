import { expect, test } from "vitest";
import { type LiveServer, patchServers } from "../../src/dns/openshift-servers.ts";
import type { ForwardZone } from "../../src/dns/zone.ts";

const zoneTo = (zone: string, ...addresses: readonly string[]): ForwardZone => ({ kind: "forward", zone, addresses });
const SHOP = zoneTo("shop", "10.0.0.53:5353");
const OTHERS: readonly LiveServer[] = [
  { name: "corp", zones: ["corp.example", "shop.example"], forwardPlugin: { upstreams: ["192.0.2.1"] } },
];
const OURS = { name: "lc-shop", zones: ["shop"], forwardPlugin: { upstreams: ["10.0.0.53:5353"] } };

test("a zone is put after others' servers, and taken out again", () => {
  const put = patchServers(OTHERS, { wanted: [SHOP], ours: [] });
  expect(put).toMatchObject({ value: [...OTHERS, OURS], zones: [{ zone: "shop", action: "added" }] });
  expect(patchServers([...OTHERS, OURS], { wanted: [], ours: ["shop"] })).toMatchObject({
    value: OTHERS,
    zones: [{ zone: "shop", action: "removed" }],
  });
});

test("what the API server fills in stays, and is no change", () => {
  const filled = { ...OURS, forwardPlugin: { ...OURS.forwardPlugin, policy: "Random", protocolStrategy: "" } };
  expect(patchServers([filled, ...OTHERS], { wanted: [SHOP], ours: ["shop"] })).toMatchObject({
    value: [filled, ...OTHERS],
    zones: [{ action: "kept" }],
  });
  const moved = zoneTo("shop", "10.0.0.54");
  expect(patchServers([filled, ...OTHERS], { wanted: [moved], ours: ["shop"] })).toMatchObject({
    value: [{ ...filled, forwardPlugin: { ...filled.forwardPlugin, upstreams: ["10.0.0.54"] } }, ...OTHERS],
    zones: [{ action: "changed" }],
  });
});

test("a second server of a zone of ours is taken out", () => {
  expect(patchServers([OURS, { ...OURS, name: "copy" }], { wanted: [SHOP], ours: ["shop"] })).toMatchObject({
    value: [OURS],
    zones: [{ zone: "shop", action: "kept" }],
  });
});

test.each([
  ["a zone", [{ name: "corp", zones: ["a", "Shop."] }]],
  ["the name of its server", [{ name: "lc-shop", zones: ["other"] }]],
])("%s that somebody else has is refused", (_, servers) => {
  expect(patchServers(servers, { wanted: [SHOP], ours: [] })).toMatchObject({
    kind: "refused",
    faults: [expect.any(String)],
  });
});
