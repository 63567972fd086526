/** What lives in a namespace, and is not of its cloud. */
export interface NamespaceContents {
  readonly namespace: string;
  /** By kind; empty where there is nothing. */
  readonly kinds: readonly KindContents[];
}

export interface KindContents {
  readonly apiVersion: string;
  readonly kind: string;
  readonly count: number;
  /** Some of them, by name. */
  readonly names: readonly string[];
}
