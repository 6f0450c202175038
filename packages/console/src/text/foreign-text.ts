// Text of workers, such as lines of their logs: bounded, and with every character visible that would not be, or that would turn
// the direction of the text around it. The page renders the result as text, never as markup.

/** Colours of a terminal, which are left out. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const COLOURS = /\u001b\[[\d;:]*m/g;
/** All but tab and line feed; no-break and zero-width spaces, line separators, and what turns the direction. */
const HIDDEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** How much of a text is looked at for each character that is shown: colours may be in between. */
const LOOK_AT = 4;

/**
 * In at most `most` UTF-16 units (default 2,000), and with an ellipsis where the text was cut. A control character is shown,
 * or any other hidden one as JavaScript writes it: `\x1b`, `\u202e`.
 */
export function shown(text: string, most = 2_000): string {
  const looked = text.slice(0, most * LOOK_AT);
  const visible = looked
    .replaceAll(COLOURS, '')
    .replaceAll('\r\n', '\n')
    .replaceAll(HIDDEN, picture);
  if (visible.length <= most && looked.length === text.length) return visible;
  return `${visible.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** As `shown`, in one line. */
export function shownLine(text: string, most = 300): string {
  return shown(text, most).replaceAll('\n', '\\n').replaceAll('\t', '  ');
}

function picture(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u${code.padStart(4, '0')}`;
}
