// Measures and clips text by terminal columns: Chinese characters and most emoji take two.
import stringWidth from 'string-width';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
const COLOUR = /(\u001b\[\d+m)/;

const characters = new Intl.Segmenter();

/** Columns. */
export const widthOf = (text: string): number => stringWidth(text);

/** `text` in at most `width` columns. */
export function clip(text: string, width: number): string {
  return widthOf(text) <= width ? text : `${cut(text, width - 1)}…`.slice(0, Math.max(0, width));
}

/** The same for text with colours, which have no width. Colours are switched off at the end. */
export function clipStyled(text: string, width: number): string {
  let left = width;
  return text
    .split(COLOUR)
    .map((part, index) => {
      if (index % 2 === 1) return part;
      const shown = cut(part, left);
      left = shown === part ? left - widthOf(shown) : 0;
      return shown;
    })
    .join('');
}

export function padTo(text: string, width: number, align: 'left' | 'right'): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)));
  return align === 'right' ? blanks + text : text + blanks;
}

/** As many whole characters as fit. */
function cut(text: string, width: number): string {
  let left = width;
  let end = 0;
  for (const { segment } of characters.segment(text)) {
    left -= widthOf(segment);
    if (left < 0) break;
    end += segment.length;
  }
  return text.slice(0, end);
}
