import { availableParallelism } from "node:os";
import { benchGrowth, benchPatching } from "./patching.ts";
import { benchServing } from "./serving.ts";

/** `npm run bench:dns [-- <rounds>]`: zones in Corefiles, and in the real CoreDNS. */
const rounds = Number(process.argv[2] ?? 20);

console.log(`medians of ${rounds}; Node ${process.version}, ${availableParallelism()} cores`);
await benchPatching(rounds);
await benchGrowth(rounds);
await benchServing(5);
