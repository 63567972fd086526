import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Fields, fieldsOf } from "../../engine/fields.ts";
import { CloudError, systemCodeOf } from "../../model/error.ts";

/** What a registry is shown. */
export type RegistryCredential =
  | { readonly kind: "password"; readonly username: string; readonly password: string }
  /** Is exchanged for others. */
  | { readonly kind: "identity-token"; readonly token: string };

/** Milliseconds in which a credential helper must answer. */
const HELPER_TIMEOUT_MS = 30_000;

/** As credential helpers call it where there is an identity token and no user. */
const TOKEN_USER = "<token>";

/**
 * The credential that `docker login` has left for a registry, in `$DOCKER_CONFIG/config.json` or
 * `~/.docker/config.json`: there, or with the credential helper that it names.
 *
 * @param host - `host` or `host:port`.
 * @returns undefined where there is none.
 * @throws {@link CloudError} `INVALID` for a file that cannot be read; `UNAUTHORIZED` where the helper fails. Neither
 * repeats what the file or the helper says.
 * @see https://docs.docker.com/reference/cli/docker/login/#credential-stores
 */
export async function findCredential(host: string): Promise<RegistryCredential | undefined> {
  const folder = process.env["DOCKER_CONFIG"];
  const config = await readConfig(join(folder ? folder : join(homedir(), ".docker"), "config.json"));
  const keys = KEYS_OF.get(host) ?? [host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
  for (const key of keys) {
    const helper = textOf(fieldsOf(config["credHelpers"])[key]);
    if (helper !== undefined) return await askHelper(helper, key);
  }
  const store = textOf(config["credsStore"]);
  for (const key of keys) {
    const found = store === undefined ? undefined : await askHelper(store, key);
    const credential = found ?? readEntry(fieldsOf(fieldsOf(config["auths"])[key]));
    if (credential !== undefined) return credential;
  }
  return undefined;
}

/** Docker's own registry is kept under an older name. */
const KEYS_OF: ReadonlyMap<string, readonly string[]> = new Map([["docker.io", ["https://index.docker.io/v1/"]]]);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

async function readConfig(path: string): Promise<Fields> {
  try {
    return fieldsOf(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    if (systemCodeOf(error) === "ENOENT") return {};
    // a parser's error may hold a piece of the text
    const what = error instanceof SyntaxError ? "is no JSON" : `cannot be read (${systemCodeOf(error)})`;
    throw new CloudError("INVALID", `${path}: ${what}; log in to the registry anew`);
  }
}

function readEntry(entry: Fields): RegistryCredential | undefined {
  const token = textOf(entry["identitytoken"]);
  if (token !== undefined) return { kind: "identity-token", token };
  const encoded = textOf(entry["auth"]);
  const decoded = encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8");
  const [username, password] =
    decoded === undefined
      ? [textOf(entry["username"]), textOf(entry["password"])]
      : [decoded.slice(0, decoded.indexOf(":")), decoded.slice(decoded.indexOf(":") + 1)];
  return username === undefined || password === undefined ? undefined : { kind: "password", username, password };
}

/** @see https://github.com/docker/docker-credential-helpers#development */
async function askHelper(helper: string, key: string): Promise<RegistryCredential | undefined> {
  const command = `docker-credential-${helper}`;
  if (!/^[\w.-]+$/.test(helper)) {
    throw new CloudError("INVALID", `docker's config.json: names a credential helper that is no name of a program`);
  }
  const { failure, output } = await run(command, key);
  if (failure !== undefined) {
    if (/credentials not found/i.test(output)) return undefined;
    throw new CloudError(
      "UNAUTHORIZED",
      `${key}: ${command} gave no credential (${failure}); see to it, and log in anew`,
    );
  }
  const answer = parseAnswer(output);
  const [username, secret] = [textOf(answer["Username"]), textOf(answer["Secret"])];
  if (username === undefined || secret === undefined) return undefined;
  return username === TOKEN_USER
    ? { kind: "identity-token", token: secret }
    : { kind: "password", username, password: secret };
}

interface HelperResult {
  readonly output: string;
  /** Absent if it ended well. */
  readonly failure?: string;
}

const run = (command: string, input: string): Promise<HelperResult> =>
  new Promise((resolve) => {
    const child = execFile(command, ["get"], { timeout: HELPER_TIMEOUT_MS }, (error, output) => {
      resolve(error === null ? { output } : { output, failure: describe(error) });
    });
    child.stdin?.on("error", () => {}); // it has not waited for its input
    child.stdin?.end(input);
  });

const describe = ({ code, killed }: { code?: unknown; killed?: unknown }): string => {
  if (code === "ENOENT") return "it is not installed";
  return killed === true ? "it took too long" : `it ended with ${String(code)}`;
};

function parseAnswer(output: string): Fields {
  try {
    return fieldsOf(JSON.parse(output));
  } catch {
    return {};
  }
}
