import { createHash } from "node:crypto";

/** How a repository names its objects. */
export type ObjectFormat = "sha1" | "sha256";

/** The id that git gives to a file's content. @see https://git-scm.com/book/en/v2/Git-Internals-Git-Objects */
export const blobId = (content: Buffer, format: ObjectFormat): string =>
  createHash(format).update(`blob ${content.length}\0`).update(content).digest("hex");

/** Of an id as of a commit. */
export const formatOfId = (id: string): ObjectFormat => (id.length === 64 ? "sha256" : "sha1");

/** Whether a text is the whole id of an object, in either format. */
export const isObjectId = (text: string): boolean => /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
