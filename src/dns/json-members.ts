/** A member of a JSON object, and where it stands in its text; in UTF-16 code units. */
export interface JsonMember {
  readonly key: string;
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/**
 * The members of a JSON object at its top level.
 *
 * @param text - JSON that was parsed, and is an object.
 */
export function membersOf(text: string): readonly JsonMember[] {
  const members: JsonMember[] = [];
  let at = afterSpace(text, text.indexOf("{") + 1);
  while (text[at] !== "}") {
    const start = at;
    const keyEnd = endOfString(text, at);
    const valueStart = afterSpace(text, afterSpace(text, keyEnd) + 1);
    const end = endOfValue(text, valueStart);
    members.push({ key: JSON.parse(text.slice(start, keyEnd)), start, valueStart, end });
    at = afterSpace(text, end);
    if (text[at] === ",") at = afterSpace(text, at + 1);
  }
  return members;
}

/** The text of a JSON object with one more member, which is last, and stands as the others do. */
export function addMember(text: string, key: string, value: string): string {
  const members = membersOf(text);
  const [first] = members;
  const last = members.at(-1);
  const open = text.indexOf("{") + 1;
  if (first === undefined || last === undefined) {
    return `${text.slice(0, open)}${JSON.stringify(key)}:${value}${text.slice(open)}`;
  }
  const indent = text.slice(open, first.start);
  const colon = text.slice(endOfString(text, first.start), first.valueStart);
  return `${text.slice(0, last.end)},${indent}${JSON.stringify(key)}${colon}${value}${text.slice(last.end)}`;
}

/** The text of a JSON object without one of its members, and with everything else as it was. */
export function removeMember(text: string, member: JsonMember): string {
  const members = membersOf(text);
  const index = members.findIndex(({ start }) => start === member.start);
  const [before, after] = [members[index - 1], members[index + 1]];
  const start = before === undefined ? member.start : before.end;
  const end = before === undefined && after !== undefined ? after.start : member.end;
  return text.slice(0, start) + text.slice(end);
}

export const replaceValue = (text: string, { valueStart, end }: JsonMember, value: string): string =>
  text.slice(0, valueStart) + value + text.slice(end);

function afterSpace(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text.charAt(at))) at++;
  return at;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at + 1;
}

function endOfValue(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; ) {
    const char = text.charAt(at);
    if (depth === 0 && /[,}\] \t\r\n]/.test(char)) return at;
    if ("{[".includes(char)) depth++;
    if ("}]".includes(char)) depth--;
    at = char === '"' ? endOfString(text, at) : at + 1;
    if (depth === 0 && "}]".includes(char)) return at;
  }
  return text.length;
}
