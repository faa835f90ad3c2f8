#!/usr/bin/env python3
"""Renders the documents of this benchmark with phonoscope and, where they are installed, with ffmpeg, MoviePy and Remotion.

Wall time is measured around the process, CPU time and peak memory are the kernel's accounting of it and its children.
"""
import argparse
import json
import math
import os
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import wave
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PHONOSCOPE = os.environ.get("PHONOSCOPE", os.path.join(ROOT, "target", "release", "phonoscope"))
SENTENCES = [
    "Good morning, and welcome to the quarterly review of our little music company.",
    "Last spring we had eleven records in the shops, and today there are twenty four.",
    "Most people find us through friends, and some of them through the radio.",
    "Our band from the north played forty concerts, and nearly all of them were sold out.",
    "We moved into a bigger house, with two studios, a kitchen and a very small garden.",
    "The new website shows every song with its words, its makers and its story.",
    "Seven of you asked for longer evenings, so the shop now closes at nine.",
    "Next month we publish a book about the mountains, the music and the weather.",
    "If you want to help us, tell one friend about one song that you love.",
    "Thank you for watching, have a lovely week, and see you again in summer.",
]


def png(path, width, height, pixel):
    """Writes a PNG whose pixels are `pixel(x, y) -> (r, g, b)`, coarse enough to be made quickly."""
    rows = []
    for y in range(height):
        row = bytearray([0])
        for x in range(0, width, 8):
            row += bytes(pixel(x, y)) * min(8, width - x)
        rows.append(bytes(row))
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"".join(rows), 6)) + chunk(b"IEND", b""))


def slide(number):
    def pixel(x, y):
        wave_ = math.sin(x / (90 + 20 * number)) + math.cos(y / (70 + 15 * number)) + math.sin((x + y) / 200)
        return (int(128 + 40 * wave_ + 10 * number) & 255, int(110 + 30 * wave_) & 255, int(150 - 35 * wave_ + 15 * number) & 255)
    return pixel


