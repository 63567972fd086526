/** What the certificate of an authority says. */
export interface AuthorityCertificate {
  /** As openssl writes it on one line, as in `O=logical-clouds, CN=shop root`. */
  readonly subject: string;
  readonly issuer: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** How many authorities may stand below it; undefined where any number may. */
  readonly pathLength?: number;
  /** Name constraints as openssl writes them, as in `permitted;URI:shop.mesh`. */
  readonly constraints: readonly string[];
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** SHA-256 of its DER, in hex. */
  readonly fingerprint: string;
  /** One block, LF, lines of 64 characters. */
  readonly pem: string;
}

/**
 * Read the first certificate of a text.
 *
 * @param pem - As in `ca-cert.pem`, or a chain whose first one is wanted.
 * @throws {@link CloudError} `CERTIFICATE_WRONG` for a text that holds none, or one that may not sign; the message has no
 * place to stand at, so put the file or cluster and ref before it.
 */
export declare function readAuthority(pem: string): AuthorityCertificate;
