/**
 * Why a URL of a git repository is none that we give to git.
 *
 * @returns What is wrong and what to do; undefined if nothing is.
 */
export function gitUrlFault(url: string): string | undefined {
  if (/[\s\p{Cc}\p{Cf}]/u.test(url)) return "holds white space, or what is not seen; write it as git clone takes it";
  if (SCP_LIKE.test(url) || isAbsolutePath(url)) return undefined;
  if (!URL.canParse(url) || !URL_SCHEMES.has(new URL(url).protocol)) {
    return 'is no URL of a repository; write it as "https://host/path", "ssh://user@host/path" or "user@host:path"';
  }
  const { password, username, protocol, search } = new URL(url);
  if (password !== "" || (username !== "" && protocol !== "ssh:") || /(?:token|password|secret)=/i.test(search)) {
    return "holds a credential; leave it out, and let a credential helper or an ssh key answer git";
  }
  return undefined;
}

const URL_SCHEMES: ReadonlySet<string> = new Set(["https:", "http:", "ssh:", "file:"]);

/** `user@host:path`. A leading `-` would be an option. */
const SCP_LIKE = /^[A-Za-z0-9_.][A-Za-z0-9_.-]*@[A-Za-z0-9][A-Za-z0-9.-]*:(?!\/\/)[^-:][^:]*$/;

const isAbsolutePath = (url: string): boolean => url.startsWith("/") && !url.split("/").includes("..");

/** A URL as agents take it: they know no `user@host:path`. */
export function asUrl(url: string): string {
  if (!SCP_LIKE.test(url)) return url;
  const colon = url.indexOf(":");
  return `ssh://${url.slice(0, colon)}/${url.slice(colon + 1).replace(/^\//, "")}`;
}

/** Where a repository lies, in whatever way its URL says it; good enough to know what not to do at the same time. */
export interface RepositoryPlace {
  /** Name of the host; empty for this machine. */
  readonly server: string;
  readonly path: string;
}

/** The same for all URLs by which forges serve one repository: by ssh or https, with and without `.git`. */
export function repositoryPlace(url: string): RepositoryPlace {
  const known = asUrl(url);
  const { hostname, pathname } = URL.canParse(known) ? new URL(known) : { hostname: "", pathname: url };
  return { server: hostname.toLowerCase(), path: pathname.replace(/\/+$/, "").replace(/\.git$/, "") };
}

/**
 * Whether git takes a name for a branch, and people see which one it is.
 *
 * @see https://git-scm.com/docs/git-check-ref-format
 */
export const isBranchName = (name: string): boolean =>
  !/^(?:@$|HEAD$|refs\/|-)/.test(name) &&
  !/[\s\p{Cc}\p{Cf}~^:?*[\\]|\.\.|@\{|\/\/|\/$|^\/|\.$/u.test(name) &&
  name.length <= 200 &&
  name.split("/").every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"));

/** Whether a text is a folder within a repository, as `clusters` or `a/b`; `.` is its root. */
export const isRepositoryPath = (path: string): boolean =>
  path === "." ||
  (path.length <= 200 &&
    path.split("/").every((part) => /^[A-Za-z0-9_.][A-Za-z0-9_.-]*$/.test(part) && !/^(?:\.+|\.git)$/i.test(part)));
