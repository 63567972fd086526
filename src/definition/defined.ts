/** An object without the fields that say undefined, as TypeScript lets optional ones do unless it is told not to. */
export const defined = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
