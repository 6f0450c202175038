// Calls of the HTTP interface.

/**
 * @param {string} path
 * @param {object} [body] sent as JSON by POST; without it the call is a GET
 */
export async function call(path, body) {
  const response = await fetch(`/api/${path}`, {
    ...(body && {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const answer = await response.json();
  if (!response.ok) throw Object.assign(new Error(answer.error), { status: response.status });
  return answer;
}
