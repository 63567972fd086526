import { expect, test } from "vitest";
import { filesOf } from "../../src/dns/custom-config-map.ts";
import type { LiveManifest } from "../../src/model/manifest.ts";

const live = (fields: object): LiveManifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "coredns-custom", namespace: "kube-system", uid: "1", resourceVersion: "1" },
  ...fields,
});

test("CoreDNS imports keys of binaryData too, whatever is in them", () => {
  const binaryData = { "a.server": Buffer.from("x {").toString("base64"), "b.server": "/w==" };
  expect(filesOf(live({ data: { "lc-shop.server": "shop {\n}\n" }, binaryData }))).toEqual({
    "a.server": "x {",
    "b.server": "\uFFFD",
    "lc-shop.server": "shop {\n}\n",
  });
});

test.each([undefined, live({}), live({ data: null })])(
  "a ConfigMap that is not there, or empty, has no files",
  (empty) => {
    expect(filesOf(empty)).toEqual({});
  },
);
