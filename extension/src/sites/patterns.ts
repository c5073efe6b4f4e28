/** Pages where the button appears: match patterns (developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Match_patterns). */
export const SITES = [
  'https://www.youtube.com/*',
  'https://m.youtube.com/*',
  'https://www.youtube-nocookie.com/*',
  'https://www.instagram.com/*',
];

/** The small site that `clipferry demo` serves, on whatever port: a pattern without a port matches all of them. */
export const DEMO = ['http://127.0.0.1/clipferry-demo/*'];

/** Links that can be taken from the context menu, beside those of the pages above. */
export const LINKS = ['https://youtu.be/*', 'https://youtube.com/*', 'https://instagram.com/*'];

/** The domains whose hosts are one site: a session's cookies are set for the domain. */
export const DOMAINS = ['youtube.com', 'youtube-nocookie.com', 'instagram.com'];
