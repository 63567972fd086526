import { formatJson } from "./format-json.ts";

/** What an app writes instead of dist/ where it is asked which identities it wants (`LCLOUD_WANTED=<file>`). */
export interface WantedFile {
  readonly version: 1;
  /** Folder of the requests, as the app was given it. */
  readonly identities: string;
  readonly users: readonly WantedUser[];
}

/** Somebody who needs a certificate request. */
export interface WantedUser {
  readonly cloud: string;
  readonly user: string;
  readonly keyAlgorithm: string;
}

export const formatWantedFile = (file: WantedFile): string => formatJson(file);
