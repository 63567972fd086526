import { createSocket } from "node:dgram";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { startLab } from "../../lab/clusters.ts";
import { type CoreDns, startCoreDns } from "../../lab/coredns.ts";
import { startDnsLoad } from "../../lab/dns-load.ts";
import { decodeAnswer, encodeQuery } from "../../lab/dns-message.ts";
import { addService } from "../../lab/dns-services.ts";
import { waitFor } from "../../lab/wait.ts";
import { corefileOf, patch, zonesOf } from "./corefiles.ts";
import { inMs, median, quantile, tell } from "./measure.ts";

const ZONES = zonesOf(200);
const QUERIES = 5_000;
const RATE = 1_000;

/** What an API server takes of a ConfigMap. */
const LIMIT = 1_048_576;

const OWN = "web.tenant-0-web.svc.cluster.local";

/** A real CoreDNS before and after it has 200 zones: its Corefile, its answers, its reload. */
export async function benchServing(reloads: number): Promise<void> {
  const corefile = corefileOf(0);
  const patched = patch(corefile, ZONES);
  const bytes = Buffer.byteLength(patched);
  if (bytes > LIMIT) throw new Error(`${bytes} bytes do not fit into a ConfigMap`);
  tell(`Corefile with ${ZONES.length} zones, of ${LIMIT} bytes at most`, `${bytes} bytes`);

  await using lab = await startLab([{ name: "bench" }]);
  await using dns = await startCoreDns(lab.clusters.bench, { corefile });
  await addService(lab.clusters.bench, "tenant-0-web", "web");
  await waitFor("the Service is known", async () => (await dns.query(OWN, "A")).answers.length === 1 || undefined);
  await tellLatency(dns, "a Service's own name, without zones", OWN);
  tell("memory without zones", await memoryOf(dns));
  const added: number[] = [];
  const removed: number[] = [];
  const load = await startDnsLoad(dns, OWN, "A", RATE);
  for (let reload = 0; reload < reloads; reload += 1) {
    added.push(await reloadMs(dns, patched));
    if (reload + 1 < reloads) removed.push(await reloadMs(dns, corefile));
  }
  const { sent, lost, slowestMs } = await load.stop();
  tell(`reload with ${ZONES.length} zones, median of ${added.length}`, inMs(median(added), 0));
  tell(`reload without zones, median of ${removed.length}`, inMs(median(removed), 0));
  tell(`lost of ${sent} queries, ${RATE} a second, while it reloads`, String(lost));
  tell("the slowest of them", inMs(slowestMs));
  await tellLatency(dns, `a Service's own name, with ${ZONES.length} zones`, OWN);
  await tellLatency(dns, "the same Service by its zone", "web.tenant-0");
  tell(`memory with ${ZONES.length} zones`, await memoryOf(dns));
}

/** One query after another, on one socket. */
async function tellLatency(dns: CoreDns, what: string, name: string): Promise<void> {
  const socket = createSocket("udp4");
  socket.connect(dns.port, dns.address);
  await once(socket, "connect");
  const times: number[] = [];
  for (let id = 0; id < QUERIES; id += 1) {
    const start = performance.now();
    socket.send(encodeQuery(id, name, "A"));
    const [message] = await once(socket, "message", { signal: AbortSignal.timeout(5_000) });
    times.push(performance.now() - start);
    if (decodeAnswer(message).answers.length !== 1) throw new Error(`no answer for ${name}`);
  }
  socket.close();
  tell(`${what}: median, 99 % of ${QUERIES} queries`, `${inMs(median(times), 2)}, ${inMs(quantile(times, 0.99), 2)}`);
}

/** @returns Milliseconds from the begin of the reload, as its log tells it, to its end. */
async function reloadMs(dns: CoreDns, corefile: string): Promise<number> {
  const [replica] = dns.replicas;
  if (replica === undefined) throw new Error("there is no replica");
  await dns.writeCorefile(corefile);
  const until = async (isReloading: boolean): Promise<number> => {
    while (replica.isReloading !== isReloading) await sleep(2);
    return performance.now();
  };
  const begin = await until(true);
  return (await until(false)) - begin;
}

async function memoryOf({ replicas }: CoreDns): Promise<string> {
  const samples = (await replicas[0]?.metrics()) ?? [];
  const bytes = samples.find(({ name }) => name === "process_resident_memory_bytes")?.value ?? 0;
  return `${(bytes / 1e6).toFixed(0)} MB`;
}
