import type { RootState } from "../mesh/root-state.ts";
import { CloudError } from "../model/error.ts";
import { readAuthority } from "../x509/authority.ts";
import type { MeshSigner, MeshTrust } from "./mesh-trust.ts";

/** What is there after somebody has brought a root; undefined where it is there already. */
export function importedIn(found: MeshTrust | undefined, cloud: string, signer: MeshSigner): MeshTrust | undefined {
  if (found === undefined)
    return { state: { root: signer.root, retired: [] }, signers: [signer], authorities: new Map() };
  const there = found.signers.find(({ root }) => root === signer.root);
  if (there !== undefined && haveSame(there, signer)) return undefined;
  // authorities follow whoever signs, below a root that everybody trusts already
  if (there !== undefined) return { ...found, signers: found.signers.map((each) => (each === there ? signer : each)) };
  const remedy = `to change it without cutting workloads off, run lcloud rotate mesh/${cloud} --root with the same files`;
  throw new CloudError("KEY_STORE", `${cloud}: its mesh has another root already, and keeps it; ${remedy}`);
}

const haveSame = (one: MeshSigner, other: MeshSigner): boolean => one.chain === other.chain && one.key === other.key;

/** How a change of root is to begin. */
export interface RootChange {
  /** The root that somebody has brought; absent: one is made. */
  readonly signer?: MeshSigner;
  /** Begin although the root was changed before. */
  readonly again?: boolean;
}

/**
 * Whether a change of root may begin, is under way, or is done with, as it is where the root that is brought is there.
 *
 * A change that was asked for once ends: whoever asks again, as a schedule does, has to say that he means another one.
 *
 * @throws {@link CloudError} `INVALID` where a root would be made that nobody has asked for; `KEY_STORE` for a root that
 * cannot be the next one.
 */
export function checkChange(
  { state, signers }: MeshTrust,
  cloud: string,
  { signer, again }: RootChange,
): "begins" | "underway" | "done" {
  const { root, rotation, retired, changed } = state;
  const command = `lcloud rotate mesh/${cloud} --root`;
  if (rotation !== undefined) {
    if (signer === undefined || signer.root === rotation.newRoot) return "underway";
    const remedy = `bring that change to its end first (${command})`;
    throw new CloudError("KEY_STORE", `${cloud}: the root of its mesh is being changed to another one; ${remedy}`);
  }
  if (signer !== undefined) {
    if (signer.root === root) return "done";
    if (!retired.includes(readAuthority(signer.root).fingerprint)) return "begins";
    throw new CloudError("KEY_STORE", `${cloud}: its mesh had that root before; bring another one`);
  }
  if (signers.some((each) => each.root === root && each.isBrought)) {
    const remedy = "bring the next one, too, with --mesh-root-cert and --mesh-root-key";
    throw new CloudError(
      "INVALID",
      `${cloud}: somebody has brought the root of its mesh, and none is made here; ${remedy}`,
    );
  }
  if (changed === undefined || again) return "begins";
  const remedy = `nothing is left to do; to change it once more, run ${command} --again`;
  throw new CloudError("INVALID", `${cloud}: the root of its mesh was changed on ${changed.toISOString()}; ${remedy}`);
}

/** The trust of a cloud that begins to change its root; what is there, where none is to begin. @throws as {@link checkChange}. */
export function rotationIn(
  found: MeshTrust,
  cloud: string,
  change: RootChange,
  makeSigner: () => MeshSigner,
): MeshTrust {
  if (checkChange(found, cloud, change) !== "begins") return found;
  const { state, signers } = found;
  const signer = change.signer ?? makeSigner();
  return {
    ...found,
    state: { ...state, rotation: { step: "trust-both", newRoot: signer.root } },
    signers: [...signers, signer],
  };
}

/** Go on to the next state; undefined where that is what is there. */
export function advancedIn(found: MeshTrust, cloud: string, before: RootState, next: RootState): MeshTrust | undefined {
  if (isSame(found.state, next)) return undefined;
  if (!isSame(found.state, before)) {
    throw new CloudError("KEY_STORE", `${cloud}: somebody else goes on with its root at this time; run it again`);
  }
  const roots = [next.root, next.rotation?.newRoot];
  return { ...found, state: next, signers: found.signers.filter(({ root }) => roots.includes(root)) };
}

const isSame = (one: RootState, other: RootState): boolean =>
  JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));

const sorted = ({ root, rotation, retired, changed }: RootState) => [
  root,
  retired,
  changed?.toISOString(),
  rotation?.step,
  rotation?.newRoot,
  rotation?.seen?.toISOString(),
];
