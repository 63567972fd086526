/** Fields of manifests that users may have written: read as what they should be, empty where they are something else. */
export const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const asTexts = (value: unknown): readonly string[] => asList(value).filter((item) => typeof item === "string");

export const asText = (value: unknown): string => (typeof value === "string" ? value : "");
