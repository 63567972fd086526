import type { Delivery } from "./delivery.ts";
import type { Manifest } from "./manifest.ts";
import { groupOf } from "./ref.ts";

/** Fields of a Secret that hold its values. */
export const SECRET_FIELDS = ["data", "stringData"] as const;

/** A value as SOPS encrypts it. */
const CIPHERTEXT = /^ENC\[AES256_GCM,data:[A-Za-z0-9+/=]+,iv:[A-Za-z0-9+/=]+,tag:[A-Za-z0-9+/=]+,type:\w+\]$/;

export const isSecret = ({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): boolean =>
  kind === "Secret" && groupOf(apiVersion) === "";

/**
 * How an object holds values that nobody may read: not at all, for everybody, or encrypted by SOPS. Empty ones SOPS leaves
 * as they are.
 */
export function secretValuesOf(manifest: Manifest): "none" | "plain" | "encrypted" {
  if (!isSecret(manifest)) return "none";
  const values = SECRET_FIELDS.flatMap((field) => Object.values(manifest[field] ?? {}));
  if (isEncrypted(manifest)) {
    return values.every((value) => value === "" || CIPHERTEXT.test(String(value))) ? "encrypted" : "plain";
  }
  return values.length > 0 ? "plain" : "none";
}

/** As Flux sees it. @see https://fluxcd.io/flux/components/kustomize/kustomizations/#decryption */
const isEncrypted = ({ sops }: Manifest): boolean =>
  typeof sops === "object" && sops !== null && "mac" in sops && typeof sops.mac === "string";

/** Whether who delivers to a cluster decrypts what SOPS has encrypted. */
export const decrypts = (delivery: Delivery): boolean =>
  delivery.kind !== "direct" && delivery.engine.kind === "flux" && delivery.engine.decryptionSecret !== undefined;

/** What to do where nobody {@link decrypts}. */
export const DECRYPT_REMEDY = "only Flux decrypts it, with flux.decryptionSecret; set that in the cluster's delivery";
