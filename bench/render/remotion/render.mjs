// Renders the slideshow: node render.mjs FOLDER CHROMIUM. Slides and music are in the folder, the video comes there, too.
import { bundle } from "@remotion/bundler";
import { renderMedia, selectComposition } from "@remotion/renderer";
import path from "node:path";

const [folder, browserExecutable] = process.argv.slice(2);
const entryPoint = path.join(import.meta.dirname, "slideshow.jsx");
const serveUrl = await bundle({ entryPoint, publicDir: path.resolve(folder) });
// The system's browser has no headless shell of its own.
const browser = { browserExecutable, chromeMode: "chrome-for-testing", chromiumOptions: { gl: "swangle" } };
const composition = await selectComposition({ serveUrl, id: "slideshow", ...browser });
await renderMedia({
  composition, serveUrl, ...browser, codec: "h264", x264Preset: "veryfast", crf: 23, concurrency: 2,
  outputLocation: path.join(folder, "slideshow-remotion.mp4"),
});
