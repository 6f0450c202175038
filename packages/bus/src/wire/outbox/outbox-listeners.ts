// Callbacks for the moment when an outbox has room, is calm, or has sent everything.

export interface OutboxState {
  hasRoom(): boolean;
  isCalm(): boolean;
  isIdle(): boolean;
}

export class OutboxListeners {
  readonly #outbox: OutboxState;
  readonly #room: (() => void)[] = [];
  readonly #calm: (() => void)[] = [];
  readonly #idle: (() => void)[] = [];

  constructor(outbox: OutboxState) {
    this.#outbox = outbox;
  }

  onRoom(listener: () => void): void {
    this.#room.push(listener);
  }

  onCalm(listener: () => void): void {
    this.#calm.push(listener);
  }

  onIdle(listener: () => void): void {
    this.#idle.push(listener);
  }

  /** Calls the callbacks whose moment has come, once. */
  settle(): void {
    if (this.#room.length > 0 && this.#outbox.hasRoom()) call(this.#room.splice(0));
    if (this.#calm.length > 0 && this.#outbox.isCalm()) call(this.#calm.splice(0));
    if (this.#idle.length > 0 && this.#outbox.isIdle()) call(this.#idle.splice(0));
  }
}

function call(listeners: readonly (() => void)[]): void {
  for (const listener of listeners) listener();
}
