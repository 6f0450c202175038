// A select with its label.

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  /** The value of each choice, and its text. */
  readonly choices: readonly (readonly [value: string, text: string])[];
  readonly choose: (value: string) => void;
  /** Whether it stands in a line with others. */
  readonly isInline?: boolean;
}

export function Choice({ label, value, choices, choose, isInline = false }: ChoiceProps) {
  return (
    <label class={isInline ? 'inline' : undefined}>
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        {choices.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
