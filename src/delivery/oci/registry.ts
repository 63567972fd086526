import { CloudError, type ErrorCode } from "../../model/error.ts";
import { isPlainHost, type OciPlace } from "../../model/oci-names.ts";
import { type Blob, digestOf, MEDIA_TYPES } from "./artifact.ts";
import { authorize, parseChallenge, refused } from "./authorize.ts";
import type { RegistryCredential } from "./docker-config.ts";
import { type HttpAnswer, type HttpRequest, send } from "./http.ts";

/** Docker's own registry answers elsewhere. */
const API_HOSTS: ReadonlyMap<string, string> = new Map([["docker.io", "registry-1.docker.io"]]);

/**
 * One repository of a registry, by the OCI distribution API: over https, on loopback over http.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
export class Registry {
  /** As in `oci://host/name`, for messages. */
  readonly place: string;
  readonly #base: URL;
  readonly #scope: string;
  readonly #credential: RegistryCredential | undefined;
  readonly #timeoutMs: number;
  #authorization: string | undefined;

  /** @param timeoutMs - Milliseconds for each request. */
  constructor({ host, name }: OciPlace, credential: RegistryCredential | undefined, timeoutMs: number) {
    this.place = `oci://${host}/${name}`;
    const scheme = isPlainHost(host) ? "http" : "https";
    this.#base = new URL(`${scheme}://${API_HOSTS.get(host) ?? host}/v2/${name}/`);
    this.#scope = `repository:${name}:pull,push`;
    this.#credential = credential;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param reference - A tag or a digest.
   * @returns undefined where there is none.
   */
  async getManifest(reference: string): Promise<Blob | undefined> {
    const headers = { accept: Object.values(ACCEPTED).join(", ") };
    const answer = await this.#ask({ method: "GET", url: this.#url(`manifests/${reference}`), headers });
    if (answer.status === 404) return undefined;
    const content = this.#expect(answer, [200]).body;
    return this.#verified(content, reference.includes(":") ? reference : digestOf(content));
  }

  async getBlob(digest: string): Promise<Blob> {
    const answer = await this.#ask({ method: "GET", url: this.#url(`blobs/${digest}`) });
    return this.#verified(this.#expect(answer, [200]).body, digest);
  }

  /** Nothing is sent where the registry has it. */
  async putBlob({ digest, content }: Blob): Promise<void> {
    const found = await this.#ask({ method: "HEAD", url: this.#url(`blobs/${digest}`) });
    if (found.status === 200) return;
    const begun = this.#expect(await this.#ask({ method: "POST", url: this.#url("blobs/uploads/") }), [202]);
    const url = new URL(begun.headers.get("location") ?? "", this.#url("blobs/uploads/"));
    if (url.protocol !== this.#base.protocol && url.protocol !== "https:") {
      throw new CloudError(
        "API_ERROR",
        `${this.place}: the registry takes uploads over plain http; give it its own https URL`,
      );
    }
    url.searchParams.set("digest", digest);
    const headers = { "content-type": "application/octet-stream" };
    this.#expect(await this.#ask({ method: "PUT", url, headers, body: content }), [201]);
  }

  async putManifest(tag: string, { content }: Blob): Promise<void> {
    const headers = { "content-type": MEDIA_TYPES.manifest };
    this.#expect(await this.#ask({ method: "PUT", url: this.#url(`manifests/${tag}`), headers, body: content }), [201]);
  }

  #url(path: string): URL {
    return new URL(path, this.#base);
  }

  async #ask(request: HttpRequest): Promise<HttpAnswer> {
    const answer = await send(this.#authorized(request), this.#timeoutMs);
    if (answer.status !== 401) return answer;
    const challenge = parseChallenge(answer.headers.get("www-authenticate") ?? "");
    const [credential, place] = [this.#credential, this.place];
    this.#authorization = challenge && (await authorize(challenge, credential, this.#scope, place, this.#timeoutMs));
    if (this.#authorization === undefined) throw refused(place, credential);
    const second = await send(this.#authorized(request), this.#timeoutMs);
    if (second.status === 401) throw refused(place, credential);
    return second;
  }

  /** Uploads may go to a store elsewhere, which is shown no credential of the registry. */
  #authorized(request: HttpRequest): HttpRequest {
    if (this.#authorization === undefined || request.url.origin !== this.#base.origin) return request;
    return { ...request, headers: { ...request.headers, authorization: this.#authorization } };
  }

  #expect(answer: HttpAnswer, statuses: readonly number[]): HttpAnswer {
    if (statuses.includes(answer.status)) return answer;
    const [code, says] = REASONS.get(answer.status) ?? ["API_ERROR", "the registry failed; try again later"];
    throw new CloudError(code, `${this.place}: ${says} (${[answer.status, ...codesOf(answer.body)].join(" ")})`);
  }

  #verified(content: Buffer, digest: string): Blob {
    if (digestOf(content) === digest) return { digest, content };
    throw new CloudError("API_ERROR", `${this.place}: the registry gave other bytes than ${digest} names; see to it`);
  }
}

/** What may lie under a tag, ours or not. */
const ACCEPTED = {
  oci: MEDIA_TYPES.manifest,
  ociIndex: "application/vnd.oci.image.index.v1+json",
  docker: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
};

const REASONS: ReadonlyMap<number, readonly [ErrorCode, string]> = new Map([
  [400, ["REJECTED", "the registry does not take this; may the tag be moved?"]],
  [403, ["FORBIDDEN", "the credential may not do this; let it pull and push there"]],
  [404, ["NOT_FOUND", "there is no such repository, and the registry makes none; make it first"]],
  [405, ["REJECTED", "the registry takes no pushes; is it a mirror?"]],
  [409, ["REJECTED", "the registry does not take this; may the tag be moved?"]],
  [412, ["REJECTED", "the registry does not take this; may the tag be moved?"]],
  [413, ["REJECTED", "the artifact is too large for the registry"]],
  [429, ["API_ERROR", "the registry asks for patience; try again later"]],
]);

/** The names that the specification gives to failures; texts are not repeated. */
function codesOf(body: Buffer): readonly string[] {
  const text = body.subarray(0, 10_000).toString("latin1");
  return [...text.matchAll(/"code"\s*:\s*"([A-Z_]{1,40})"/g)].map(({ 1: code = "" }) => code).slice(0, 3);
}
