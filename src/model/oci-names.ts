/** Where artifacts lie, as taken from `oci://host/name`. */
export interface OciPlace {
  /** `host` or `host:port` */
  readonly host: string;
  readonly name: string;
}

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
const OCI_URL =
  /^oci:\/\/([a-z0-9.-]+(?::\d+)?)\/([a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)$/;

/** Undefined for a text that is no place in a registry. */
export function parseOciUrl(url: string): OciPlace | undefined {
  const [, host, name] = OCI_URL.exec(url) ?? [];
  return host === undefined || name === undefined || name.length > 255 ? undefined : { host, name };
}

export const isLoopback = (hostname: string): boolean => hostname === "localhost" || /^127(?:\.\d+){3}$/.test(hostname);

/** Whether a registry is spoken with over plain http: only one that is on the same machine. @param host - May have a port. */
export const isPlainHost = (host: string): boolean => isLoopback(host.replace(/:\d+$/, ""));

export const isOciTag = (tag: string): boolean => /^\w[\w.-]{0,127}$/.test(tag);

/** Digest as registries give it: of what is named so, `sha256:` and 64 hexadecimal digits. */
export const isOciDigest = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);
