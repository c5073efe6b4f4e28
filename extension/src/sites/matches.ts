/** Where the button may appear: match patterns of the manifest (developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Match_patterns). */
export const SITE_MATCHES = [
  'https://www.youtube.com/*',
  'https://m.youtube.com/*',
  'https://www.youtube-nocookie.com/*',
  'https://www.instagram.com/*',
];

/** The small site that `clipferry demo` serves, on whatever port: a pattern without a port matches all of them. */
export const DEMO_MATCHES = ['http://127.0.0.1/clipferry-demo/*'];

/** Links that can be taken from the context menu, beside those of the pages above. */
export const LINK_MATCHES = ['https://youtu.be/*', 'https://youtube.com/*', 'https://instagram.com/*'];
