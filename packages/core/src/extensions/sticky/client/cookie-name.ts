/** The characters that the name of a cookie may have (RFC 6265). */
const COOKIE_NAME = /^[\w!#$%&'*+.^`|~-]+$/;

export function isCookieName(text: string): boolean {
  return COOKIE_NAME.test(text);
}
