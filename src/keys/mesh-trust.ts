import type { Cacerts } from "../mesh/bundle.ts";
import { type RootState, signingRoot, wantedRoots } from "../mesh/root-state.ts";
import { CloudError } from "../model/error.ts";

/** All that the state folder has of a cloud's mesh, private keys included: no report and no output may hold one. */
export interface MeshTrust {
  /** Whom the cloud's workloads are to trust, and how far a change of root is. */
  readonly state: RootState;
  /** Who may sign authorities of clusters: one for each root of `state`, the one that is to go first. */
  readonly signers: readonly MeshSigner[];
  /** By cluster. */
  readonly authorities: ReadonlyMap<string, ClusterAuthority>;
}

/** A root, or somebody below it, with its private key. */
export interface MeshSigner {
  /** PEM of the root, self-signed. */
  readonly root: string;
  /** PEM of those from the signer up to below the root, the signer first; empty where the root itself signs. */
  readonly chain: string;
  /** Private key of the signer: PKCS#8 in PEM. */
  readonly key: string;
  /** Somebody has brought it: the next root is not made here either. */
  readonly isBrought?: true;
}

/** The authority with which a cluster's control plane signs. */
export interface ClusterAuthority {
  /** PEM */
  readonly certificate: string;
  /** PKCS#8 in PEM. */
  readonly key: string;
  /** PEM of those between it and the root; mostly empty. */
  readonly chain: string;
}

/**
 * What a cluster is to have as Secret `cacerts`.
 *
 * @throws {@link CloudError} `KEY_STORE` for a cluster that has no authority.
 */
export function cacertsFor({ state, authorities }: MeshTrust, cluster: string): Cacerts {
  const authority = authorities.get(cluster);
  if (authority === undefined) {
    throw new CloudError("KEY_STORE", `${cluster}: there is no authority for its mesh; run lcloud enroll`);
  }
  const { certificate, key, chain } = authority;
  return { caCert: certificate, caKey: key, rootCert: wantedRoots(state), certChain: certificate + chain };
}

/** Who is to sign authorities now. @throws {@link CloudError} `KEY_STORE` where its key is not there. */
export function signerOf({ state, signers }: MeshTrust): MeshSigner {
  const wanted = signingRoot(state);
  const signer = signers.find(({ root }) => root === wanted);
  if (signer !== undefined) return signer;
  throw new CloudError("KEY_STORE", "the key of the mesh's root is not there; restore the state folder");
}
