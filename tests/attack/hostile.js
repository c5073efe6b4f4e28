// Everything that a page can try against a server on this computer. `base` is the server, `token` its real token: the
// attacker is given it, so that no defence hides behind the secret. Gives what each way came back with.
async function attack(base, token) {
  const clip = JSON.stringify({ url: "https://www.youtube.com/watch?v=aaaaaaaaaaa", start_time: 1, end_time: 2 });
  const auth = { Authorization: `Bearer ${token}` };
  const json = { "Content-Type": "application/json" };
  const limit = 4000;
  const within = (work) =>
    Promise.race([
      work().then((v) => v, (e) => `blocked: ${e && e.name}`),
      new Promise((done) => setTimeout(() => done("blocked: silence"), limit)),
    ]);
  const told = async (answer) => (answer.type === "opaque" ? "opaque" : `${answer.status} ${(await answer.text()).slice(0, 200)}`);
  const element = (tag, attribute, url, wanted) => () =>
    new Promise((done) => {
      const made = document.createElement(tag);
      made.onload = made.onloadeddata = () => done(wanted ? wanted(made) : "loaded");
      made.onerror = () => done("blocked: error");
      made[attribute] = url;
      document.body.append(made);
    });
  const socket = (url, first) => () =>
    new Promise((done) => {
      const line = new WebSocket(url);
      line.onopen = () => first && line.send(first);
      line.onmessage = (event) => done(`message ${event.data}`.slice(0, 200));
      line.onclose = (event) => done(`blocked: closed ${event.code}`);
    });
  const form = (method, path, enctype) => () =>
    new Promise((done) => {
      const frame = document.createElement("iframe");
      frame.name = `f${Math.random()}`;
      frame.onload = () => {
        let seen = "opaque";
        try { seen = frame.contentDocument ? `read ${frame.contentDocument.body.innerText.slice(0, 100)}` : "opaque"; } catch { /* cross-origin */ }
        done(seen === "read " ? "opaque" : seen);
      };
      const made = document.createElement("form");
      Object.assign(made, { action: base + path, method, enctype, target: frame.name });
      const field = document.createElement("input");
      // {"url":…,"pad":"=…"}: a form of plain text that is JSON
      field.name = clip.slice(0, -1) + ',"again":true,"x":"';
      field.value = '"}';
      made.append(field);
      document.body.append(frame, made);
      made.submit();
    });
  const worker = () =>
    new Promise((done) => {
      const code = `fetch(${JSON.stringify(base + "/jobs")}, {headers: ${JSON.stringify(auth)}}).then(async a => postMessage(a.status + " " + await a.text()), e => postMessage("blocked: " + e.name))`;
      const made = new Worker(URL.createObjectURL(new Blob([code])));
      made.onmessage = (event) => done(event.data);
      made.onerror = () => done("blocked: error");
    });
  const xhr = (method, path, type, body) => () =>
    new Promise((done) => {
      const asked = new XMLHttpRequest();
      asked.open(method, base + path);
      if (type) asked.setRequestHeader("Content-Type", type);
      asked.onload = () => done(`${asked.status} ${asked.responseText.slice(0, 200)}`);
      asked.onerror = () => done("blocked: error");
      asked.send(body);
    });
  const ways = {
    "read jobs with the token": async () => told(await fetch(`${base}/jobs`, { headers: auth })),
    "read jobs without": async () => told(await fetch(`${base}/jobs`)),
    "read the page": async () => told(await fetch(`${base}/`)),
    "read openapi, no-cors": async () => told(await fetch(`${base}/openapi.json`, { mode: "no-cors", credentials: "include" })),
    "post a clip with the token": async () => told(await fetch(`${base}/download`, { method: "POST", headers: { ...auth, ...json }, body: clip })),
    "post a clip as text": async () => told(await fetch(`${base}/download`, { method: "POST", mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: clip })),
    "post a clip as text, token in the query": async () => told(await fetch(`${base}/download?token=${token}`, { method: "POST", mode: "no-cors", body: clip })),
    "stop the daemon": async () => told(await fetch(`${base}/api/daemon.stop`, { method: "POST", headers: { ...auth, ...json }, body: "{}" })),
    "delete a job": async () => told(await fetch(`${base}/jobs/${"0".repeat(26)}`, { method: "DELETE", headers: auth })),
    "keepalive": async () => told(await fetch(`${base}/download`, { method: "POST", mode: "no-cors", keepalive: true, body: clip })),
    "redeem a code": async () => told(await fetch(`${base}/session`, { method: "POST", headers: json, body: '{"code":"x"}' })),
    "xhr as a form": xhr("POST", "/download", "application/x-www-form-urlencoded", clip),
    "xhr get": xhr("GET", "/health", null, null),
    "beacon as text": async () => (navigator.sendBeacon(`${base}/download`, clip) ? "opaque" : "blocked: refused"),
    "beacon as JSON": async () => (navigator.sendBeacon(`${base}/download`, new Blob([clip], { type: "application/json" })) ? "opaque" : "blocked: refused"),
    "image": element("img", "src", `${base}/`),
    "image of data": element("img", "src", `${base}/jobs`),
    "script": element("script", "src", `${base}/openapi.json`, () => "loaded"),
    "module": element("script", "src", `${base}/assets/index.js`, () => "loaded"),
    "video": element("video", "src", `${base}/video/${"0".repeat(26)}`),
    "stylesheet": () => element("link", "href", `${base}/assets/index.css`)(),
    "frame of the page": element("iframe", "src", `${base}/`, (made) => { try { return `read ${made.contentDocument.body.innerText}`.slice(0, 100); } catch { return "opaque"; } }),
    "object": async () => { const o = document.createElement("object"); o.data = `${base}/`; document.body.append(o); return "opaque"; },
    "form as text": form("POST", "/download", "text/plain"),
    "form urlencoded": form("POST", "/api/daemon.stop", "application/x-www-form-urlencoded"),
    "form multipart": form("POST", "/download", "multipart/form-data"),
    "form get": form("GET", "/jobs", "application/x-www-form-urlencoded"),
    "event source": () => new Promise((done) => { const s = new EventSource(`${base}/events`); s.onmessage = (e) => done(`message ${e.data}`); s.onerror = () => { s.close(); done("blocked: error"); }; }),
    "web socket with the token": socket(`${base.replace("http", "ws")}/events`, JSON.stringify({ token })),
    "web socket, token in the address": socket(`${base.replace("http", "ws")}/events?token=${token}`, null),
    "worker": worker,
  };
  const found = {};
  await Promise.all(Object.entries(ways).map(async ([name, way]) => { found[name] = await within(way); }));
  return found;
}
