import { CloudError } from "../../model/error.ts";
import type { MissingSource, Source, SourceOrder } from "../../model/source.ts";
import type { PushOptions } from "./push-types.ts";

/**
 * Refuse to deliver unless all that was delivered last is older, as it is not for a job that waited too long.
 *
 * @param place - What is delivered to, without a credential.
 * @param lasts - Sources of the last deliveries to it; none where nobody can tell which.
 * @throws {@link CloudError} `SOURCE_OUTDATED` where ours is older; `SOURCE_UNKNOWN` where nothing says that it is newer,
 * and nobody has said that the last one may be overwritten.
 */
export async function checkSource(
  place: string,
  lasts: readonly string[],
  { source, supersede }: Pick<PushOptions, "source" | "supersede">,
): Promise<void> {
  const [last] = lasts;
  if (last === undefined) return;
  if (source.kind === "none") throw refused(place, last, MISSING[source.why]);
  const orders = await Promise.all(lasts.map(async (each) => ({ last: each, order: await source.compare(each) })));
  const older = orders.find(({ order }) => order === "older");
  if (older !== undefined) throw outdated(place, older.last, source.commit);
  const doubtful = orders.filter((each) => each.order !== "newer" && !isSuperseded(each.last, supersede));
  const [first] = doubtful;
  if (first === undefined) return;
  const flag = `--supersede ${doubtful.map((each) => each.last).join(",")}`;
  throw refused(place, first.last, doubtOf(first.order, source.commit, flag));
}

/** Refuse to offer what is older than what is offered already; else there is nothing delivered yet that could be lost. */
export async function checkOffered(place: string, offered: readonly string[], source: Source): Promise<void> {
  if (source.kind === "none") return;
  for (const last of offered) {
    if ((await source.compare(last)) === "older") throw outdated(place, last, source.commit);
  }
}

const isSuperseded = (commit: string, supersede: ReadonlySet<string>): boolean =>
  [...supersede].some((prefix) => /^[0-9a-f]{7,}$/.test(prefix) && commit.startsWith(prefix));

/** What is in the way, and what to do. */
type Doubt = readonly [what: string, remedy: string];

const MISSING: Readonly<Record<MissingSource, Doubt>> = {
  uncommitted: [
    "dist/ is not what is committed here, so nobody can tell which is newer",
    "run lcloud synth and commit dist/ before you deliver it; git must not ignore it",
  ],
  "no-repository": [
    "dist/ lies in no git repository here, so nobody can tell which is newer",
    "deliver from a clone in which dist/ is committed",
  ],
};

function doubtOf(order: SourceOrder, ours: string, flag: string): Doubt {
  if (order === "shallow") {
    return [
      "too little of the history is here to tell which is newer",
      "fetch all of it: fetch-depth: 0 of actions/checkout, GIT_DEPTH: 0 of GitLab, or git fetch --unshallow",
    ];
  }
  if (order === "unknown") {
    return [
      "that commit is not here, so nobody can tell which is newer",
      `run git fetch and deliver from what is newest; if that commit is gone for ever, add ${flag}`,
    ];
  }
  return [
    `${ours} does not have that commit in its history`,
    `merge it or rebase onto it, and render again; if what it brought may be lost, add ${flag}`,
  ];
}

const refused = (place: string, last: string, [what, remedy]: Doubt): CloudError =>
  new CloudError("SOURCE_UNKNOWN", `${place} ${HOLDS} ${last}, and ${what}; nothing was pushed, ${remedy}`);

const outdated = (place: string, last: string, ours: string): CloudError =>
  new CloudError(
    "SOURCE_OUTDATED",
    `${place} ${HOLDS} ${last}, which is newer than ${ours}; nothing was pushed, deliver from the newer one`,
  );

const HOLDS = "holds what was rendered from";
