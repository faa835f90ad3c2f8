import { AbsoluteFill, Audio, Composition, Img, interpolate, registerRoot, Series, staticFile } from "remotion";

const FPS = 30;
const FRAMES = 30 * FPS;
const words = { position: "absolute", top: 850, width: "100%", textAlign: "center", fontSize: 96, fontWeight: 700, color: "white", fontFamily: "sans-serif" };

const Slideshow = () => (
  <AbsoluteFill>
    <Audio src={staticFile("music.wav")} volume={(frame) => 0.3 * interpolate(frame, [FRAMES - 45, FRAMES], [1, 0], { extrapolateLeft: "clamp" })} />
    <Series>
      {[0, 1, 2, 3, 4].map((number) => (
        <Series.Sequence key={number} durationInFrames={6 * FPS}>
          <Img src={staticFile(`slide${number}.png`)} />
          <div style={words}>Slide number {number + 1}</div>
        </Series.Sequence>
      ))}
    </Series>
  </AbsoluteFill>
);

registerRoot(() => (
  <Composition id="slideshow" component={Slideshow} width={1920} height={1080} fps={FPS} durationInFrames={FRAMES} />
));
