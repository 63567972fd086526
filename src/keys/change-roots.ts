import type { RootState } from "../mesh/root-state.ts";
import { CloudError } from "../model/error.ts";
import { readAuthority } from "../x509/authority.ts";
import type { MeshSigner, MeshTrust } from "./mesh-trust.ts";

/** What is there after somebody has brought a root; undefined where it is there already. */
export function importedIn(found: MeshTrust | undefined, cloud: string, signer: MeshSigner): MeshTrust | undefined {
  if (found === undefined)
    return { state: { root: signer.root, retired: [] }, signers: [signer], authorities: new Map() };
  if (found.signers.some((each) => haveSame(each, signer))) return undefined;
  const remedy = `to change it without cutting workloads off, run lcloud rotate mesh/${cloud}`;
  throw new CloudError("KEY_STORE", `${cloud}: its mesh has another root already, and keeps it; ${remedy}`);
}

const haveSame = (one: MeshSigner, other: MeshSigner): boolean =>
  one.root === other.root && one.chain === other.chain && one.key === other.key;

/** The trust of a cloud that begins to change its root; what is there, where it has begun before. */
export function rotationIn(found: MeshTrust, cloud: string, makeSigner: () => MeshSigner): MeshTrust {
  const { state, signers } = found;
  if (state.rotation !== undefined) return found;
  const signer = makeSigner();
  const { fingerprint } = readAuthority(signer.root);
  if (signer.root === state.root || state.retired.includes(fingerprint)) {
    throw new CloudError("KEY_STORE", `${cloud}: its mesh has or had that root already; bring another one`);
  }
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

const sorted = ({ root, rotation, retired }: RootState) => [
  root,
  retired,
  rotation?.step,
  rotation?.newRoot,
  rotation?.seen?.toISOString(),
];
