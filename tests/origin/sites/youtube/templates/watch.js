// The watch page's own behaviour, and window.fixture: how a test drives it.
{
  const first = {{film}};
  const root = document.getElementById('movie_player'), flexy = document.querySelector('ytd-watch-flexy'), meta = document.querySelector('ytd-watch-metadata');
  const { video, state, load } = makePlayer(root, first);
  const bar = root.querySelector('.ytp-progress-bar'), played = root.querySelector('.ytp-play-progress'), now = root.querySelector('.ytp-time-current');
  const clock = s => Math.floor(s / 60) + ':' + String(Math.floor(s % 60)).padStart(2, '0');
  video.addEventListener('timeupdate', () => {
    const at = root.getCurrentTime();
    bar.setAttribute('aria-valuenow', Math.floor(at));
    played.style.width = 100 * at / root.getDuration() + '%';
    now.textContent = clock(at);
  });
  bar.addEventListener('click', event => { const box = bar.getBoundingClientRect(); root.seekTo((event.clientX - box.left) / box.width * root.getDuration()); });
  root.querySelector('.ytp-play-button').addEventListener('click', () => video.paused ? video.play() : video.pause());
  root.querySelector('.ytp-size-button').addEventListener('click', () => flexy.toggleAttribute('theater'));
  root.querySelector('.ytp-fullscreen-button').addEventListener('click', () => document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen());
  document.addEventListener('fullscreenchange', () => {
    const full = document.fullscreenElement === root;
    document.querySelector('ytd-app').toggleAttribute('fullscreen', full);
    root.classList.toggle('ytp-fullscreen', full);
    root.classList.toggle('ytp-big-mode', full);
  });
  const keys = [];
  document.addEventListener('keydown', event => {
    keys.push(event.key);
    if (event.target.closest('input, textarea, [contenteditable]')) return;
    if (event.key === 'k' || event.key === ' ') { video.paused ? video.play() : video.pause(); event.preventDefault(); }
    if (event.key === 'ArrowLeft') root.seekTo(Math.max(0, root.getCurrentTime() - 5));
    if (event.key === 'ArrowRight') root.seekTo(root.getCurrentTime() + 5);
    if (event.key === 'f') root.requestFullscreen();
    if (event.key === 't') flexy.toggleAttribute('theater');
  });
  const fire = (name, detail) => document.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  const nav = id => ({ pageType: 'watch', endpoint: { watchEndpoint: { videoId: id } } });
  const show = film => {
    load(film);
    document.title = film.title + ' - YouTube';
    flexy.setAttribute('video-id', film.id);
    meta.setAttribute('video-id', film.id);
    meta.querySelector('h1 yt-formatted-string').textContent = film.title;
    bar.setAttribute('aria-valuemax', Math.round(film.seconds));
    root.querySelector('.ytp-time-duration').textContent = clock(film.seconds);
  };
  async function go(id) {
    const film = await (await fetch('/_fixture/film?v=' + id)).json();
    fire('yt-navigate-start', nav(id));
    history.pushState({}, '', '/watch?v=' + id);
    flexy.hidden = false;
    document.querySelector('ytd-browse').hidden = true;
    show(film);
    fire('yt-navigate-finish', nav(id));
    fire('yt-page-data-updated', nav(id));
  }
  function home() {
    fire('yt-navigate-start', { pageType: 'browse' });
    history.pushState({}, '', '/');
    video.pause();
    flexy.hidden = true;
    document.querySelector('ytd-browse').hidden = false;
    fire('yt-navigate-finish', { pageType: 'browse' });
  }
  document.querySelectorAll('#secondary a').forEach(link => link.addEventListener('click', event => { event.preventDefault(); go(new URL(link.href).searchParams.get('v')); }));
  window.addEventListener('popstate', async () => {
    const id = new URL(location).searchParams.get('v');
    if (!id) return;
    show(await (await fetch('/_fixture/film?v=' + id)).json());
    fire('yt-navigate-finish', nav(id));
  });
  window.fixture = {
    state, keys, go, home, player: root, video,
    ad(on) { state.ad = on; for (const name of ['ad-showing', 'ad-interrupting']) root.classList.toggle(name, on); },
    stitch(seconds) { state.stitched = seconds; },
    theater: on => flexy.toggleAttribute('theater', on),
    autohide: on => root.classList.toggle('ytp-autohide', on),
    // Resolves when the picture at `seconds` is on screen.
    seek: seconds => new Promise(done => { video.addEventListener('seeked', () => done(root.getCurrentTime()), { once: true }); root.seekTo(seconds); }),
    // YouTube's own code throws its row of buttons away and makes it anew now and then.
    rebuildRow() { const row = document.querySelector('#menu > ytd-menu-renderer'); row.replaceWith(row.cloneNode(true)); },
    rebuildControls() { const right = root.querySelector('.ytp-right-controls'); right.replaceWith(right.cloneNode(true)); fire('yt-player-updated'); },
    innerHtmlThrows() { try { document.createElement('div').innerHTML = '<b>x</b>'; return false; } catch { return true; } },
  };
  fire('yt-player-updated');
  setTimeout(() => fire('yt-navigate-finish', nav(first.id)), 50);
}
