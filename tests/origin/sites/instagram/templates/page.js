// Instagram's own behaviour, as far as an extension meets it, and window.fixture: how a test drives it.
{
  const facts = {{facts}};
  const main = document.querySelector('main');
  // As on the site the source is a blob:, not the file's address.
  async function attach(video) {
    video.src = URL.createObjectURL(await (await fetch(video.dataset.src)).blob());
    await new Promise(done => video.addEventListener('loadeddata', done, { once: true }));
  }
  const ready = Promise.all([...document.querySelectorAll('video')].map(attach));
  for (const mask of document.querySelectorAll('.mask')) {
    mask.addEventListener('click', () => { const video = mask.parentElement.querySelector('video'); video.paused ? video.play() : video.pause(); });
  }
  document.addEventListener('play', event => { event.target.muted = true; }, true);
  for (const next of document.querySelectorAll('[aria-label=Next]')) {
    next.addEventListener('click', () => {
      const items = [...next.parentElement.querySelectorAll('li.c')], dots = [...next.parentElement.querySelectorAll('.dots div')];
      const at = dots.findIndex(dot => dot.hasAttribute('aria-current')) + 1;
      if (at >= items.length) return;
      dots.forEach((dot, index) => index === at ? dot.setAttribute('aria-current', 'true') : dot.removeAttribute('aria-current'));
      items.forEach((item, index) => { item.style.transform = `translateX(${468 * (index - at)}px)`; });
      const url = new URL(location.href);
      if (facts.kind === 'post') { url.searchParams.set('img_index', String(at + 1)); history.replaceState({}, '', url); }
    });
  }
  window.fixture = {
    ready,
    videos: () => [...document.querySelectorAll('video')],
    seek: (video, seconds) => new Promise(done => { video.addEventListener('seeked', () => done(video.currentTime), { once: true }); video.currentTime = seconds; }),
    // The reel viewer: scroll to the i-th reel, as a person does; the address follows without an event.
    show(i) {
      const reels = document.querySelectorAll('.r');
      main.scrollTop = reels[i].offsetTop - main.offsetTop;
      history.replaceState({}, '', '/reels/' + facts.codes[i] + '/');
    },
    // A reel opened from the feed: a dialog above the feed, which stays where it is.
    async open(code) {
      const dialog = document.createElement('div'), frame = document.createElement('div'), inner = document.createElement('div'), video = document.createElement('video');
      dialog.setAttribute('role', 'dialog');
      frame.className = 'x1';
      frame.setAttribute('data-visualcompletion', 'ignore-late-mutation');
      video.playsInline = true;
      video.dataset.src = '/_fixture/media/' + code + '/0.mp4';
      inner.append(video);
      frame.append(inner);
      dialog.append(frame);
      document.body.append(dialog);
      history.pushState({}, '', '/reel/' + code + '/');
      await attach(video);
      return dialog;
    },
    close() { document.querySelector('[role=dialog]')?.remove(); history.pushState({}, '', '/'); },
  };
}
