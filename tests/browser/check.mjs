// Plays and seeks every MP4 of a folder in Chromium, then opens the pages a server shows to people.
// usage: node check.mjs SERVER-URL MEDIA-FOLDER
import { createReadStream, readdirSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [serverUrl, mediaFolder] = process.argv.slice(2);
const videos = readdirSync(mediaFolder).filter((name) => name.endsWith(".mp4"));
let failures = 0;
const expect = (isMet, what) => {
  console.log(`${isMet ? "ok" : "FAILED"}: ${what}`);
  if (!isMet) failures += 1;
};

// A file server with byte ranges, as video elements need them to seek.
const files = createServer((request, response) => {
  const name = decodeURIComponent(request.url.slice(1));
  if (!videos.includes(name)) {
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>files</title>");
    return;
  }
  const path = join(mediaFolder, name);
  const { size } = statSync(path);
  const range = /bytes=(\d+)-(\d*)/.exec(request.headers.range ?? "");
  const start = range ? Number(range[1]) : 0;
  const end = range && range[2] ? Number(range[2]) : size - 1;
  const headers = { "content-type": "video/mp4", "accept-ranges": "bytes", "content-length": end - start + 1 };
  if (range) headers["content-range"] = `bytes ${start}-${end}/${size}`;
  response.writeHead(range ? 206 : 200, headers);
  createReadStream(path, { start, end }).pipe(response);
});
await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
const filesUrl = `http://127.0.0.1:${files.address().port}`;

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
  ],
});
try {
  const page = await browser.newPage();
  await page.goto(`${filesUrl}/`);
  for (const name of videos) {
    const played = await page.evaluate(playAndSeek, `/${encodeURIComponent(name)}`);
    expect(!played.error, `${name}: no error (${played.error})`);
    expect(played.duration > 0.1, `${name}: lasts ${played.duration} s`);
    expect(played.moved > 0.3, `${name}: playback moved ${played.moved} s`);
    expect(played.width > 0 && played.brightness > 0, `${name}: shows ${played.width}×${played.height}`);
    expect(Math.abs(played.soughtTo - played.duration * 0.8) < 0.5, `${name}: seeks to ${played.soughtTo} s`);
  }

  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  const outside = [];
  page.on("request", (request) => {
    if (!request.url().startsWith(serverUrl) && !request.url().startsWith("data:")) outside.push(request.url());
  });
  await page.goto(`${serverUrl}/`);
  expect((await page.title()) === "Phonoscope", "the front page opens");
  const doors = [
    ["producer", "videos"], ["acrcloud", "identify"], ["aistudios", "editor/project"], ["hourone", "videos"],
    ["spiritme", "batch-videos"], ["phonoscope", "batches"],
  ];
  for (const [door, operation] of doors) {
    await page.goto(`${serverUrl}/docs/${door}/`);
    await page.locator(".opblock-summary").first().waitFor({ timeout: 20000 });
    const listed = await page.locator(".opblock-summary-path").allTextContents();
    expect(listed.some((path) => path.includes(operation)), `the reference of ${door} lists ${listed.length} operations`);
  }

  const watched = await makeVideo();
  await page.goto(watched);
  const shows = await page.locator("#player").waitFor({ state: "visible", timeout: 60000 }).then(() => true, () => false);
  expect(shows, "the page of a video shows its player once it is rendered");
  expect((await page.title()) === "For Ada", "and its name");
  const plays = await page.evaluate(async () => {
    const player = document.getElementById("player");
    player.muted = true;
    await player.play();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { time: player.currentTime, width: player.videoWidth, captions: player.textTracks.length };
  });
  expect(plays.time > 0.3 && plays.width === 320, `and plays (${plays.time} s)`);
  expect(plays.captions === 1, "with captions");
  if (process.env.SCREENSHOT) await page.screenshot({ path: process.env.SCREENSHOT });
  expect(errors.length === 0, `no script errors (${errors})`);
  expect(outside.length === 0, `nothing is loaded from elsewhere (${outside})`);
} finally {
  await browser.close();
  files.close();
}
process.exit(failures === 0 ? 0 : 1);

// Asks the server for a video, and returns the page on which it can be watched.
async function makeVideo() {
  const headers = { authorization: `Bearer ${process.env.TOKEN}`, "content-type": "application/json" };
  const template = {
    version: 1, name: "For {{name}}", canvas: { width: 320, height: 180, fps: 24 },
    scenes: [{
      background: { type: "color", color: "#205080" },
      layers: [{ type: "text", text: "{{name}}", font_size: 48 }],
      narration: [{ text: "Hello {{name}}, this is a film.", language: "en" }],
    }],
  };
  const body = JSON.stringify({ template, rows: [{ name: "Ada" }] });
  const made = await fetch(`${serverUrl}/phonoscope/v1/batches`, { method: "POST", headers, body });
  const { id } = await made.json();
  const rows = await (await fetch(`${serverUrl}/phonoscope/v1/batches/${id}/rows`, { headers })).json();
  return rows[0].watch_url;
}

async function playAndSeek(url) {
  const video = document.createElement("video");
  video.muted = true;
  video.src = url;
  document.body.append(video);
  const event = (name) => new Promise((resolve, reject) => {
    video.addEventListener(name, resolve, { once: true });
    video.addEventListener("error", () => reject(new Error(video.error?.message ?? "unknown")), { once: true });
    setTimeout(() => reject(new Error(`no ${name} within 20 s`)), 20000);
  });
  try {
    await event("loadeddata");
    await video.play();
    const from = video.currentTime;
    const wanted = Math.min(1, video.duration / 3);
    const begun = performance.now();
    while (video.currentTime - from < wanted && performance.now() - begun < 10000) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const moved = video.currentTime - from;
    video.pause();
    const sought = event("seeked");
    video.currentTime = video.duration * 0.8;
    await sought;
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0, 32, 18);
    const brightness = Math.max(...context.getImageData(0, 0, 32, 18).data.filter((_, index) => index % 4 !== 3));
    return {
      duration: video.duration, moved, brightness, soughtTo: video.currentTime,
      width: video.videoWidth, height: video.videoHeight,
    };
  } catch (error) {
    return { error: String(error), duration: 0, moved: 0, width: 0, height: 0, brightness: 0, soughtTo: -1 };
  } finally {
    video.remove();
  }
}
