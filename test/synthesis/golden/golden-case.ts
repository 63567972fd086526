/** An app as a user's main.ts is one. */
export type GoldenCase = (folders: { readonly outdir: string; readonly identities: string }) => void;
