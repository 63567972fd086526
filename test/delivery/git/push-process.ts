import { once } from "node:events";
import { distOf, push } from "./pushing.ts";

/** Pushes in a process of its own, when a line comes: arguments are the repository and a cloud's value. */
const [, , repository = "", value = ""] = process.argv;
process.stdout.write("ready\n");
await once(process.stdin, "data");
await push({ repository, branch: "main" }, [distOf("edge-1", { shop: value, bank: value })]);
process.exit();
