import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dump } from "js-yaml";
import type { Measurement } from "./measure.ts";
import { CLUSTERS, cloudNames, cloudObjects } from "./tenants.ts";

/** `helm template` of one chart, once for each cluster; Helm's own start is in it. */
export async function measureHelm(helm: string, count: number, outdir: string): Promise<Measurement> {
  const chart = writeChart(count, outdir);
  const start = performance.now();
  let mb = 0;
  for (const cluster of CLUSTERS) {
    const output = openSync(join(outdir, `${cluster}.yaml`), "w");
    const values = ["--values", join(chart, `${cluster}.yaml`)];
    const child = spawn(helm, ["template", "bench", chart, ...values], { stdio: ["ignore", output, "inherit"] });
    const timer = setInterval(() => {
      mb = Math.max(mb, peakOf(child.pid));
    }, 20);
    const [code] = await once(child, "exit");
    clearInterval(timer);
    if (code !== 0) throw new Error(`helm template ended with ${code}`);
  }
  return { ms: performance.now() - start, mb };
}

/** A template for each object of a tenant; what differs between clusters is a value. */
function writeChart(count: number, outdir: string): string {
  const chart = join(outdir, "chart");
  mkdirSync(join(chart, "templates"), { recursive: true });
  writeFileSync(join(chart, "Chart.yaml"), dump({ apiVersion: "v2", name: "bench", version: "0.1.0" }));
  writeFileSync(join(chart, "values.yaml"), dump({ clouds: cloudNames(count) }));
  const [withNodeLocal = "", without = ""] = CLUSTERS;
  const objects = cloudObjects("TENANT", without);
  for (const [index, object] of cloudObjects("TENANT", withNodeLocal).entries()) {
    const [text, other] = [template(object), template(objects[index] ?? {})];
    const body = text === other ? text : `{{- if $.Values.nodeLocalDns }}\n${text}{{- else }}\n${other}{{- end }}\n`;
    writeFileSync(join(chart, "templates", `${index}.yaml`), `{{- range .Values.clouds }}\n---\n${body}{{- end }}\n`);
  }
  for (const [index, cluster] of CLUSTERS.entries()) {
    writeFileSync(join(chart, `${cluster}.yaml`), dump({ nodeLocalDns: index % 2 === 0 }));
  }
  return chart;
}

const template = (object: object): string => dump(object, { noRefs: true }).replaceAll("TENANT", "{{ . }}");

/** Peak of a process' memory in MB; 0 where the system does not tell. */
function peakOf(pid: number | undefined): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
