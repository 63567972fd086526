import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { hasRegistry, REGISTRY_CREDENTIAL, type Registry, startRegistry } from "../../lab/registry.ts";
import { deliveryTo, dockerFolder, encode, push } from "./pushing.ts";

const lawOf = test.skipIf(!(await hasRegistry()));
const docker = dockerFolder();
const { username, password } = REGISTRY_CREDENTIAL;
const WRONG = { username, password: "hunter2hunter2" };

let registry: Registry;

beforeAll(async () => {
  if (await hasRegistry()) registry = await startRegistry({ isPrivate: true });
});

afterAll(() => registry?.stop());

/** A credential helper of docker's, on PATH. */
function helper(name: string, script: string): void {
  const path = join(docker.folder, `docker-credential-${name}`);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  vi.stubEnv("PATH", `${docker.folder}:${process.env["PATH"]}`);
}

const answer = (user: string, secret: string): string =>
  `read -r server; printf '{"ServerURL":"%s","Username":"${user}","Secret":"${secret}"}' "$server"`;

async function errorOf(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => undefined,
    (error: unknown) => error,
  );
}

lawOf("the credential of docker's configuration is shown to a private registry", async () => {
  docker.write({ auths: { [registry.host]: { auth: encode(REGISTRY_CREDENTIAL) } } });
  expect(await push(deliveryTo(registry.host, "auths"), { shop: "1" })).toMatchObject({ isPushed: true });
  expect(await push(deliveryTo(registry.host, "auths"), { shop: "1" })).toMatchObject({ isPushed: false });
});

lawOf.each(["credHelpers", "credsStore"] as const)("the helper of %s is asked", async (field) => {
  helper("lab", answer(username, password));
  docker.write(field === "credsStore" ? { credsStore: "lab" } : { credHelpers: { [registry.host]: "lab" } });
  expect(await push(deliveryTo(registry.host, field.toLowerCase()), { shop: "1" })).toMatchObject({ isPushed: true });
});

lawOf("without a credential a private registry is no place to push to", async () => {
  expect(await errorOf(push(deliveryTo(registry.host), { shop: "1" }))).toMatchObject({ code: "UNAUTHORIZED" });
  helper("empty", "echo 'credentials not found in native keychain'; exit 1");
  docker.write({ credsStore: "empty" });
  expect(await errorOf(push(deliveryTo(registry.host), { shop: "1" }))).toMatchObject({ code: "UNAUTHORIZED" });
});

lawOf("no credential is told, whatever goes wrong", async () => {
  const told: unknown[] = [];
  const pushed = async () => told.push(await errorOf(push(deliveryTo(registry.host), { shop: "1" })));
  docker.write({ auths: { [registry.host]: { auth: encode(WRONG) } } });
  await pushed();
  docker.write(WRONG.password);
  await pushed();
  helper("failing", `echo ${WRONG.password}; echo ${WRONG.password} >&2; exit 1`);
  docker.write({ credsStore: "failing" });
  await pushed();
  docker.write({ credsStore: `../${WRONG.password}` });
  await pushed();
  docker.write({ credsStore: "not-installed" });
  await pushed();
  expect(told.map((error) => (error as { code?: string }).code)).toEqual([
    "UNAUTHORIZED",
    "INVALID",
    "UNAUTHORIZED",
    "INVALID",
    "UNAUTHORIZED",
  ]);
  for (const error of told) {
    expect(String(error)).not.toContain(WRONG.password);
    expect(String((error as Error).cause)).not.toContain(WRONG.password);
    expect(String(error)).not.toContain(encode(WRONG));
  }
});

/** A registry that wants tokens: it lets what has one through to a real one. */
async function startTokenRegistry(behind: string): Promise<{ host: string; asked: string[]; stop: () => void }> {
  const asked: string[] = [];
  let host = "";
  const server = createServer((request, response) => void answerTo(request, response));
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url?.startsWith("/token") === true) {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? ""} ${body}`);
      const isKnown = [request.headers.authorization, body.toString()].some((text) =>
        new RegExp(`${encode(REGISTRY_CREDENTIAL)}|refresh_token=identity`).test(text ?? ""),
      );
      response.writeHead(isKnown ? 200 : 401).end(JSON.stringify(isKnown ? { access_token: "short" } : {}));
      return;
    }
    if (request.headers.authorization !== "Bearer short") {
      response.setHeader("www-authenticate", `Bearer realm="http://${host}/token",service="lab",scope="other"`);
      response.writeHead(401).end();
      return;
    }
    const forwarded = await fetch(`http://${behind}${request.url}`, {
      method: request.method ?? "GET",
      headers: { accept: request.headers.accept ?? "", "content-type": request.headers["content-type"] ?? "" },
      ...(body.length === 0 ? {} : { body: new Uint8Array(body) }),
    });
    const location = forwarded.headers.get("location");
    if (location !== null) response.setHeader("location", new URL(location).pathname + new URL(location).search);
    response.writeHead(forwarded.status).end(Buffer.from(await forwarded.arrayBuffer()));
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return { host, asked, stop: () => server.close() };
}

lawOf.each([
  ["a password", { auth: encode(REGISTRY_CREDENTIAL) }, /^GET .*scope=repository%3Atoken%2Fedge-1%3Apull%2Cpush/],
  ["an identity token", { identitytoken: "identity" }, /^POST .*grant_type=refresh_token/],
])("%s is exchanged for a token where the registry wants one", async (_, entry, expected) => {
  await using open = await startRegistry();
  const tokens = await startTokenRegistry(open.host);
  try {
    docker.write({ auths: { [tokens.host]: entry } });
    expect(await push(deliveryTo(tokens.host, "token"), { shop: "1" })).toMatchObject({ isPushed: true });
    expect(tokens.asked).toEqual([expect.stringMatching(expected)]);
    docker.write({ auths: { [tokens.host]: { auth: encode(WRONG) } } });
    expect(await errorOf(push(deliveryTo(tokens.host, "token"), { shop: "1" }))).toMatchObject({
      code: "UNAUTHORIZED",
    });
  } finally {
    tokens.stop();
  }
});
