import type { CloudError } from "../../model/error.ts";

/** A report for other programs, ended by a line break. */
export const formatJson = (report: unknown): string => `${JSON.stringify(report, undefined, 2)}\n`;

/** What is printed in the place of a report if there is none. */
export const formatJsonError = (error: Pick<CloudError, "message" | "faults"> & { readonly code: string }): string => {
  const { code, message, faults } = error;
  return formatJson({ error: { code, message, faults } });
};