def music(path, seconds):
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        chords = [(220, 277, 330), (196, 247, 294), (175, 220, 262), (196, 247, 294)]
        block = bytearray()
        for n in range(4 * 2 * 44100):
            tones = chords[n // (2 * 44100)]
            fade = min(1.0, (n % (2 * 44100)) / 4000, (2 * 44100 - n % (2 * 44100)) / 4000)
            value = int(6000 * fade * sum(math.sin(2 * math.pi * tone * n / 44100) for tone in tones) / 3)
            block += struct.pack("<hh", value, value)
        for _ in range(math.ceil(seconds / 8)):
            file.writeframes(bytes(block))


def presenter(music_name):
    outfits = ["teal-blazer", "red-dress", "mustard-knit"]
    scenes = []
    for number, sentence in enumerate(SENTENCES):
        scenes.append({
            "background": {"type": "image", "image": "builtin:" + ["office", "studio"][number // 5]},
            "layers": [
                {"id": "host", "type": "avatar", "avatar": "amara", "outfit": outfits[number // 4], "crop": "half",
                 "frame": {"x": 560, "y": 100, "w": 800, "h": 980}, "z": 1},
                {"type": "text", "text": f"Chapter {number + 1}", "font_size": 72, "z": 2,
                 "frame": {"x": 90, "y": 80, "w": 520, "h": 110}, "color": "#20304a"},
            ],
            "narration": [{"speaker": "host", "text": sentence}],
            "duration_ms": 6000,
        })
    return {"version": 1, "name": "Presenter", "canvas": {"width": 1920, "height": 1080, "fps": 30}, "captions": {},
            "soundtrack": {"audio": music_name}, "scenes": scenes}


def slideshow(music_name):
    scenes = [{
        "background": {"type": "image", "image": f"slide{number}.png"},
        "layers": [{"type": "text", "text": f"Slide number {number + 1}", "font_size": 96, "font_weight": 700,
                    "frame": {"x": 160, "y": 820, "w": 1600, "h": 160}, "align": "center", "color": "#ffffff"}],
        "duration_ms": 6000,
    } for number in range(5)]
    return {"version": 1, "name": "Slideshow", "canvas": {"width": 1920, "height": 1080, "fps": 30},
            "soundtrack": {"audio": music_name}, "scenes": scenes}


def seed():
    """The AI Studios page's document, as a door maps it."""
    return {"version": 1, "name": "Test Project Using Api", "captions": {}, "scenes": [{
        "background": {"type": "image", "image": "builtin:blue-gradient"},
        "layers": [{"id": "aiModel-1h4ij5h8e87", "type": "avatar", "avatar": "M000045058", "outfit": "BG00002320",
                    "frame": {"x": 630.2493927359487, "y": 144.5979042385424, "w": 679, "h": 2229}, "z": 1}],
        "narration": [{"speaker": "aiModel-1h4ij5h8e87", "text": "<p>Hello, this is test video using Api.</p>", "language": "en"}],
    }]}


def run(command, **options):
    """Runs a command and returns wall seconds, CPU seconds and peak MB."""
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    stderr = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"{' '.join(command)}\n{stderr.decode(errors='replace')}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def seconds_of(path):
    if not shutil.which("ffprobe"):
        return None
    out = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path],
                         capture_output=True, text=True, check=True)
    return float(out.stdout)


def report(name, who, figures, seconds):
    wall, cpu, memory = (statistics.median(column) for column in zip(*figures))
    print(f"| {name} | {who} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {seconds / wall:.1f} × |", flush=True)
    return wall


def render(folder, document, out, cache, workers=None):
    command = [PHONOSCOPE, "render", document, "-o", out, "--data", cache]
    if workers:
        command += ["--workers", str(workers)]
    return run(command, cwd=folder)


def ffmpeg_slideshow(folder):
    inputs, chain = [], ""
    for number in range(5):
        inputs += ["-loop", "1", "-framerate", "30", "-t", "6", "-i", f"slide{number}.png"]
        chain += (f"[{number}]drawtext=text='Slide number {number + 1}':fontsize=96:fontcolor=white:x=(w-tw)/2:y=850,"
                  f"format=yuv420p[v{number}];")
    chain += "".join(f"[v{number}]" for number in range(5)) + "concat=n=5:v=1:a=0[v];[5]volume=0.3,afade=t=out:st=28.5:d=1.5[a]"
    return ["ffmpeg", "-y", "-v", "error", *inputs, "-i", "music.wav", "-filter_complex", chain, "-map", "[v]", "-map", "[a]",
            "-t", "30", "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "192k", "slideshow-ffmpeg.mp4"]


def ffmpeg_presenter(folder):
    """A picture of the presenter that sways over the background, words below, speech over music: the picture work without the lips."""
    words = "".join(
        f",drawtext=text='{sentence.replace(',', '').replace(chr(39), '')[:42]}':fontsize=54:fontcolor=white:box=1:boxcolor=black@0.7:"
        f"x=(w-tw)/2:y=950:enable='between(t,{6 * number},{6 * number + 6})'" for number, sentence in enumerate(SENTENCES))
    chain = (f"[0][1]overlay=x='560+4*sin(t*2)':y='100+3*sin(t*3)'{words},format=yuv420p[v];"
             "[2]volume=0.3[m];[3][m]amix=inputs=2:duration=longest[a]")
    return ["ffmpeg", "-y", "-v", "error", "-loop", "1", "-framerate", "30", "-i", "office.png", "-loop", "1", "-framerate", "30",
            "-i", "host.png", "-i", "music.wav", "-i", "speech.wav", "-filter_complex", chain, "-map", "[v]", "-map", "[a]", "-t", "60",
            "-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-c:a", "aac", "-b:a", "192k", "presenter-ffmpeg.mp4"]


MOVIEPY = """
from moviepy import AudioFileClip, CompositeVideoClip, ImageClip, TextClip, concatenate_videoclips
from moviepy.audio.fx import AudioFadeOut, MultiplyVolume
clips = []
for number in range(5):
    image = ImageClip(f"slide{number}.png").with_duration(6)
    text = TextClip(text=f"Slide number {number + 1}", font_size=96, color="white").with_duration(6).with_position(("center", 850))
    clips.append(CompositeVideoClip([image, text]))
video = concatenate_videoclips(clips)
audio = AudioFileClip("music.wav").subclipped(0, 30).with_effects([MultiplyVolume(0.3), AudioFadeOut(1.5)])
video.with_audio(audio).write_videofile("slideshow-moviepy.mp4", fps=30, preset="veryfast", logger=None)
"""


def presenter_rows(folder, runs):
    seconds = 60
    cold = []
    for number in range(runs):
        shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
        cold.append(render(folder, "presenter.json", "presenter.mp4", "data"))
    report("presenter, cold", "phonoscope", cold, seconds)
    changed = []
    document = presenter("music.wav")
    for number in range(runs):
        document["scenes"][4]["layers"][1]["text"] = f"Changed {number}"
        write(folder, "changed.json", document)
        changed.append(render(folder, "changed.json", "changed.mp4", "data"))
    report("presenter, a title of one scene changed", "phonoscope", changed, seconds)
    spoken = []
    for number in range(runs):
        document["scenes"][4]["narration"][0]["text"] = f"This is attempt number {number}, and it is spoken anew by the same voice as before."
        write(folder, "changed.json", document)
        spoken.append(render(folder, "changed.json", "changed.mp4", "data"))
    report("presenter, the words of one scene changed", "phonoscope", spoken, seconds)
    if shutil.which("ffmpeg"):
        stand = {**presenter("music.wav"), "captions": None, "soundtrack": None}
        stand = {key: value for key, value in stand.items() if value is not None}
        scene = {**stand["scenes"][0], "background": {"type": "transparent"}, "layers": [
            {**stand["scenes"][0]["layers"][0], "frame": {"x": 0, "y": 0, "w": 800, "h": 980}}], "narration": []}
        write(folder, "host.json", {**stand, "canvas": {"width": 800, "height": 980, "fps": 30}, "scenes": [scene]})
        run([PHONOSCOPE, "render", "host.json", "-o", "host.mov", "--data", "data"], cwd=folder)
        subprocess.run(["ffmpeg", "-y", "-v", "error", "-i", "host.mov", "-frames:v", "1", "host.png"], cwd=folder, check=True)
        write(folder, "office.json", {"version": 1, "scenes": [{"background": {"type": "image", "image": "builtin:office"}}]})
        run([PHONOSCOPE, "render", "office.json", "--frame", "0", "office.png", "--data", "data"], cwd=folder)
        run([PHONOSCOPE, "speak", " ".join(SENTENCES), "-o", "speech.wav", "--data", "data"], cwd=folder)
        report("presenter", "ffmpeg, a swaying picture instead", [run(ffmpeg_presenter(folder), cwd=folder)], seconds)


def slideshow_rows(folder, runs, moviepy, remotion):
    seconds, cold = 30, []
    for number in range(runs):
        shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
        cold.append(render(folder, "slideshow.json", "slideshow.mp4", "data"))
    ours = report("slideshow, cold", "phonoscope", cold, seconds)
    if shutil.which("ffmpeg"):
        theirs = report("slideshow", "ffmpeg", [run(ffmpeg_slideshow(folder), cwd=folder)], seconds)
        print(f"ffmpeg takes {theirs / ours:.1f} times as long", file=sys.stderr)
    if moviepy:
        write_text(folder, "slideshow.py", MOVIEPY)
        theirs = report("slideshow", "MoviePy", [run([moviepy, "slideshow.py"], cwd=folder)], seconds)
        print(f"MoviePy takes {theirs / ours:.1f} times as long", file=sys.stderr)
    if remotion:
        command = ["node", os.path.join(HERE, "remotion", "render.mjs"), os.path.abspath(folder), shutil.which("chromium") or "chromium"]
        theirs = report("slideshow", "Remotion", [run(command)], seconds)
        print(f"Remotion takes {theirs / ours:.1f} times as long", file=sys.stderr)


def batch_rows(folder, n_videos):
    """One template in which a name differs, said and shown in the first of its five scenes."""
    template = presenter("music.wav")
    template["scenes"] = template["scenes"][:5]
    template["scenes"][0]["narration"][0]["text"] = "Good morning, {{name}}, and welcome."
    template["scenes"][0]["layers"][1]["text"] = "{{name}}"
    template["scenes"][0]["duration_ms"] = 3000
    def named(name):
        return json.loads(json.dumps(template).replace("{{name}}", name))
    single = []
    for number in range(3):
        shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
        write(folder, "batch.json", named(f"Person {number}"))
        single.append(render(folder, "batch.json", "batch.mp4", "data"))
    wall = statistics.median(figure[0] for figure in single)
    print(f"| one of the batch, cold | phonoscope | {wall:.2f} | | | |", flush=True)
    write(folder, "template.json", template)
    write_text(folder, "batch.csv", "name\n" + "".join(f"Person {number}\n" for number in range(n_videos)))
    for name in ["data", "batch"]:
        shutil.rmtree(os.path.join(folder, name), ignore_errors=True)
    together, cpu, memory = run([PHONOSCOPE, "batch", "template.json", "batch.csv", "-o", "batch", "--data", "data"], cwd=folder)
    share = f"{together / (wall * n_videos):.3f} of {n_videos} cold renders"
    print(f"| batch of {n_videos} | phonoscope batch | {together:.1f} | {cpu:.1f} | {memory:.0f} | {share} |", flush=True)
    shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
    begun = time.perf_counter()
    for number in range(n_videos):
        write(folder, "batch.json", named(f"Person {number}"))
        render(folder, "batch.json", "batch.mp4", "data")
    together = time.perf_counter() - begun
    share = f"{together / (wall * n_videos):.3f} of {n_videos} cold renders"
    print(f"| batch of {n_videos}, a process each | phonoscope render | {together:.1f} | | | {share} |")


def write(folder, name, document):
    write_text(folder, name, json.dumps(document))


def write_text(folder, name, text):
    with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--batch", type=int, default=100, metavar="VIDEOS")
    parser.add_argument("--moviepy", metavar="PYTHON", help="a Python that has MoviePy 2")
    parser.add_argument("--remotion", action="store_true", help="with Remotion: npm install --prefix bench/render/remotion, and Chromium")
    parser.add_argument("--only", choices=["seed", "presenter", "slideshow", "batch"])
    parser.add_argument("--keep", metavar="FOLDER", help="work there and leave everything")
    args = parser.parse_args()
    if not os.access(PHONOSCOPE, os.X_OK):
        sys.exit("build it first: cargo build --release")
    folder = args.keep or tempfile.mkdtemp(prefix="bench-render-")
    os.makedirs(folder, exist_ok=True)
    for number in range(5):
        png(os.path.join(folder, f"slide{number}.png"), 1920, 1080, slide(number))
    music(os.path.join(folder, "music.wav"), 60)
    write(folder, "presenter.json", presenter("music.wav"))
    write(folder, "slideshow.json", slideshow("music.wav"))
    write(folder, "seed.json", seed())
    print("| | | wall s | CPU s | peak MB | real time |\n| --- | --- | --- | --- | --- | --- |")
    if args.only in (None, "seed"):
        figures = []
        for _ in range(args.runs):
            shutil.rmtree(os.path.join(folder, "data"), ignore_errors=True)
            figures.append(render(folder, "seed.json", "seed.mp4", "data"))
        report("AI Studios' example, cold", "phonoscope", figures, seconds_of(os.path.join(folder, "seed.mp4")) or 3)
    if args.only in (None, "presenter"):
        presenter_rows(folder, args.runs)
    if args.only in (None, "slideshow"):
        slideshow_rows(folder, args.runs, args.moviepy, args.remotion)
    if args.only in (None, "batch"):
        batch_rows(folder, args.batch)
    if not args.keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
