import { type Fault, invalid } from "../model/error.ts";
import type { Manifest } from "../model/manifest.ts";
import { isDnsLabel, isDnsSubdomain } from "../model/names.ts";
import { isSecret, SECRET_FIELDS, secretValuesOf } from "../model/sops.ts";
import { parseYaml } from "../rendered/parse-yaml.ts";
import type { WrappedKey } from "./data-key.ts";

/** A Secret whose values SOPS has encrypted. */
export interface EncryptedSecret extends Manifest {
  readonly sops: {
    readonly age: readonly WrappedKey[];
    readonly encrypted_regex: string;
    readonly lastmodified: string;
    readonly mac: string;
    readonly mac_only_encrypted: true;
    readonly version: string;
  };
}

/**
 * Read the one Secret of a file, in plaintext.
 *
 * @param path - For messages, in which nothing of the text is.
 * @throws {@link CloudError} `INVALID` with all faults.
 */
export function parseSecret(text: string, path: string): Manifest {
  const value = parseYaml(text);
  const faults = isManifest(value) ? secretFaults(value) : [ONE_SECRET];
  if (faults.length > 0 || !isManifest(value)) throw refused(faults, path);
  return value;
}

/**
 * Read a Secret that was encrypted before, for its values to be kept.
 *
 * @throws {@link CloudError} `INVALID` where it is not as we write them.
 */
export function parseEncrypted(text: string, path: string): EncryptedSecret {
  const value = parseYaml(text);
  if (isManifest(value) && secretValuesOf(value) === "encrypted" && hasOurMetadata(value)) return value;
  throw refused(["is no Secret that lcloud has encrypted; move it away, or change it with sops"], path);
}

const refused = (messages: readonly string[], path: string): Error =>
  invalid(
    messages.map((message): Fault => ({ path, message })),
    "nothing was encrypted",
  );

const ONE_SECRET = "is no YAML of one Secret; give each a file of its own";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isManifest = (value: unknown): value is Manifest =>
  isFields(value) &&
  typeof value["apiVersion"] === "string" &&
  typeof value["kind"] === "string" &&
  isFields(value["metadata"]) &&
  typeof value["metadata"]["name"] === "string";

/** By which kubectl keeps what was applied, in plaintext. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

function secretFaults(secret: Manifest): readonly string[] {
  if (!isSecret(secret)) return [ONE_SECRET];
  const { name, namespace, annotations } = secret.metadata;
  const values = SECRET_FIELDS.flatMap((field) => valueFaults(field, secret[field]));
  const isEmpty = SECRET_FIELDS.every((field) => Object.keys(secret[field] ?? {}).length === 0);
  return [
    ...(isDnsSubdomain(name) ? [] : ["metadata.name: is no name of an object; use a-z, 0-9, - and ."]),
    ...(isDnsLabel(String(namespace)) && namespace !== undefined
      ? []
      : ["metadata.namespace: is missing, or no name; give the one that it is for"]),
    ...(Object.hasOwn(annotations ?? {}, LAST_APPLIED)
      ? [`metadata.annotations: ${LAST_APPLIED} holds its values; take it out`]
      : []),
    ...(secret["sops"] === undefined ? [] : ["sops: is encrypted already"]),
    ...values,
    ...(isEmpty && values.length === 0 ? ["has no values; put them under stringData"] : []),
  ];
}

function valueFaults(field: (typeof SECRET_FIELDS)[number], values: unknown): readonly string[] {
  if (values === undefined || values === null) return [];
  if (!isFields(values)) return [`${field}: is no mapping of keys to texts`];
  return Object.entries(values).flatMap(([key, value]) => {
    const at = `${field}.${JSON.stringify(key)}`;
    if (typeof value !== "string") return [`${at}: is no text; put it in quotes`];
    return field === "stringData" || isBase64(value) ? [] : [`${at}: is no base64; put texts under stringData`];
  });
}

function isBase64(value: string): boolean {
  const text = value.replace(/[\r\n]/g, "");
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function hasOurMetadata(value: Manifest): value is EncryptedSecret {
  const { sops } = value;
  return (
    isFields(sops) &&
    sops["mac_only_encrypted"] === true &&
    typeof sops["lastmodified"] === "string" &&
    Array.isArray(sops["age"]) &&
    sops["age"].every(
      (each) => isFields(each) && typeof each["recipient"] === "string" && typeof each["enc"] === "string",
    )
  );
}
