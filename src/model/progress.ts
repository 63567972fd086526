/** What is told while clusters are worked on, so that whoever waits sees it go on. */
export type ProgressEvent =
  /** A stage begins on all of these clusters at once. */
  | { readonly kind: "begin"; readonly stage: string; readonly clusters: readonly string[] }
  /** What a cluster is at. */
  | { readonly kind: "step"; readonly cluster: string; readonly text: string }
  /** A cluster is through with the stage; `text` says what came of it. */
  | { readonly kind: "end"; readonly cluster: string; readonly failed: boolean; readonly text: string };
