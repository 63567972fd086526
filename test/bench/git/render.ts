import { renderSaas } from "./saas.ts";

/** Renders in a process of its own: folder of dist/, and what the changed tenant may use. */
renderSaas(process.argv[2] ?? "", "https://git.example.test/fleet.git", Number(process.argv[3]));
