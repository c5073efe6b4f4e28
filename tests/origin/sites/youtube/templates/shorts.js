// The Shorts viewer: one renderer, moved from slot to slot.
{
  const films = {{films}};
  const root = document.getElementById('shorts-player');
  const { video, state, load } = makePlayer(root, films[0]);
  const renderer = document.querySelector('ytd-reel-video-renderer');
  const fire = (name, id) => document.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { pageType: 'shorts', endpoint: { reelWatchEndpoint: { videoId: id } } } }));
  let slot = 0;
  function next() {
    const film = films[slot + 1];
    if (!film) return;
    slot += 1;
    renderer.removeAttribute('is-active');
    fire('yt-navigate-start', film.id);
    document.getElementById(String(slot)).append(renderer);
    load(film);
    document.title = film.title + ' - YouTube';
    history.pushState({}, '', '/shorts/' + film.id);
    renderer.setAttribute('is-active', '');
    renderer.scrollIntoView();
    fire('yt-navigate-finish', film.id);
  }
  document.querySelector('#navigation-button-down button').addEventListener('click', next);
  window.fixture = {
    state, next, player: root, video,
    ad(on) { state.ad = on; root.classList.toggle('ad-showing', on); },
    seek: seconds => new Promise(done => { video.addEventListener('seeked', () => done(root.getCurrentTime()), { once: true }); root.seekTo(seconds); }),
  };
  setTimeout(() => fire('yt-navigate-finish', films[0].id), 50);
}
