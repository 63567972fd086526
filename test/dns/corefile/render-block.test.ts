import { expect, test } from "vitest";
import { type Listener, renderBlock } from "../../../src/dns/corefile/render-block.ts";
import { DEV, SHOP } from "./zones.ts";

const LISTENER: Listener = { port: 53, prometheus: ":9153" };

test("a zone of namespaces is rewritten to Services, longer names first, and asked of CoreDNS itself", () => {
  expect(renderBlock(SHOP, LISTENER)).toBe(`shop:53 {
    errors
    prometheus :9153
    rewrite stop name suffix .pay.shop. .pay.svc.cluster.local. answer auto
    rewrite stop name suffix .shop-prod.shop. .shop-prod.svc.cluster.local. answer auto
    rewrite stop name suffix .shop. .shop-prod.svc.cluster.local. answer auto
    rewrite stop name exact shop. shop-prod.svc.cluster.local. answer auto
    forward svc.cluster.local. 127.0.0.1 {
        max_concurrent 1000
        max_fails 0
    }
}
`);
});

test("a zone of DNS servers is forwarded to their addresses", () => {
  expect(renderBlock(DEV, { port: 8053 })).toBe(`dev.example:8053 {
    errors
    cache 30
    forward . 10.0.0.10 fd00::10 {
        max_concurrent 1000
    }
}
`);
});

test.each<[Partial<Listener>, string]>([
  [{ port: 8053 }, "127.0.0.1:8053"],
  [{ bind: ["10.0.0.1", "fd00::1"] }, "10.0.0.1"],
  [{ bind: ["fd00::1"] }, "fd00::1"],
  [{ bind: ["fd00::1"], port: 8053 }, "[fd00::1]:8053"],
  [{ bind: ["0.0.0.0"] }, "127.0.0.1"],
  [{ bind: ["::"], port: 8053 }, "[::1]:8053"],
  [{ bind: ["0:0::0"] }, "::1"],
])("CoreDNS with %j reaches itself at %s", (listener, address) => {
  const text = renderBlock(SHOP, { ...LISTENER, ...listener });
  expect(text).toContain(`forward svc.cluster.local. ${address} {`);
});

test("it binds to the addresses that the listener binds to, and has its plugin prometheus or none", () => {
  const bound = renderBlock(SHOP, { port: 53, bind: ["10.0.0.1", "fd00::1"], prometheus: "" });
  expect(bound.split("\n").slice(1, 4)).toEqual(["    bind 10.0.0.1 fd00::1", "    errors", "    prometheus"]);
  expect(renderBlock(SHOP, { port: 53 })).not.toMatch(/bind|prometheus/);
});

test("lines end as they are told to", () => {
  expect(renderBlock(SHOP, LISTENER, "\r\n")).toBe(renderBlock(SHOP, LISTENER).replaceAll("\n", "\r\n"));
});
