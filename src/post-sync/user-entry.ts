import type { KeyStore } from "../keys/key-store.ts";
import { TOKEN_EXTENSION } from "../keys/state-layout.ts";
import { readCertificate } from "../x509/certificate.ts";
import { findOwnKey } from "./certificate-source.ts";
import type { UserGrant } from "./cluster-access.ts";
import { type KubeconfigUser, toBase64 } from "./kubeconfig.ts";

/**
 * A user's credential as a kubeconfig has it. Where the key is not in the store, it names a file beside the kubeconfig.
 *
 * @returns undefined where there is no credential.
 * @throws {@link CloudError} `KEY_STORE` for a key that cannot be read.
 */
export async function userEntry(
  { cloud, user, credential }: UserGrant,
  keys: KeyStore,
): Promise<KubeconfigUser | undefined> {
  switch (credential?.kind) {
    case undefined:
      return undefined;
    case "certificate": {
      const { publicKey, pem } = readCertificate(credential.certificate);
      const key = await findOwnKey(keys, cloud, user, publicKey);
      const keyPem = key?.export({ type: "pkcs8", format: "pem" }).toString();
      return {
        "client-certificate-data": toBase64(pem),
        ...(keyPem === undefined ? { "client-key": `${user}.key.pem` } : { "client-key-data": toBase64(keyPem) }),
      };
    }
    case "token": {
      const { reveal, requestedSeconds, issued, expires } = credential.token;
      const extension = { requestedSeconds, issued: issued.toISOString(), expires: expires.toISOString() };
      return { token: reveal(), extensions: [{ name: TOKEN_EXTENSION, extension }] };
    }
    case "exec":
      return { exec: credential.exec };
  }
}
