import { expect } from "vitest";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import type { Manifest } from "../../src/model/manifest.ts";
import { waitFor } from "../lab/wait.ts";

/** Quantities by resource. */
export interface QuotaStatus {
  readonly hard: Readonly<Record<string, string>>;
  readonly used: Readonly<Record<string, string>>;
}

/** What that quota of a namespace holds which counts cpu, as soon as what it says is what is counted. */
export function quotaIn(api: KubeApi, namespace: string): Promise<QuotaStatus> {
  return waitFor(`quota in ${namespace}`, async () => {
    const quotas = await api.list({ apiVersion: "v1", kind: "ResourceQuota" }, { namespace });
    const quota = quotas.find(({ spec }) => JSON.stringify(spec).includes("requests.cpu"));
    const { hard } = (quota?.["spec"] ?? {}) as Partial<QuotaStatus>;
    const status = (quota?.["status"] ?? {}) as Partial<QuotaStatus>;
    if (hard === undefined || status.used === undefined) return undefined;
    return JSON.stringify(status.hard) === JSON.stringify(hard) ? { hard, used: status.used } : undefined;
  });
}

/** Have a pod admitted, or refused by a quota and nothing else. */
export const tryCreate = (api: KubeApi, pod: Manifest, { dryRun = false } = {}): Promise<"admitted" | "refused"> =>
  api.apply(pod, { dryRun }).then(
    () => "admitted",
    (error: unknown) => {
      expect(error).toMatchObject({ code: "FORBIDDEN" });
      expect(String(error)).toContain("exceeded quota");
      return "refused";
    },
  );
