// Lists of texts as one argument of a script.

/** Each text with its length in bytes before it, like netstrings. */
export function pack(texts: readonly (string | number)[]): string {
  return texts.map((text) => `${Buffer.byteLength(String(text))}:${text}`).join('');
}

/** The texts that `pack` was given. It reads only the lengths, and not the texts. */
export function unpack(packed: string): string[] {
  const bytes = Buffer.from(packed);
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    const colon = bytes.indexOf(':', at);
    const end = colon + 1 + Number(bytes.toString('latin1', at, colon));
    texts.push(bytes.toString('utf8', colon + 1, end));
    at = end;
  }
  return texts;
}

export const LUA_UNPACK = `local function unpacked(packed)
  local texts, at = {}, 1
  while at <= #packed do
    local colon = string.find(packed, ':', at, true)
    local last = colon + tonumber(string.sub(packed, at, colon - 1))
    texts[#texts + 1] = string.sub(packed, colon + 1, last)
    at = last + 1
  end
  return texts
end
`;
