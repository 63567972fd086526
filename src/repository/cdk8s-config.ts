import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { load, YAMLException } from "js-yaml";
import { z } from "zod";
import { type CloudError, invalid, systemCodeOf } from "../model/error.ts";

/** What of a repository's cdk8s.yaml matters here; cdk8s-cli knows more keys. */
interface Cdk8sConfig {
  /** Shell command that synthesizes. */
  readonly app: string;
  /** Folder of the rendered manifests, relative to the repository; `dist` by default, as for cdk8s-cli. */
  readonly output: string;
}

const FILE = "cdk8s.yaml";

const APP_REMEDY = "write the command that synthesizes, as in app: node clouds/main.ts";
const OUTPUT_REMEDY = "write a folder, as in output: dist";

const schema = z.object(
  {
    app: z.string(`app: is not there, or no text; ${APP_REMEDY}`).trim().min(1, `app: is empty; ${APP_REMEDY}`),
    output: z
      .string(`output: is no text; ${OUTPUT_REMEDY}`)
      .min(1, `output: is empty; ${OUTPUT_REMEDY}`)
      .default("dist"),
  },
  `holds no keys; ${APP_REMEDY}`,
);

/**
 * Read cdk8s.yaml of a repository.
 *
 * @returns undefined where there is none.
 * @throws {@link CloudError} `INVALID`
 */
export async function findCdk8sConfig(folder: string): Promise<Cdk8sConfig | undefined> {
  const text = await findText(join(folder, FILE));
  if (text === undefined) return undefined;
  const { data, error } = schema.safeParse(parseYaml(text));
  if (error !== undefined) throw wrong(...error.issues.map(({ message }) => message));
  return data;
}

/**
 * As {@link findCdk8sConfig}, where nothing can be done without it.
 *
 * @throws {@link CloudError} `INVALID`
 */
export async function readCdk8sConfig(folder: string): Promise<Cdk8sConfig> {
  const config = await findCdk8sConfig(folder);
  if (config === undefined) throw wrong("is not in this folder; cd to the folder that holds it, or run lcloud init");
  return config;
}

async function findText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === "ENOENT") return undefined;
    throw wrong(`cannot be read (${code}); is it a file, and yours?`);
  }
}

function parseYaml(text: string): unknown {
  try {
    return load(text);
  } catch (cause) {
    if (!(cause instanceof YAMLException)) throw cause;
    const line = cause.mark === undefined ? "" : ` in line ${cause.mark.line + 1}`;
    throw wrong(`is no YAML${line} (${cause.reason}); ${APP_REMEDY}`);
  }
}

function wrong(...messages: readonly string[]): CloudError {
  return invalid(
    messages.map((message) => ({ path: FILE, message })),
    "nothing was done",
  );
}
