import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { connectKubeApi } from "../../src/kube-api/connect.ts";
import type { KubeApi } from "../../src/kube-api/kube-api.ts";
import { createAuthority } from "../lab/authority.ts";

/** One request as it came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: { readonly [name: string]: string };
  readonly authorization: string | undefined;
  /** Headers of that kind, by their names in lower case. */
  readonly impersonation: { readonly [name: string]: readonly string[] };
  readonly contentType: string | undefined;
  readonly body: unknown;
  /** Common name of the client certificate. */
  readonly certified: string | undefined;
}

export type Answer =
  | { readonly status?: number; readonly headers?: Record<string, string>; readonly body?: unknown }
  | ((response: ServerResponse) => void);

/** A server that answers as it is told, and its own small discovery. */
export interface StubServer {
  readonly url: string;
  /** All but discovery. */
  readonly received: Received[];
  readonly discovered: string[];
  /** Sockets that were opened. */
  readonly connections: () => number;
  /** What comes next, in order; the last answer is given for ever. */
  answer(...answers: readonly Answer[]): void;
  connect(options?: ConnectOptions): Promise<KubeApi>;
  stop(): Promise<void>;
}

export interface ConnectOptions {
  readonly timeoutMs?: number;
  /** Of the kubeconfig. */
  readonly user?: object;
  /** Of whom the server's certificate must be, as PEM. Default: the right one. */
  readonly trusted?: string;
  /** URL. Default: none. */
  readonly proxy?: string;
}

/** `Status` of Kubernetes' API. */
export const status = (code: number, message = "", details: object = {}): Answer => ({
  status: code,
  body: { kind: "Status", apiVersion: "v1", status: "Failure", message, code, details },
});

export const stored = (content: object = {}): Answer => ({ body: { apiVersion: "v1", kind: "ConfigMap", ...content } });

const authority = createAuthority("stub-authority");

/** @param tls - Whether to ask for client certificates, over TLS. */
export async function startStubServer({ tls = false } = {}): Promise<StubServer> {
  const received: Received[] = [];
  const discovered: string[] = [];
  let answers: readonly Answer[] = [stored()];
  let connections = 0;
  const listener: RequestListener = async (request, response) => {
    const found = DISCOVERY[request.url ?? ""];
    if (request.url?.startsWith("/api/v1/") !== true && !request.url?.includes("?") && found !== undefined) {
      discovered.push(request.url ?? "");
      respond(response, found);
      return;
    }
    received.push(await read(request));
    const [next = stored(), ...rest] = answers;
    if (rest.length > 0) answers = rest;
    respond(response, next);
  };
  const server: Server = tls
    ? createTlsServer({ ...serving(), requestCert: true, rejectUnauthorized: false }, listener)
    : createServer(listener);
  server.on(tls ? "secureConnection" : "connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `${tls ? "https" : "http"}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    received,
    discovered,
    connections: () => connections,
    answer: (...next) => {
      answers = next;
    },
    connect: (options = {}) => connect(url, options),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** The name of a certificate that the server's authority made. */
export const clientPair = (commonName: string) => authority.issue(commonName);

function serving() {
  const { certificate, key } = authority.issue("stub", { ipAddresses: ["127.0.0.1"] });
  return { cert: certificate, key, ca: authority.certificate };
}

async function connect(server: string, options: ConnectOptions): Promise<KubeApi> {
  const { timeoutMs = 5000, user = {}, trusted = authority.certificate, proxy } = options;
  const folder = mkdtempSync(join(tmpdir(), "lcloud-stub-"));
  const kubeconfig = join(folder, "kubeconfig");
  const trust = server.startsWith("http:")
    ? { "insecure-skip-tls-verify": true }
    : { "certificate-authority-data": Buffer.from(trusted).toString("base64") };
  const file = {
    clusters: [{ name: "c", cluster: { server, ...trust, "proxy-url": proxy } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "stub", context: { cluster: "c", user: "u" } }],
  };
  writeFileSync(kubeconfig, JSON.stringify(file));
  try {
    return await connectKubeApi({ cluster: "east", context: "stub", kubeconfig, timeoutMs });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const resource = (name: string, kind: string, namespaced = true) => ({ name, kind, namespaced });

const DISCOVERY: { readonly [path: string]: Answer } = {
  "/api/v1": {
    body: {
      resources: [
        resource("configmaps", "ConfigMap"),
        resource("pods", "Pod"),
        resource("secrets", "Secret"),
        resource("namespaces", "Namespace", false),
        resource("namespaces/status", "Namespace", false),
        resource("serviceaccounts", "ServiceAccount"),
        resource("serviceaccounts/token", "TokenRequest"),
      ],
    },
  },
  "/apis/rbac.authorization.k8s.io/v1": { body: { resources: [resource("roles", "Role")] } },
  "/apis/certificates.k8s.io/v1": {
    body: { resources: [resource("certificatesigningrequests", "CertificateSigningRequest", false)] },
  },
  "/apis/silent.example/v1": () => {},
  "/apis/none.example/v1": (response) => response.writeHead(404).end("404 page not found"),
};

function respond(response: ServerResponse, answer: Answer): void {
  if (typeof answer === "function") {
    answer(response);
    return;
  }
  const { status: code = 200, headers = {}, body = {} } = answer;
  response.writeHead(code, headers).end(typeof body === "string" ? body : JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Received> {
  const text = (await request.toArray()).join("");
  const { pathname, searchParams } = new URL(request.url ?? "", "http://stub");
  const socket = request.socket as Partial<TLSSocket>;
  return {
    method: request.method ?? "",
    path: pathname,
    query: Object.fromEntries(searchParams),
    authorization: request.headers.authorization,
    impersonation: Object.fromEntries(
      Object.entries(request.headersDistinct).flatMap(([name, values = []]) =>
        name.startsWith("impersonate-") ? [[name, values]] : [],
      ),
    ),
    contentType: request.headers["content-type"],
    body: text === "" ? undefined : JSON.parse(text),
    certified: socket.getPeerCertificate?.().subject?.CN as string | undefined,
  };
}
