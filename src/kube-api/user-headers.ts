import { readFile } from "node:fs/promises";
import type { OutgoingHttpHeaders } from "node:http";
import { dirname, resolve } from "node:path";
import { CloudError, systemCodeOf } from "../model/error.ts";
import { CredentialFailure } from "./connection.ts";
import type { KubeTarget } from "./kube-api.ts";

/** A user of a kubeconfig as its file has it. */
export interface UserSource {
  /** Path of the kubeconfig. */
  readonly file: string;
  /** Name in it. */
  readonly name: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * What a kubeconfig's user says and client-node does not read: the token's file, and on whose behalf requests are.
 *
 * @returns A function that gives the headers for one request, since token files change. It throws a
 * {@link CredentialFailure} for a file without a token.
 * @throws {@link CloudError} `NO_CONTEXT` for fields that are not as kubectl takes them.
 * @see https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/#AuthInfo
 */
export function userHeaders(source: UserSource, { cluster }: KubeTarget): () => Promise<OutgoingHttpHeaders> {
  const refuse = (what: string): CloudError =>
    new CloudError("NO_CONTEXT", `${cluster}: user "${source.name}" in ${source.file} ${what}; correct it`);
  const { tokenFile } = source.fields;
  if (!isAbsent(tokenFile) && typeof tokenFile !== "string") throw refuse("has a tokenFile that is no path");
  const impersonation = impersonationHeaders(source.fields, refuse);
  return async () => ({
    ...(tokenFile ? { Authorization: `Bearer ${await readToken(tokenFile, source)}` } : {}),
    ...impersonation,
  });
}

async function readToken(tokenFile: string, { file, name }: UserSource): Promise<string> {
  const path = resolve(dirname(file), tokenFile);
  const at = `the tokenFile ${path} of user "${name}" in ${file}`;
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CredentialFailure(`${at} cannot be read (${systemCodeOf(cause)})`);
  });
  if (text.trim() === "") throw new CredentialFailure(`${at} is empty`);
  return text.trim();
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonationHeaders(
  { as, "as-uid": uid, "as-groups": groups, "as-user-extra": extra }: UserSource["fields"],
  refuse: (what: string) => CloudError,
): OutgoingHttpHeaders {
  if ([as, uid, groups, extra].every(isAbsent)) return {};
  if (typeof as !== "string" || as === "") throw refuse("has as-uid, as-groups or as-user-extra, and no as");
  if (!isAbsent(uid) && typeof uid !== "string") throw refuse("has an as-uid that is no text");
  if (!isAbsent(groups) && !isTexts(groups)) throw refuse("has as-groups that are no list of texts");
  const extras = isAbsent(extra) ? [] : Object.entries(extra as object);
  if ((!isAbsent(extra) && typeof extra !== "object") || !extras.every(([, values]) => isTexts(values))) {
    throw refuse("has an as-user-extra that does not hold lists of texts");
  }
  return {
    "Impersonate-User": as,
    ...(uid ? { "Impersonate-Uid": uid } : {}),
    ...(isTexts(groups) && groups.length > 0 ? { "Impersonate-Group": groups } : {}),
    ...Object.fromEntries(extras.map(([key, values]) => [`Impersonate-Extra-${encodeURIComponent(key)}`, values])),
  };
}

const isAbsent = (value: unknown): value is undefined | null | "" =>
  value === undefined || value === null || value === "";

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === "string");
