import { expect, test } from "vitest";
import { queryDns } from "./dns-client.ts";
import { startDnsLoad } from "./dns-load.ts";
import { startDnsUpstream } from "./dns-upstream.ts";
import { waitFor } from "./wait.ts";

const ADDRESS = "127.0.0.1";

test("the servers outside know no name, and tell who was asked for", async () => {
  const { port, asked, stop } = await startDnsUpstream();
  expect(await queryDns({ address: ADDRESS, port }, "www.example.com", "A", { udpSize: 1232 })).toMatchObject({
    rcode: "NXDOMAIN",
    answers: [],
    additional: [],
  });
  expect(asked).toEqual(["www.example.com."]);
  await stop();
});

test("a query to a port where nobody listens fails at once", async () => {
  const { port, stop } = await startDnsUpstream();
  await stop();
  const start = performance.now();
  await expect(queryDns({ address: ADDRESS, port }, "a.test", "A")).rejects.toThrow("no answer to A of a.test");
  await expect(queryDns({ address: ADDRESS, port }, "a.test", "A", { tcp: true })).rejects.toThrow("no answer");
  expect(performance.now() - start).toBeLessThan(4_000);
});

test("a load counts every answer, and what has none as lost", async () => {
  const { port, asked, stop } = await startDnsUpstream();
  const load = await startDnsLoad({ address: ADDRESS, port }, "a.test", "A", 1_000);
  await waitFor("some are answered", () => asked.length > 50 || undefined);
  await stop();
  const known = asked.length;
  await waitFor("some are lost", () => load.sent > known + 50 || undefined);
  const { sent, answered, lost } = await load.stop();
  expect(lost).toBeGreaterThanOrEqual(50);
  expect(answered).toEqual({ NXDOMAIN: sent - lost });
});
