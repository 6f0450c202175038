// Text that stays within its line, and on it.

/** `text` in at most `width` characters. */
export function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /(\u001b\[\d+m)/;

/** The same for text with colours, which have no width, and which it leaves switched off. */
export function clipStyled(text: string, width: number): string {
  let left = width;
  return text
    .split(COLOUR)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const shown = part.slice(0, left);
      left -= shown.length;
      return shown;
    })
    .join('');
}

/** Names come from elsewhere; none of them moves the cursor. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, '?');
}
