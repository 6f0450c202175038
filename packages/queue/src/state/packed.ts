// Lists of texts as one argument of a script.

/** Each text with its length in bytes before it, like netstrings. */
export function pack(texts: readonly (string | number)[]): string {
  return texts.map((text) => `${Buffer.byteLength(String(text))}:${text}`).join('');
}

/** The texts that `pack` was given, up to where something else begins. It reads only the lengths, and not the texts. */
export function unpack(packed: string): string[] {
  const bytes = Buffer.from(packed);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(':', at);
    const length = colon < 0 ? '' : bytes.toString('latin1', at, colon);
    if (!/^\d{1,9}$/.test(length)) break;
    const end = colon + 1 + Number(length);
    if (end > bytes.length) break;
    texts.push(bytes.toString('utf8', colon + 1, end));
    at = end;
  }
  return texts;
}

export const LUA_UNPACK = `local function unpacked(packed)
  local texts, at = {}, 1
  while at <= #packed do
    local length, from = string.match(packed, '^(%d+):()', at)
    if not length then break end
    at = from + length
    if at > #packed + 1 then break end
    texts[#texts + 1] = string.sub(packed, from, at - 1)
  end
  return texts
end
`;
