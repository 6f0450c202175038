// What the examples of the page about testing are given: the globals of Jest.

interface Expectation {
  toBe(value: unknown): void;
}

export declare function test(name: string, run: () => Promise<void>): void;
export declare function afterEach(run: () => Promise<unknown>): void;
export declare function afterAll(run: () => Promise<unknown>): void;
export declare function expect(value: unknown): Expectation;
