import type { Matcher } from '../types';

/** A page of `clipferry demo`. The companion takes it only while that command runs. */
export const matchDemo: Matcher = (url) => {
  const id = url.searchParams.get('v');
  if (url.protocol !== 'http:' || url.hostname !== '127.0.0.1' || url.pathname !== '/clipferry-demo/watch') return null;
  if (id === null || !/^[A-Za-z0-9_-]{1,40}$/.test(id)) return null;
  return { url: `${url.origin}/clipferry-demo/watch?v=${id}` };
};
