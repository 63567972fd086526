import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { join } from "node:path";
import { measure } from "./measure.ts";

/** Bytes that are signed for an authority of a cluster, and for a root. */
const [AUTHORITY_BYTES, ROOT_BYTES] = [449, 355] as const;

const makeKeys = () =>
  generateKeyPairSync("ec", {
    namedCurve: "P-256",
    publicKeyEncoding: { type: "spki", format: "der" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

/** As long as a certificate of so many bytes to sign, and signed; what it says is nothing. */
function signNothing(bytes: number, signer: KeyObject): string {
  const content = randomBytes(bytes);
  const lines = Buffer.concat([content, sign("sha256", content, signer)])
    .toString("base64")
    .match(/.{1,64}/g);
  return `-----BEGIN CERTIFICATE-----\n${lines?.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/**
 * The floor, which whoever makes certificates cannot go below: as many keys in PKCS#8, as many signatures over as many
 * bytes, the text of both in one file for a cloud, which is on the disk under its name when it is said to be there. There
 * is no certificate in it: nothing is encoded, read, checked, or compared.
 */
await measure(async (clouds, folder) => {
  for (const { name, clusters } of clouds) {
    const { privateKey } = makeKeys();
    const signer = createPrivateKey(privateKey);
    const texts = [privateKey, signNothing(ROOT_BYTES, signer)];
    for (const _ of clusters) texts.push(makeKeys().privateKey, signNothing(AUTHORITY_BYTES, signer));
    await place(join(folder, name), texts.join(""));
  }
});

/** One file in a folder of its own, both of them synced. */
async function place(folder: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = await open(join(folder, "new"), "wx", 0o600);
  await file.writeFile(text);
  await file.sync();
  await file.close();
  await rename(join(folder, "new"), join(folder, "all.pem"));
  const handle = await open(folder, "r");
  await handle.sync();
  await handle.close();
}
