// Filters a list by a text that its rows have.
import type { Signal } from '@preact/signals';

export function SearchField({ text }: { text: Signal<string> }) {
  return (
    <label class="inline">
      With
      <input
        type="search"
        placeholder="text"
        value={text.value}
        onInput={(event) => (text.value = event.currentTarget.value)}
      />
    </label>
  );
}
