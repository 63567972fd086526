import { createPrivateKey, generateKeyPair, type KeyObject } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CloudError } from "../model/error.ts";
import { isDnsLabel } from "../model/names.ts";
import { createPrivateFile, readPrivateFile } from "./private-file.ts";
import { ensurePrivateFolder } from "./private-folder.ts";

/** Kinds of keys that are made here. ECDSA takes a fraction of a millisecond, RSA some hundred. */
export type KeyAlgorithm = (typeof KEY_ALGORITHMS)[number];

const KEY_ALGORITHMS = ["ecdsa-p256", "rsa-2048", "rsa-3072", "rsa-4096"] as const;

export const isKeyAlgorithm = (text: string): text is KeyAlgorithm =>
  (KEY_ALGORITHMS as readonly string[]).includes(text);

/** Private keys by cloud and user, in `<state>/keys/<cloud>/<user>.key.pem`: PKCS#8, for the owner only. */
export interface KeyStore {
  /**
   * The user's key; made where there is none, and never replaced, whatever its algorithm. All who ask for it at once, from
   * whatever process, get the same key.
   *
   * @throws {@link CloudError} `KEY_STORE`
   */
  ensureKey(wanted: WantedKey): Promise<{ readonly key: KeyObject; readonly made: boolean }>;

  /**
   * @returns undefined where there is none: the user may have brought a request.
   * @throws {@link CloudError} `KEY_STORE` for a file that is no key, or open to others.
   */
  findKey(cloud: string, user: string): Promise<KeyObject | undefined>;

  /** @throws {@link CloudError} as {@link findKey} does. */
  hasKey(cloud: string, user: string): Promise<boolean>;
}

export interface WantedKey {
  readonly cloud: string;
  readonly user: string;
  /** @default "ecdsa-p256" */
  readonly algorithm?: KeyAlgorithm;
}

/**
 * Open the key store of a state folder; both are made where they are missing.
 *
 * @param stateDir - May be reached through symlinks; within it none is followed.
 * @throws {@link CloudError} `KEY_STORE` where it is somebody else's, or others may write in it.
 */
export async function openKeyStore(stateDir: string): Promise<KeyStore> {
  const state = await realpath(stateDir).catch(() => stateDir);
  const folder = join(state, "keys");
  await ensurePrivateFolder(state);
  await ensurePrivateFolder(folder);
  const findKey = async (cloud: string, user: string) => readKey(keyPath(folder, cloud, user));
  return {
    ensureKey: async ({ cloud, user, algorithm = "ecdsa-p256" }) =>
      ensureKeyFile(keyPath(folder, cloud, user), algorithm),
    findKey,
    hasKey: async (cloud, user) => (await findKey(cloud, user)) !== undefined,
  };
}

/** DNS labels hold no `/` and are not `..`, so that no name leads out of the folder. */
function keyPath(folder: string, cloud: string, user: string): string {
  for (const name of [cloud, user]) {
    if (!isDnsLabel(name))
      throw new CloudError("KEY_STORE", `${JSON.stringify(name)} is no DNS label; use a-z, 0-9 and -`);
  }
  return join(folder, cloud, `${user}.key.pem`);
}

async function ensureKeyFile(path: string, algorithm: KeyAlgorithm) {
  const existing = await readKey(path);
  if (existing !== undefined) return { key: existing, made: false };
  const made = await createPrivateFile(path, await makeKey(algorithm));
  // Read back, since another process may have been first.
  const key = await readKey(path);
  if (key === undefined) throw new CloudError("KEY_STORE", `${path}: vanished while it was made; enroll again`);
  return { key, made };
}

async function readKey(path: string): Promise<KeyObject | undefined> {
  const pem = await readPrivateFile(path);
  if (pem === undefined) return undefined;
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new CloudError("KEY_STORE", `${path}: is no private key in PEM; restore it, or remove it and enroll again`, {
      cause,
    });
  }
}

const generate = promisify(generateKeyPair);

async function makeKey(algorithm: KeyAlgorithm): Promise<string> {
  const { privateKey } =
    algorithm === "ecdsa-p256"
      ? await generate("ec", { namedCurve: "P-256" })
      : await generate("rsa", { modulusLength: Number(algorithm.slice("rsa-".length)) });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}
