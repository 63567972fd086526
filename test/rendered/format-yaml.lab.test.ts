import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { load } from "js-yaml";
import { expect, test } from "vitest";
import { formatManifests } from "../../src/rendered/format-yaml.ts";
import { labBinary } from "../lab/binaries.ts";
import { nastyObject, nastyText } from "./nasty-values.ts";

const BATCH = 500;

const manifestOf = (value: unknown, index: number): object => ({
  apiVersion: "example.org/v1",
  kind: "Example",
  metadata: { name: `n${index}` },
  value,
});

/** What kubectl reads: it prints each object as JSON, with an annotation that it must be given. */
async function readByKubectl(yaml: string): Promise<readonly unknown[]> {
  const kubectl = spawn(await labBinary("kubectl"), ["annotate", "--local", "-f", "-", "-o", "json", "read=yes"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  kubectl.stdin.end(yaml);
  const [output] = await Promise.all([text(kubectl.stdout), once(kubectl, "close")]);
  const documents = output.trimEnd().split(/(?<=^\})\n/m);
  return documents.map((document) => (readJson(document) as { readonly value: unknown }).value);
}

/**
 * Not by JSON.parse: once an object has had a key with a backslash, that of Node 24 takes other keys for it (V8 13.6: after
 * `{"a\\\\":1}`, the key of `{"a\\n":1}` is read as `a\\`). YAML has all of JSON but for a few unprintable characters.
 */
function readJson(json: string): unknown {
  const unprintable = /[\u007f-\u009f\ufeff\ufffe\uffff]/g;
  return load(json.replace(unprintable, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`));
}

test("kubectl reads what was formatted", async () => {
  const seed = Date.now();
  const anyValue = fc.oneof(
    nastyObject,
    nastyText.map((text) => ({ [text]: text, list: [text, [text], { [text]: text }] })),
  );
  const values = fc.sample(anyValue, { seed, numRuns: 8 * BATCH });
  for (let start = 0; start < values.length; start += BATCH) {
    const batch = values.slice(start, start + BATCH);
    const read = await readByKubectl(formatManifests(batch.map(manifestOf)));
    expect(read).toHaveLength(batch.length);
    const wrong = batch.filter((value, index) => !isDeepStrictEqual(read[index], value));
    expect(wrong, `seed ${seed}`).toEqual([]);
  }
});
