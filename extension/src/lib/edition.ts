/**
 * The edition for the Chrome Web Store (`wxt build --mode store`): without known sites and buttons in players, with access to
 * a page only when it is called there. Decided at build time: the other edition's code is not in the package.
 */
export const STORE_EDITION = import.meta.env.MODE === 'store';
