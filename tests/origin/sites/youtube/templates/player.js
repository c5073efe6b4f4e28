// The player object's methods, on top of a real <video>. Names and shapes as YouTube's own (facts: pages.md 1.5).
window.makePlayer = function (root, film) {
  const video = root.querySelector('video');
  const state = { film, ad: false, stitched: 0 };
  const content = () => video.currentTime - state.stitched;
  const length = () => state.film.live ? content() + 5 : (Number.isFinite(video.duration) ? video.duration : state.film.seconds);
  const load = next => { state.film = next; video.src = next.src; video.load(); };
  Object.assign(root, {
    getVideoData: () => ({ video_id: state.film.id, title: state.film.title, author: state.film.author, isLive: state.film.live, isPremiere: false, isPlayable: true }),
    getCurrentTime: content,
    getDuration: length,
    getPlayerState: () => video.ended ? 0 : video.paused ? 2 : video.readyState < 3 ? 3 : 1,
    getPresentingPlayerType: () => state.ad ? 2 : 1,
    getProgressState: () => ({ current: content(), duration: length(), seekableStart: 0, seekableEnd: length(), isAtLiveHead: state.film.live, loaded: length() }),
    getPlayerResponse: () => ({ videoDetails: { videoId: state.film.id, title: state.film.title, lengthSeconds: String(Math.round(state.film.seconds)), isLive: state.film.live, isLiveContent: state.film.live } }),
    getVideoUrl: () => 'https://www.youtube.com/watch?v=' + state.film.id,
    getVolume: () => Math.round(video.volume * 100),
    isMuted: () => video.muted,
    mute: () => { video.muted = true; },
    unMute: () => { video.muted = false; },
    isInline: () => false,
    seekTo: seconds => { video.currentTime = seconds + state.stitched; },
    playVideo: () => video.play(),
    pauseVideo: () => video.pause(),
    getPlaybackRate: () => video.playbackRate,
    setPlaybackRate: rate => { video.playbackRate = rate; },
  });
  const mode = () => { root.classList.toggle('playing-mode', !video.paused); root.classList.toggle('paused-mode', video.paused); };
  for (const name of ['play', 'pause', 'ended']) video.addEventListener(name, mode);
  video.addEventListener('click', () => video.paused ? video.play() : video.pause());
  // As on the site: ?t=90, ?t=90s and ?t=1m30s begin there.
  const named = new URL(location).searchParams.get('t')?.match(/^(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?$/);
  if (named) video.addEventListener('loadedmetadata', () => { video.currentTime = (named[1] || 0) * 3600 + (named[2] || 0) * 60 + +(named[3] || 0); }, { once: true });
  load(film);
  return { root, video, state, load };
};
