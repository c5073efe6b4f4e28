{
  const root = document.getElementById('movie_player');
  const { video, state, load } = makePlayer(root, {{film}});
  document.querySelector('.player-control-play-pause-icon').addEventListener('click', () => video.paused ? video.play() : video.pause());
  video.addEventListener('timeupdate', () => { document.querySelector('.ytwPlayerTimeDisplayTimeCurrent').textContent = Math.floor(root.getCurrentTime() / 60) + ':' + String(Math.floor(root.getCurrentTime() % 60)).padStart(2, '0'); });
  window.fixture = {
    state, player: root, video,
    ad(on) { state.ad = on; root.classList.toggle('ad-showing', on); },
    seek: seconds => new Promise(done => { video.addEventListener('seeked', () => done(root.getCurrentTime()), { once: true }); root.seekTo(seconds); }),
    async go(id) {
      const film = await (await fetch('/_fixture/film?v=' + id)).json();
      history.pushState({}, '', '/watch?v=' + id);
      load(film);
      document.title = film.title + ' - YouTube';
      window.dispatchEvent(new CustomEvent('state-navigateend', { detail: { href: '/watch?v=' + id } }));
    },
  };
  setTimeout(() => window.dispatchEvent(new CustomEvent('state-navigateend', { detail: { href: location.pathname + location.search } })), 50);
}
