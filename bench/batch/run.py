#!/usr/bin/env python3
"""500 videos of about 10 s at 720p from one template: wall time, and the share of CPU time per stage.

Starts a release server on a fresh data folder, sends one batch over HTTP, waits for its end, and checks a few of the videos.
With Linux's `perf` installed the server is sampled meanwhile, and samples are counted by the part of the program they fell into.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

TEMPLATE = {
    "version": 1,
    "name": "For {{name}}",
    "canvas": {"width": 1280, "height": 720, "fps": 30},
    "palette": {"primary": "#0b5fff"},
    "captions": {},
    "scenes": [
        {
            "id": "hello",
            "background": {"type": "image", "image": "builtin:office"},
            "layers": [
                {"id": "host", "type": "avatar", "avatar": "chen", "crop": "half", "frame": {"x": 700, "y": 60, "w": 520, "h": 660}},
                {"id": "title", "type": "text", "text": "Hello, {{name}}!", "font_size": 72, "font_weight": 700,
                 "color": "$primary", "frame": {"x": 70, "y": 220, "w": 600, "h": 200}, "enter": {"effect": "left"}},
            ],
            "narration": [{"speaker": "host", "language": "en-US",
                           "text": "Hello {{name}}. We kept {{seats}} seats for you in {{city}}."}],
        },
        {
            "id": "same",
            "background": {"type": "image", "image": "builtin:studio"},
            "layers": [
                {"id": "host", "type": "avatar", "avatar": "chen", "crop": "half", "frame": {"x": 60, "y": 60, "w": 520, "h": 660}},
                {"id": "text", "type": "text", "text": "Doors open at seven", "font_size": 60,
                 "frame": {"x": 620, "y": 260, "w": 600, "h": 200}},
            ],
            "narration": [{"speaker": "host", "language": "en-US",
                           "text": "Doors open at seven. Bring a friend, and bring this message. See you soon!"}],
        },
    ],
}
CITIES = ["Oslo", "Lima", "Kyoto", "Accra", "Porto", "Quito", "Turin", "Leeds", "Delhi", "Sofia"]
SYLLABLES = ["ma", "ri", "no", "ta", "lu", "ke", "so", "vi", "da", "pe"]

# Which part of the program a symbol belongs to; the first pattern that is found counts.
STAGES = [
    ("speech", r"speech::|espeak|rten"),
    ("sound: mix, AAC", r"aac|limiter|mix::|ebur128|media::audio|syom|rvoip"),
    ("drawing", r"stage::|vello|fearless_simd|parley|harfrust|skrifa|kurbo|read_fonts|tiny_skia|resvg|usvg"),
    ("posters", r"jpeg"),
    # pulp runs the kernels of our encoder and of the conversion to YUV; a few of stage's run in it, too.
    ("encoding video", r"pulp|h264|openh264|yuv|I420|x264|Enc|Wels|DeblockingFilter"),
    ("hashing, cache", r"sha2|sha256|blake"),
    ("database", r"sqlite|sqlx"),
    ("HTTP, JSON", r"hyper|axum|serde_json|reqwest|tokio"),
]


def request(url, token, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=60) as answer:
        return json.load(answer)


def rows(count):
    def name(number):
        return "".join(SYLLABLES[int(digit)] for digit in f"{number:03}").capitalize()
    return [{"name": name(n), "seats": n % 7 + 2, "city": CITIES[n % len(CITIES)]} for n in range(count)]


def start(binary, data):
    port_file = os.path.join(data, "port")
    log = open(os.path.join(data, "log"), "w")
    command = [binary, "--data", os.path.join(data, "data"), "serve", "--listen", "127.0.0.1:0", "--port-file", port_file]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    token = None
    while token is None:
        line = server.stdout.readline()
        if not line:
            raise SystemExit(f"the server did not start, see {log.name}")
        found = re.match(r"\s+all doors\s+token\s+(\S+)", line)
        token = found and found.group(1)
    while not os.path.exists(port_file):
        time.sleep(0.05)
    return server, f"http://127.0.0.1:{open(port_file).read()}", token


def cpu_seconds(pid):
    fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mb(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", open(f"/proc/{pid}/status").read()).group(1)) / 1024


def shares(recording):
    """Returns the share of each stage, and the commonest symbols that belong to none."""
    report = subprocess.run(["perf", "script", "-i", recording, "-F", "ip,sym"], capture_output=True, text=True)
    counts, others = {}, {}
    for sample in report.stdout.split("\n\n"):
        symbols = sample.strip()
        if not symbols:
            continue
        stage = next((name for name, pattern in STAGES if re.search(pattern, symbols)), "other")
        counts[stage] = counts.get(stage, 0) + 1
        if stage == "other":
            leaf = symbols.split("\n")[0].split(maxsplit=1)[-1]
            others[leaf] = others.get(leaf, 0) + 1
    total = sum(counts.values()) or 1
    return [sorted(((name, n / total) for name, n in group.items()), key=lambda row: -row[1]) for group in (counts, others)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--binary", default=os.path.join(ROOT, "target/release/phonoscope"))
    parser.add_argument("--keep", help="folder to keep the server's data in")
    args = parser.parse_args()
    folder = args.keep or tempfile.mkdtemp(prefix="bench-batch-")
    os.makedirs(folder, exist_ok=True)
    server, url, token = start(args.binary, folder)
    perf = None
    recording = os.path.join(folder, "perf.data")
    try:
        if shutil.which("perf"):
            command = ["perf", "record", "-q", "-F", "49", "-g", "-p", str(server.pid), "-o", recording]
            perf = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        begun = time.monotonic()
        batch = request(f"{url}/phonoscope/v1/batches", token,
                        {"name": "bench", "template": TEMPLATE, "rows": rows(args.rows), "resolution": 720})
        path = f"{url}/phonoscope/v1/batches/{batch['id']}"
        while not batch["finished_at"]:
            time.sleep(0.5)
            batch = request(path, token)
            print(f"\r{batch['done']} of {batch['rows']}", end="", flush=True)
        wall = time.monotonic() - begun
        cpu, peak = cpu_seconds(server.pid), peak_mb(server.pid)
        if perf:
            perf.send_signal(signal.SIGINT)
            perf.wait()
        first = request(f"{path}/rows?limit=3", token)
        with urllib.request.urlopen(first[0]["video_url"]) as answer:
            video = answer.read()
        length = None
        if shutil.which("ffprobe"):
            saved = os.path.join(folder, "first.mp4")
            open(saved, "wb").write(video)
            probe = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", saved]
            length = float(subprocess.run(probe, capture_output=True, text=True).stdout)
        print(f"\r{batch['done']} done, {batch['failed']} failed; first: {len(video) / 1e6:.2f} MB, {length} s")
        print(f"wall {wall:.1f} s, {wall / args.rows:.3f} s per video, CPU {cpu:.1f} s, peak {peak:.0f} MB")
        if length:
            print(f"{length * args.rows / wall:.0f} times real time")
        if perf:
            stages, others = shares(recording)
            for name, share in stages:
                print(f"{name:20} {share:6.1%}")
            print("of the other:")
            for name, share in others[:12]:
                print(f"  {share:6.1%} {name[:110]}")
    finally:
        server.terminate()
        server.wait(timeout=60)
        if not args.keep:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
