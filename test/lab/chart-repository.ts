import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { createAuthority } from "./authority.ts";
import { labBinary } from "./binaries.ts";
import { removeAtEnd } from "./guarded-process.ts";
import { type IstioChart, type IstioRelease, istioChart } from "./istio-charts.ts";

/** A server of Helm charts, as Istio's own is one. */
export interface ChartRepository extends AsyncDisposable {
  /** `https://localhost:port/charts` */
  readonly url: string;
  /** What a program that runs helm needs in its environment, so that helm trusts the server. */
  readonly env: { readonly SSL_CERT_FILE: string };
  stop(): Promise<void>;
}

const CHARTS: readonly IstioChart[] = ["base", "istiod", "gateway"];

/**
 * Serve Istio's charts on loopback, in versions that nobody else can download here.
 *
 * @param versions - By the version that they are served as: `{ "1.31.1": "1.31" }`.
 */
export async function startChartRepository(versions: Readonly<Record<string, IstioRelease>>): Promise<ChartRepository> {
  const folder = await mkdtemp(join(tmpdir(), "lcloud-charts-"));
  const release = removeAtEnd(folder);
  const authority = createAuthority("charts-ca");
  const { certificate: cert, key } = authority.issue("charts", { dnsNames: ["localhost"] });
  const server = createServer({ cert, key }, async ({ url = "" }, response) => {
    const file = await readFile(join(folder, basename(url))).catch(() => undefined);
    response.writeHead(file === undefined ? 404 : 200).end(file);
  });
  const stop = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
    await release();
  };
  try {
    await packCharts(folder, versions);
    const trusted = join(folder, "ca.pem");
    await writeFile(trusted, authority.certificate);
    await once(server.listen(0, "127.0.0.1"), "listening");
    const { port } = server.address() as AddressInfo;
    const url = `https://localhost:${port}/charts`;
    return { url, env: { SSL_CERT_FILE: trusted }, stop, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function packCharts(folder: string, versions: Readonly<Record<string, IstioRelease>>): Promise<void> {
  const helm = await labBinary("helm");
  const run = (args: readonly string[]): Promise<unknown> =>
    promisify(execFile)(helm, args, { env: { PATH: process.env["PATH"], HOME: folder } });
  for (const [version, istio] of Object.entries(versions)) {
    for (const chart of CHARTS) {
      const path = await istioChart(chart, istio);
      await run(["package", path, "--version", version, "--app-version", version, "--destination", folder]);
    }
  }
  await run(["repo", "index", folder]);
}
