{
  const root = document.getElementById('movie_player');
  const { video, state } = makePlayer(root, {{film}});
  window.fixture = {
    state, player: root, video,
    ad(on) { state.ad = on; root.classList.toggle('ad-showing', on); },
    seek: seconds => new Promise(done => { video.addEventListener('seeked', () => done(root.getCurrentTime()), { once: true }); root.seekTo(seconds); }),
  };
}
