import { load } from "js-yaml";

/**
 * Read one YAML document of any shape.
 *
 * @returns undefined for what is no YAML.
 */
export function parseYaml(text: string): unknown {
  try {
    return load(text, { maxAliases: 0 });
  } catch {
    // Its message would show lines of the file, which may hold secrets.
    return undefined;
  }
}
