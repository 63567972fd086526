import type { Manifest } from "../model/manifest.ts";
import { groupOf } from "../model/ref.ts";
import { asRecord } from "./fields.ts";

export const isConfigMap = ({ apiVersion, kind }: Pick<Manifest, "apiVersion" | "kind">): boolean =>
  kind === "ConfigMap" && groupOf(apiVersion) === "";

/** Keys and values of a ConfigMap, by the rules of the API server. */
export function checkConfigMap(manifest: Manifest): readonly string[] {
  if (!isConfigMap(manifest)) return [];
  const [data, binaryData] = [asRecord(manifest["data"]), asRecord(manifest["binaryData"])];
  return [
    ...Object.entries(data).flatMap(([key, value]) => [
      ...checkKey("data", key),
      ...(typeof value === "string" ? [] : [`data.${key}: is no text; put it in quotes`]),
      ...(Object.hasOwn(binaryData, key) ? [`data.${key}: is in binaryData too; take one of them out`] : []),
    ]),
    ...Object.entries(binaryData).flatMap(([key, value]) => [
      ...checkKey("binaryData", key),
      ...(isBase64(value) ? [] : [`binaryData.${key}: is no base64; encode it, or put a text under data`]),
    ]),
  ];
}

const MAX_KEY_LENGTH = 253;

/** Kubelets make a file of each. */
const checkKey = (field: string, key: string): readonly string[] =>
  /^[-._a-zA-Z0-9]+$/.test(key) && key.length <= MAX_KEY_LENGTH && key !== "." && !key.startsWith("..")
    ? []
    : [
        `${field}: "${key}" is no key; use a-z, A-Z, 0-9, -, _ and ., at most ${MAX_KEY_LENGTH} characters, no .. first`,
      ];

/** With its padding; line breaks are nothing to it. */
function isBase64(value: unknown): boolean {
  if (typeof value !== "string") return false;
  const text = value.replace(/[\r\n]/g, "");
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
