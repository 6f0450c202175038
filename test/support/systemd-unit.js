// Reads a unit as systemd does, to the extent that ours use: sections, comments, quotes and specifiers.
// Source: systemd.syntax(7), "Quoting"; systemd.service(5), "Command lines".

/** Directives whose value is words, and of which there may be several. */
const OF_WORDS = ['ExecStart', 'ExecReload', 'Environment'];

/**
 * @param {string} text
 * @returns {Record<string, Record<string, any[]>>} by section and name: each value, as words where it consists of words
 */
export function readUnit(text) {
  /** @type {Record<string, Record<string, any[]>>} */
  const sections = {};
  /** @type {Record<string, any[]> | undefined} */
  let current;
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const section = /^\[(\w+)\]$/.exec(line)?.[1];
    if (section) {
      current = {};
      sections[section] = current;
      continue;
    }
    const [, name, value = ''] = /^([A-Z]\w+)=(.*)$/.exec(line) ?? [];
    if (!name || !current) throw new Error(`not a line of a unit: ${line}`);
    const isCommand = name.startsWith('Exec');
    const read = OF_WORDS.includes(name)
      ? wordsOf(value).map((word, index) => plain(word, isCommand && index > 0))
      : plain(value, false);
    current[name] = [...(current[name] ?? []), read];
  }
  return sections;
}

/** @param {string} value */
function wordsOf(value) {
  const words = value.match(/"(?:\\.|[^"\\])*"|[^\s"'\\;]+/g) ?? [];
  if (words.join(' ') !== value) throw new Error(`not words: ${value}`);
  return words.map((word) =>
    word.startsWith('"') ? word.slice(1, -1).replaceAll(/\\(.)/g, '$1') : word,
  );
}

/**
 * @param {string} word
 * @param {boolean} hasVariables whether "$" begins one
 */
function plain(word, hasVariables) {
  const text = word.replaceAll(/%(.?)/g, (_, next) => {
    if (next !== '%') throw new Error(`a specifier in ${word}`);
    return '%';
  });
  return hasVariables
    ? text.replaceAll(/\$(.?)/g, (_, next) => {
        if (next !== '$') throw new Error(`a variable in ${word}`);
        return '$';
      })
    : text;
}
