import { compareRoots, liveRootsOf } from "../../mesh/bundle.ts";
import { istiodName, SELF_SIGNED } from "../../mesh/names.ts";
import { type RootState, wantedRoots } from "../../mesh/root-state.ts";
import type { LiveManifest } from "../../model/manifest.ts";
import type { AuthorityStatus } from "../../model/mesh-status.ts";
import type { MeshedCloud } from "../../rendered/meshed-clouds.ts";
import { judgeAuthority } from "./authority.ts";
import type { LiveMesh } from "./live-mesh.ts";

/** What the trust of a mesh is held against. */
export interface TrustCriteria {
  /** PEM of the root that workloads are told to trust; undefined where that is not seen. */
  readonly served: string | undefined;
  /** Whom the key store wants to be trusted; undefined where it has no root for the cloud. */
  readonly state: RootState | undefined;
  readonly now: Date;
}

export interface JudgedTrust {
  readonly authority: AuthorityStatus;
  /** Who trusts whom is not as it should be. */
  readonly alarms: readonly string[];
  readonly remarks: readonly string[];
}

type Secrets = Pick<LiveMesh, "cacerts" | "selfSigned">;

/** Who signs for a control plane, and whether workloads are told to trust that. */
export function judgeTrust(cloud: MeshedCloud, secrets: Secrets, criteria: TrustCriteria): JudgedTrust {
  const { cacerts } = secrets;
  const authority = authorityOf(secrets, criteria);
  return {
    authority,
    alarms: [
      ...selfMadeAlarms(cloud.name, secrets),
      ...(authority.state === "other" ? [STRANGE] : []),
      ...(authority.state === "broken" ? [BROKEN] : []),
      ...servedAlarms(cloud.name, cacerts.isSeen ? cacerts.value : undefined, criteria),
    ],
    remarks: remarksOf(cloud, authority),
  };
}

const OTHER_FOLDER =
  "use the state folder that made it; where lcloud has not made it, lcloud post-sync says what to do";
const STRANGE = `Secret/cacerts has a root that the state folder does not have; ${OTHER_FOLDER}`;
const BROKEN =
  "Secret/cacerts holds no authority that workloads could trust: its chain does not end in its root, or it has ended; delete it and run lcloud post-sync";

function authorityOf({ cacerts, selfSigned }: Secrets, { served, state, now }: TrustCriteria): AuthorityStatus {
  const isSelfMade = selfSigned.isSeen && selfSigned.value !== undefined;
  if (!cacerts.isSeen) return { state: isSelfMade ? "self-signed" : "unknown" };
  const { value: secret } = cacerts;
  const isServed = secret !== undefined && (served === undefined || holdsRoot(secret, served));
  return isSelfMade && !isServed ? { state: "self-signed" } : judgeAuthority(secret, state, now);
}

/** Whether what workloads trust has something in common with what Secret `cacerts` says. */
const holdsRoot = ({ data }: LiveManifest, served: string): boolean =>
  compareRoots(served, liveRootsOf((data ?? {}) as Readonly<Record<string, string>>)) !== "other";

function selfMadeAlarms(cloud: string, { selfSigned }: Secrets): readonly string[] {
  if (!selfSigned.isSeen || selfSigned.value === undefined) return [];
  const what = `${istiodName(cloud)} has made an authority of its own (Secret/${SELF_SIGNED}), which no other cluster trusts`;
  return [`${what}; delete that Secret, run lcloud post-sync, then restart the control plane and its workloads`];
}

/** Without a right on Secrets, what workloads are told is all that shows who signs. */
function servedAlarms(
  cloud: string,
  secret: LiveManifest | undefined,
  { served, state }: TrustCriteria,
): readonly string[] {
  if (served === undefined) return [];
  if (secret !== undefined) {
    const what = `workloads are told to trust another root than that of Secret/cacerts; see the log of ${istiodName(cloud)}`;
    return holdsRoot(secret, served) ? [] : [what];
  }
  if (state === undefined || compareRoots(served, wantedRoots(state)) !== "other") return [];
  return [`workloads are told to trust a root that the state folder does not have; ${OTHER_FOLDER}`];
}

function remarksOf({ name, mesh }: MeshedCloud, { state, isDue }: AuthorityStatus): readonly string[] {
  if (state === "missing") {
    const remedy =
      mesh.trust === "post-sync" ? "run lcloud post-sync" : `${BRINGERS[mesh.trust]} has not brought it yet`;
    return [`${istiodName(name)} waits for its authority, Secret/cacerts; ${remedy}`];
  }
  if (isDue !== true) return [];
  switch (mesh.trust) {
    case "post-sync":
      return ["the next post-sync renews its authority"];
    case "sops":
      return [`its authority is to be renewed; run lcloud enroll ${name}, and deliver what that has encrypted`];
    case "cert-manager":
      return ["its authority is to be renewed; look at Certificate/cacerts if cert-manager does not soon"];
  }
}

const BRINGERS = { sops: "Flux", "cert-manager": "cert-manager" } as const;
