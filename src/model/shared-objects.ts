import { groupOf, type Ref } from "./ref.ts";

/** ConfigMap of additions to the platform's CoreDNS, which anybody may make: AKS, k3s and Gardener read it. */
export const CUSTOM_DNS = "coredns-custom";

/**
 * Whether an object is shared with the platform and others, so that fields of it are ours and the object is not. It has no
 * label of ours and asks for none; what others have in it is neither looked at nor written; it is never deleted: what we no
 * longer want of it, we let go of.
 *
 * @param cloud - Whose unit holds it: what a cloud calls so in a namespace of its own is all its own.
 */
export const isShared = ({ apiVersion, kind, name }: Ref, cloud: string | undefined): boolean =>
  cloud === undefined && groupOf(apiVersion) === "" && kind === "ConfigMap" && name === CUSTOM_DNS;
