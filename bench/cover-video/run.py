#!/usr/bin/env python3
"""Cover video: wall time, CPU time, peak memory and size against ffmpeg, in the same run.

Makes a 4-minute song as MP3, AAC and FLAC and a 1400x1400 PNG, then turns each into an MP4 with
`phonoscope video` and with `ffmpeg -loop 1 ... -tune stillimage`, in turns. See README.md beside this file.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]


def run(command):
    """Runs a command; returns wall s, CPU s and peak resident MB, by the kernel's own accounting."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - begun
    if status != 0:
        sys.exit(f"failed: {' '.join(map(str, command))}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def make_song(folder, seconds):
    """A chord with slow beating and some noise: compresses like music, not like silence."""
    wav = folder / "song.wav"
    source = (
        f"aevalsrc='0.2*sin(2*PI*220*t)*(1+0.5*sin(2*PI*0.3*t))+0.15*sin(2*PI*331*t)+0.1*sin(2*PI*1109*t)"
        f"|0.2*sin(2*PI*222*t)+0.15*sin(2*PI*330*t)+0.1*sin(2*PI*1108*t)':s=44100:d={seconds}"
    )
    noise = f"anoisesrc=c=pink:a=0.05:r=44100:d={seconds}:seed=7"
    graph = "[1]aformat=channel_layouts=stereo[n];[0][n]amix=inputs=2:normalize=0"
    subprocess.run([*FFMPEG, "-f", "lavfi", "-i", source, "-f", "lavfi", "-i", noise, "-filter_complex", graph, wav],
                   check=True)
    songs = {}
    for name, codec in {"mp3": ["libmp3lame", "-b:a", "192k"], "m4a": ["aac", "-b:a", "192k"], "flac": ["flac"]}.items():
        songs[name] = folder / f"song.{name}"
        subprocess.run([*FFMPEG, "-i", wav, "-c:a", *codec, songs[name]], check=True)
    wav.unlink()
    return songs


def make_cover(folder):
    cover = folder / "cover.png"
    source = "gradients=s=1400x1400:n=6:seed=3:type=radial,noise=alls=12:allf=t:all_seed=5"
    subprocess.run([*FFMPEG, "-f", "lavfi", "-i", source, "-frames:v", "1", cover], check=True)
    return cover


def peer(song, cover, out, rate, mode):
    """What people type: one picture looped, x264 tuned for stills, audio copied or encoded."""
    audio = ["-c:a", "copy"] if mode == "copy" else ["-c:a", "aac", "-b:a", "192k"]
    return [*FFMPEG, "-loop", "1", "-framerate", str(rate), "-i", cover, "-i", song, "-vf",
            "scale=1920:1080:force_original_aspect_ratio=decrease,pad=1920:1080:-1:-1,format=yuv420p", "-c:v", "libx264",
            "-tune", "stillimage", *audio, "-shortest", "-movflags", "+faststart", out]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/phonoscope")
    parser.add_argument("--seconds", type=int, default=240)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peer-rate", type=int, default=1, help="frames per second of the peer; 25 is its default")
    parser.add_argument("--hours", type=float, default=0, help="also one MP3 of this length, for memory (10 in the issue)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        songs, cover = make_song(folder, options.seconds), make_cover(folder)
        print(f"{options.seconds} s of audio, 1400x1400 PNG -> 1080p MP4; medians of {options.runs}; "
              f"peer: ffmpeg -loop 1 at {options.peer_rate} fps, x264 stillimage")
        print(f"{'case':<12}{'':<12}{'wall s':>9}{'CPU s':>9}{'peak MB':>9}{'size MB':>9}{'ratio':>9}")
        for case, kind, mode in [("mp3 copied", "mp3", "copy"), ("aac copied", "m4a", "copy"), ("flac to aac", "flac", "aac")]:
            ours_out, peer_out = folder / "ours.mp4", folder / "peer.mp4"
            ours_command = [options.binary, "video", songs[kind], "--cover", cover, "-o", ours_out, "--audio", mode]
            peer_command = peer(songs[kind], cover, peer_out, options.peer_rate, mode)
            run(ours_command)
            pairs = [(run(ours_command), run(peer_command)) for _ in range(options.runs)]
            ratio = statistics.median(theirs[0] / ours[0] for ours, theirs in pairs)
            for who, side, out in [("phonoscope", 0, ours_out), ("ffmpeg", 1, peer_out)]:
                wall, cpu, peak = (statistics.median(pair[side][i] for pair in pairs) for i in range(3))
                shown = f"{ratio:>8.1f}x" if side == 0 else ""
                print(f"{case:<12}{who:<12}{wall:>9.3f}{cpu:>9.3f}{peak:>9.1f}{out.stat().st_size / 1e6:>9.2f}{shown}")
        if options.hours:
            long_song = folder / "long.mp3"
            subprocess.run([*FFMPEG, "-stream_loop", "-1", "-i", songs["mp3"], "-t", str(options.hours * 3600), "-c:a",
                            "copy", long_song], check=True)
            for mode in ["copy", "aac"]:
                wall, cpu, peak = run([options.binary, "video", long_song, "--cover", cover, "-o", folder / "long.mp4",
                                       "--audio", mode])
                print(f"{options.hours:g} h {mode:<8}phonoscope  {wall:>9.3f}{cpu:>9.3f}{peak:>9.1f}")


if __name__ == "__main__":
    main()
