/** A cache that cannot be reached has nothing: the page is made anew. The first failure in a row is reported as a warning. */
let isReported = false;

export async function failOpen<Value>(
  call: () => Promise<Value>,
  otherwise: Value,
): Promise<Value> {
  try {
    const value = await call();
    isReported = false;
    return value;
  } catch (error) {
    if (!isReported) process.emitWarning(error instanceof Error ? error : String(error));
    isReported = true;
    return otherwise;
  }
}
