import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Files of a folder that hold what nobody may read in git: a private key in PEM, be it encoded as in a Secret, or a token.
 *
 * @returns Paths; none where there is no such folder.
 */
export function secretsIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return paths.filter((path) => isSecret(readFileSync(path, "utf8"))).sort();
}

/** Whether a text holds such a thing. */
export const isSecret = (text: string): boolean =>
  KEY.test(text) || TOKEN.test(text) || (text.match(ENCODED) ?? []).some((each) => isSecret(decoded(each)));

const KEY = /PRIVATE KEY-----/;
const TOKEN = /eyJ[\w-]{10,}\.[\w-]{10,}\./;
/** Of what begins as PEM or a token does, in base64. */
const ENCODED = /(?:LS0tLS1CRUdJTi|ZXlK)[\w+/]{20,}/g;

const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("latin1");
