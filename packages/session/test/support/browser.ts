// A client that keeps cookies, for as long as they say, and follows no redirect by itself.

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

export class Browser {
  readonly #cookies = new Map<string, string>();

  /** As for the `Cookie` header. */
  get cookies(): string {
    return [...this.#cookies].map((pair) => pair.join('=')).join('; ');
  }

  async get(url: string): Promise<Answer> {
    return this.#send('GET', url);
  }

  async post(url: string, json?: object): Promise<Answer> {
    return this.#send('POST', url, json);
  }

  /** Another one with the same cookies: as two tabs are. */
  tab(): Browser {
    const tab = new Browser();
    for (const [name, value] of this.#cookies) tab.#cookies.set(name, value);
    return tab;
  }

  async #send(method: string, url: string, json?: object): Promise<Answer> {
    const response = await fetch(url, {
      method,
      headers: {
        ...(this.cookies && { cookie: this.cookies }),
        ...(json && { 'content-type': 'application/json' }),
      },
      ...(json && { body: JSON.stringify(json) }),
      redirect: 'manual',
    });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : { text },
      headers: response.headers,
    };
  }

  #keep(line: string) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
    const expires = /;\s*expires=([^;]+)/i.exec(line)?.[1];
    if (expires && Date.parse(expires) <= Date.now()) this.#cookies.delete(name);
    else this.#cookies.set(name, value);
  }
}
