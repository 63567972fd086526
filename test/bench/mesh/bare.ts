import { createPrivateKey, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { measure } from "./measure.ts";

/** Bytes that are signed for an authority of a cluster, and for a root. */
const [AUTHORITY_BYTES, ROOT_BYTES] = [449, 355] as const;

const makeKeys = () =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

/** The floor: as many keys and signatures, over as many bytes, and nothing else. */
await measure(async (clouds) => {
  const made: unknown[] = [];
  for (const { clusters } of clouds) {
    const keys = makeKeys();
    const signer = createPrivateKey(keys.privateKey);
    made.push(keys, sign("sha256", randomBytes(ROOT_BYTES), signer));
    for (const _ of clusters) made.push(makeKeys(), sign("sha256", randomBytes(AUTHORITY_BYTES), signer));
  }
});
