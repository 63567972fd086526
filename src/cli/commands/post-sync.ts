import { type Command, Option } from "commander";
import type { PostSyncOptions } from "../../pipeline.ts";
import {
  type ClusterFlags,
  examples,
  type OutputFlags,
  parseTimeout,
  type StateFlags,
  withClusters,
  withOutput,
  withState,
  workplaceOf,
} from "../options.ts";
import { failuresOfAccess, formatAccess, reportAccess } from "../render/access.ts";
import { runCommand } from "../run-command.ts";

export interface TimeoutFlags {
  /** Milliseconds. */
  readonly timeout: number;
}

export interface WaitFlags {
  /** Milliseconds. */
  readonly wait?: number;
}

interface Flags extends OutputFlags, ClusterFlags, StateFlags, TimeoutFlags, WaitFlags {
  readonly approveOnly?: boolean;
  readonly collectOnly?: boolean;
  readonly dnsOnly?: boolean;
  readonly meshOnly?: boolean;
  readonly revertDns?: boolean;
}

export function addPostSync(program: Command): void {
  const command = program
    .command("post-sync")
    .summary("approve users' certificates, write their kubeconfigs, put zones into DNS, join meshes")
    .description(
      "Give each user access to their clusters, and write <state>/kubeconfigs/<cloud>/<user>.yaml: request a " +
        "certificate, compare the live request with the reviewed one in dist/, approve it, collect and verify the " +
        "certificate. Where users have tokens or log in elsewhere, there is nothing to approve. A credential that is " +
        "right, and has more than a third of its life left, is kept.\n\n" +
        "The two halves can be done by different people or jobs: whoever collects also requests, and needs the keys; " +
        "whoever approves needs none.\n\n" +
        "Then put the zones of clouds into each cluster's DNS, in one write, and wait until it is loaded. What others have " +
        "there stays as it is; a configuration that the DNS server would refuse is never written.\n\n" +
        "The control planes of clouds' meshes get their authorities first, from the state folder, and learn of the other " +
        "clusters of their cloud: of each as soon as its gateway has an address, and from then on. A load balancer that " +
        "was made in the last quarter of an hour is waited for, and holds up no other cluster and no other cloud; a " +
        "cluster without an address ends the command with exit code 3, and the next run goes on.",
    )
    .addOption(
      new Option("--approve-only", "approve what somebody else requests").conflicts(["collectOnly", ...PART_FLAGS]),
    )
    .addOption(new Option("--collect-only", "request, and collect what somebody else approves").conflicts(PART_FLAGS))
    .addOption(
      new Option("--dns-only", "only put the zones of clouds into clusters' DNS").conflicts(["revertDns", "meshOnly"]),
    )
    .addOption(new Option("--mesh-only", "only give meshes their authorities, and join them").conflicts("revertDns"))
    .addOption(new Option("--revert-dns", "only put back clusters' DNS as it was before the last write"))
    .addHelpText("after", examples(EXAMPLES));
  command.addOption(
    new Option(
      "--wait [time]",
      "how long each cluster has for all that is waited for: its agent, and then a new gateway's address",
    )
      .argParser(parseTimeout)
      .preset(WAIT),
  );
  const awaited = "an approved certificate and, without --wait, for a new gateway's address";
  withOutput(withTimeout(withState(withClusters(command)), awaited)).action(postSync);
}

const PART_FLAGS = ["dnsOnly", "revertDns", "meshOnly"];

export const withTimeout = (command: Command, awaited = "an approved certificate"): Command =>
  command.addOption(
    new Option("--timeout <time>", `how long to wait for ${awaited}: 30s or 5m`)
      .argParser(parseTimeout)
      .default(60_000, "60s"),
  );

/** How long agents are waited for where nobody says. */
export const WAIT = "10m";

const EXAMPLES = `
lcloud post-sync
lcloud post-sync --cluster gke-staging-eu --timeout 5m
lcloud post-sync --wait
lcloud post-sync --approve-only
lcloud post-sync --collect-only --state ~/keys
lcloud post-sync --dns-only
lcloud post-sync --mesh-only
lcloud post-sync --cluster gke-staging-eu --revert-dns
`;

async function postSync(flags: Flags): Promise<void> {
  const { cluster: clusters, state, timeout: timeoutMs, wait: waitMs } = flags;
  await runCommand(flags, async ({ onProgress }) => {
    const pipeline = await import("../../pipeline.ts");
    const report = await pipeline.postSync({
      ...workplaceOf(flags),
      ...{ clusters, onProgress, state, half: halfOf(flags), timeoutMs },
      ...(waitMs === undefined ? {} : { waitMs }),
    });
    return { report: reportAccess(report), text: formatAccess(report), ...failuresOfAccess(report) };
  });
}

function halfOf({ approveOnly, collectOnly, dnsOnly, meshOnly, revertDns }: Flags): PostSyncOptions["half"] {
  if (revertDns) return "revert-dns";
  if (dnsOnly) return "dns";
  if (meshOnly) return "mesh";
  return approveOnly ? "approve" : collectOnly ? "collect" : "both";
}
