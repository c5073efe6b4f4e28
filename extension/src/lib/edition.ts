/**
 * The edition for the Chrome Web Store (`wxt build --mode store`): it knows no site by name, has no button in players and gets
 * at a page only when a person calls it there. The line is decided at build time, and what it excludes is not in the package.
 */
export const STORE_EDITION = import.meta.env.MODE === 'store';
