// A table that scrolls sideways where it must.
import type { ComponentChildren } from 'preact';

export interface Heading {
  readonly text: string;
  readonly isNumber?: boolean;
  /** Left out where there is little room: 1 goes first. */
  readonly rank?: 1 | 2 | 3;
}

export function Table({
  label,
  headings,
  children,
}: {
  label: string;
  headings: readonly Heading[];
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <section class="table-frame" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {headings.map((heading) => (
              <th key={heading.text} scope="col" class={classOf(heading)}>
                {heading.text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  );
}

export function classOf({ isNumber, rank }: Omit<Heading, 'text'>): string {
  return [isNumber && 'number', rank && `rank-${rank}`].filter(Boolean).join(' ');
}
