// uPlot asks Intl for the language of the browser while it is loaded, and fails where that is not one: a Chromium without a
// locale says `en-US@posix`. Loaded before it.
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { value: 'en' });
}
