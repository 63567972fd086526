import { parseRemote, type RemoteEndpoint } from "../../mesh/remote-secret.ts";
import type { Absence, MeshView } from "./look-at-mesh.ts";

/** What each cluster of a cloud is to be told of the others. */
export interface RemotesDecision {
  /** Kubeconfigs by cluster, for each cluster that may be written to. */
  readonly entries: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Clusters of which nobody is told, and why. */
  readonly absent: ReadonlyMap<string, Absence>;
  /** What somebody should know of a cluster. */
  readonly remarks: ReadonlyMap<string, string>;
}

/**
 * Decide what the clusters of a cloud are told of each other.
 *
 * What a cluster says of itself counts. Of one that cannot be asked, the others keep what they have: leaving it out would
 * cut its traffic. But whoever may write Secrets in one cluster can put any entry there. So what is read back stays where
 * it is, as far as it is, to the byte, as we write it: no program, no file, no API server that is not verified. And it is
 * taken to another cluster only if it has the address and the authority that we know ourselves, and no other cluster has
 * another one that has them too: then nothing but a token comes from there, and it is sent to nobody but whom it is for.
 *
 * Clusters that are not the cloud's any more are left out.
 *
 * @param views - Of all clusters of the cloud in dist/: also of those that were not asked, or did not answer. A cluster that is alone is told of none.
 */
export function decideRemotes(views: readonly MeshView[]): RemotesDecision {
  const entries = new Map(views.filter(isRead).map(({ cluster }) => [cluster, new Map<string, string>()]));
  const absent = new Map<string, Absence>();
  const remarks = new Map<string, string>();
  if (views.length === 1) return { entries, absent, remarks };
  for (const view of views) {
    const { cluster, own } = view;
    const { told, remark } = own.kind === "joins" ? tellAll(own.text, views) : keepEntry(view, views);
    for (const [name, text] of told) entries.get(name)?.set(cluster, text);
    if (remark !== undefined) remarks.set(cluster, remark);
    if (own.kind === "absent" && told.size === 0) absent.set(cluster, own);
  }
  return { entries, absent, remarks };
}

const isRead = ({ remotes }: MeshView): boolean => remotes !== undefined;

const tellAll = (text: string, views: readonly MeshView[]): KeptEntry => ({
  told: new Map(views.filter(isRead).map(({ cluster }) => [cluster, text])),
});

interface KeptEntry {
  /** By the clusters that are told. */
  readonly told: ReadonlyMap<string, string>;
  readonly remark?: string;
}

/** What the clusters are told of one that gives no entry of its own. */
function keepEntry({ cluster, endpoint }: MeshView, views: readonly MeshView[]): KeptEntry {
  const copies = new Map(
    views.flatMap(({ cluster: holder, remotes }) => {
      const text = remotes?.get(cluster);
      return text !== undefined && parseRemote(cluster, text) !== undefined ? [[holder, text] as const] : [];
    }),
  );
  const all = new Set(copies.values());
  const [text, ...more] = [...all].filter((each) => endpoint !== undefined && leadsTo(endpoint, cluster, each));
  // its own Secret says whether it has joined by its own word
  const takers = copies.has(cluster) ? views : views.filter((view) => view.cluster !== cluster);
  if (text !== undefined && more.length === 0) return tellAll(text, takers);
  return { told: copies, ...(all.size > 1 ? { remark: DIFFERENT } : {}) };
}

const DIFFERENT = "is known to the others by different entries; each keeps its own until it answers";

function leadsTo(known: RemoteEndpoint, cluster: string, text: string): boolean {
  const { server, certificateAuthority, tlsServerName } = parseRemote(cluster, text)?.endpoint ?? {};
  const { certificateAuthority: authority, tlsServerName: serverName } = known;
  return server === known.server && certificateAuthority === authority && tlsServerName === serverName;
}
