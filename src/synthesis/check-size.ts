import { MAX_CONFIG_BYTES } from "../model/config-map.ts";
import type { Manifest } from "../model/manifest.ts";
import { isConfigMap } from "./check-config-map.ts";
import { asRecord, asText } from "./fields.ts";

const MIB = 1024 * 1024;

/** What etcd takes of one object, by its own default. */
const MAX_OBJECT_BYTES = 1.5 * MIB;

/** Whether a cluster can store an object. @param text - The object as YAML. */
export function checkSize(manifest: Manifest, text: string): readonly string[] {
  const [bytes, max] = isConfigMap(manifest)
    ? [configBytes(manifest), MAX_CONFIG_BYTES]
    : [Buffer.byteLength(text), MAX_OBJECT_BYTES];
  return bytes <= max ? [] : [`is larger than ${max / MIB} MiB, which no cluster stores; make several of it`];
}

function configBytes({ data, binaryData }: Manifest): number {
  const sum = (values: unknown, encoding: BufferEncoding): number =>
    Object.values(asRecord(values)).reduce<number>(
      (bytes, value) => bytes + Buffer.byteLength(asText(value), encoding),
      0,
    );
  return sum(data, "utf8") + sum(binaryData, "base64");
}
