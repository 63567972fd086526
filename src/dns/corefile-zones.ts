import { isIP } from "node:net";
import { MAX_CONFIG_BYTES } from "../model/config-map.ts";
import { readLayout } from "./corefile/layout.ts";
import { type Imports, type PatchInput, patchCorefile } from "./corefile/patch.ts";
import type { Patched, PatchRequest } from "./patched.ts";
import type { Zone } from "./zone.ts";

/**
 * {@link patchCorefile} as other places of zones are patched.
 *
 * @param corefile - Undefined where it is not there.
 */
export function patchZones(
  corefile: string | undefined,
  { wanted, ours }: PatchRequest<Zone>,
  imports?: Imports,
): Patched<string | undefined> {
  if (corefile === undefined) return { kind: "refused", faults: ["has no key Corefile; name the provider of its DNS"] };
  const input: PatchInput = { corefile, zones: wanted, ours, imports };
  const result = patchCorefile(input);
  if (!result.ok) return { kind: "refused", faults: result.faults.map(({ path, message }) => `${path}: ${message}`) };
  const { patch } = result;
  const bytes = Buffer.byteLength(patch.corefile);
  if (bytes > MAX_CONFIG_BYTES && patch.corefile.length > corefile.length) {
    const what = `Corefile: would have ${bytes} bytes, and a ConfigMap takes ${MAX_CONFIG_BYTES}`;
    return { kind: "refused", faults: [`${what}; give fewer clouds a zone, or take something out of it`] };
  }
  const names = { added: patch.added, changed: patch.changed, removed: patch.removed, kept: patch.unchanged };
  const zones = Object.entries(names) as readonly (readonly [keyof typeof names, readonly string[]])[];
  return {
    kind: "patched",
    value: patch.corefile,
    zones: zones.flatMap(([action, each]) => each.map((zone) => ({ zone, action }))),
    remarks: patch.remarks,
  };
}

/** Where CoreDNS says what it has loaded, or why that cannot be known. */
export type MetricsPlace =
  | { readonly kind: "port"; readonly port: number }
  | { readonly kind: "unseen"; readonly reason: string };

/**
 * The port of the metrics that the block of `.` gives, and ours with it.
 *
 * @see https://coredns.io/plugins/metrics/
 */
export function metricsPlaceOf(corefile: string, imports?: Imports): MetricsPlace {
  const layout = readLayout(corefile, { imports });
  const unseen = (reason: string): MetricsPlace => ({ kind: "unseen", reason });
  if ("faults" in layout) return unseen("its Corefile cannot be read");
  const reloads = layout.corefile.blocks.some(({ directives }) => directives.some(({ name }) => name === "reload"));
  if (!reloads) return unseen("its Corefile has no plugin reload; restart it");
  const { prometheus } = layout.listener;
  if (prometheus === undefined) return unseen("its Corefile has no plugin prometheus for the zone .");
  const [, host = "", port] = /^(.*):(\d+)$/.exec(prometheus || "localhost:9153") ?? [];
  if (port === undefined) return unseen(`nobody knows the port of its metrics ("${prometheus}")`);
  const isLocal = host === "localhost" || (isIP(host) === 4 && host.startsWith("127.")) || host === "[::1]";
  return isLocal
    ? unseen(`it tells its metrics to itself alone ("prometheus ${prometheus}")`)
    : { kind: "port", port: Number(port) };
}
