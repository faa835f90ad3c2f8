#!/usr/bin/env python3
"""Recognition: the library, the queries and the truth for one run, made from free game music and a seed.

Downloads Debian packages that ship music (they are unpacked, never installed), keeps every recording of 30 s to 20 min,
splits it into indexed and held-out tracks and writes degraded clips of 3, 5 and 10 s with a truth table. Every step is
cached; the same arguments twice do nothing the second time. See README.md beside this file.
"""

import argparse
import collections
import csv
import hashlib
import io
import json
import multiprocessing
import os
import pathlib
import re
import subprocess
import sys
import tarfile
import tempfile
import zipfile
import zlib

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the pool is the parallelism

import numpy as np  # noqa: E402
from scipy import signal  # noqa: E402

RATE = 16000
LENGTHS = (3, 5, 10)
QUIET = 10 ** (-45 / 20)  # what counts as audible
FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
PACKAGES = """
    ardentryst asc-music blobwars-data btanks-data caveexpress-data drascula-music enigma-data extremetuxracer-data
    fillets-ng-data flare-game freedroidrpg-data fretsonfire-songs-muldjord fretsonfire-songs-sectoid frozen-bubble-data
    hedgewars-data hyperrogue-music lincity-ng-data lugaru-data marsshooter-data neverball-common nexuiz-music
    planetblupi-music-ogg plee-the-bear-data pushover-data singularity-music starfighter-data supertux-data trackballs-data
    ufoai-music unknown-horizons warzone2100-music wesnoth-1.16-music xmoto-data zaz-data
""".split()
VERSIONS = {"remix", "loop", "mix", "version", "short", "long", "edit", "ver", "v"}  # words that name no other piece
STEMS_OF_A_MIX = {"guitar", "rhythm", "drums", "bass"}  # parts of a song that lie beside the song itself

TABLE = ["mp3", "n10", "n5", "n0", "reverb5", "phone", "clip", "pitch2", "tempo2", "speed2", "pitch5", "tempo5", "speed5",
         "voice0"]
BEYOND = ["pitch10", "tempo10", "speed10", "mix0", "opus", "street"]
NEGATIVES = [("neg-hold-mp3", 20), ("neg-hold-n5", 18), ("neg-hold-clean", 10), ("neg-hold-pitch5", 8),
             ("neg-hold-speed5", 8), ("neg-speech", 14), ("neg-noise", 8), ("neg-tones", 8), ("neg-silence", 6)]  # per cent


def say(text):
    print(text, flush=True)


def rng_for(*keys):
    """One generator per thing that is made, so that no result depends on the order of work."""
    return np.random.default_rng([zlib.crc32(str(key).encode()) for key in keys])


def rms(x):
    return float(np.sqrt(np.mean(np.square(x, dtype=np.float64)))) if len(x) else 0.0


# Library


def kind_of(name, head):
    """The file extension a piece of music should have, or nothing: by content, since games drop extensions."""
    if name.lower().endswith((".ogv", ".webm", ".avi")):
        return None
    if head[:4] == b"OggS":
        if b"theora" in head[:400]:
            return None
        return ".opus" if b"OpusHead" in head[:80] else ".ogg"
    if head[:4] == b"fLaC":
        return ".flac"
    if head[:3] == b"ID3" or (name.lower().endswith(".mp3") and head[:1] == b"\xff"):
        return ".mp3"
    return None


def keep(out, name, data):
    extension = kind_of(name, data[:512])
    if extension is None or len(data) < 100_000:  # 30 s of music is never smaller
        return
    path = out / re.sub(r"[^A-Za-z0-9._/-]", "_", name.lstrip("./"))
    if path.suffix.lower() not in (".ogg", ".oga", ".opus", ".mp3", ".flac"):
        path = path.with_name(path.name + extension)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def unpack(data, package):
    folder, out = data / "packages" / "deb", data / "packages" / package
    marker = data / "packages" / f"{package}.unpacked"
    if marker.exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    found = sorted(folder.glob(f"{package}_*.deb"))
    if not found:
        subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        found = sorted(folder.glob(f"{package}_*.deb"))
    child = subprocess.Popen(["dpkg-deb", "--fsys-tarfile", found[0]], stdout=subprocess.PIPE)
    with tarfile.open(fileobj=child.stdout, mode="r|") as archive:
        for member in archive:
            if not member.isfile() or member.size < 100_000:
                continue
            content = archive.extractfile(member).read()
            if content[:4] == b"PK\x03\x04":
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    for entry in inner.infolist():
                        if entry.file_size >= 100_000:
                            keep(out, f"{member.name}.d/{entry.filename}", inner.read(entry))
            else:
                keep(out, member.name, content)
    if child.wait() != 0:
        sys.exit(f"{found[0]}: cannot be unpacked")
    marker.write_text(f"{found[0].name} {hashlib.sha256(found[0].read_bytes()).hexdigest()}\n")


def decode(job):
    source, target = job
    if not target.exists():
        part = target.with_suffix(".part")
        done = subprocess.run([*FFMPEG, "-i", source, "-map", "0:a:0", "-ac", "1", "-ar", str(RATE), "-f", "s16le", part])
        if done.returncode != 0 or not part.exists():
            part.write_bytes(b"")
        part.rename(target)
    return target.stat().st_size / 2 / RATE


def make_library(data, jobs):
    """library.csv and pcm/<row>.s16: recordings of 30 s to 20 min, repeated ones dropped, in a fixed order."""
    listing = data / "library.csv"
    if not listing.exists():
        for package in PACKAGES:
            say(f"package {package}")
            unpack(data, package)
        files = [(package, path) for package in PACKAGES for path in sorted((data / "packages" / package).rglob("*"))
                 if path.is_file() and path.stem.lower() not in STEMS_OF_A_MIX]
        raw = data / "pcm" / "raw"
        raw.mkdir(parents=True, exist_ok=True)
        work = [(path, raw / f"{hashlib.sha256(str(path.relative_to(data)).encode()).hexdigest()[:24]}.s16")
                for _, path in files]
        say(f"decoding {len(work)} files")
        with multiprocessing.Pool(jobs) as pool:
            durations = pool.map(decode, work, chunksize=4)
        seen, rows = set(), []
        by_stem = collections.defaultdict(list)
        for (package, path), (_, pcm), duration in zip(files, work, durations):
            if not 30 <= duration <= 1200:
                continue
            digests = {hashlib.sha256(path.read_bytes()).hexdigest(), hashlib.sha256(pcm.read_bytes()).hexdigest()}
            stem = path.stem.lower()
            if digests & seen or any(abs(duration - other) <= 0.3 for other in by_stem[stem]):
                continue
            if rms(np.fromfile(pcm, np.int16) / 32768) < QUIET:
                continue
            seen |= digests
            by_stem[stem].append(duration)
            rows.append((path, duration, package, pcm))
        for row, (_, _, _, pcm) in enumerate(rows):
            link = data / "pcm" / f"{row}.s16"
            link.unlink(missing_ok=True)
            link.hardlink_to(pcm)
        for pcm in raw.iterdir():
            pcm.unlink()
        raw.rmdir()
        part = listing.with_suffix(".part")
        with part.open("w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["path", "duration_s", "package"])
            writer.writerows((path, f"{duration:.3f}", package) for path, duration, package, _ in rows)
        part.rename(listing)
    with listing.open() as text:
        tracks = [(row["path"], float(row["duration_s"]), row["package"]) for row in csv.DictReader(text)]
    say(f"library: {len(tracks)} recordings, {sum(t[1] for t in tracks) / 3600:.2f} h")
    return tracks


def pcm_of(data, row):
    return np.memmap(data / "pcm" / f"{row}.s16", np.int16, "r")


# Recordings that share audio


def bands(data, row):
    """Log energy in 12 bands, five frames a second, over half a second each."""
    x = np.asarray(pcm_of(data, row), np.float32) / 32768
    hop, size = 1600, 4096
    edges = np.geomspace(120, 5000, 13) / RATE * size
    rows = []
    window = np.hanning(size).astype(np.float32)
    for begin in range(0, max(len(x) - size, 1), hop * 1000):
        block = x[begin:begin + hop * 999 + size]
        frames = np.lib.stride_tricks.sliding_window_view(block, size)[::hop] if len(block) >= size else []
        if len(frames):
            power = np.abs(np.fft.rfft(frames * window, axis=1)).astype(np.float32) ** 2
            total = np.cumsum(power, axis=1)
            rows.append(np.diff(total[:, edges.astype(int)], axis=1))
    energy = np.concatenate(rows)
    smooth = signal.convolve(energy, np.ones((4, 1), np.float32) / 4, mode="valid")[::2]
    return np.log10(np.maximum(smooth, 1e-7))


def windows(track, span):
    """Every window of a track as a unit vector without its mean per band."""
    if len(track) < span:
        return np.zeros((0, span * track.shape[1]), np.float32)
    view = np.lib.stride_tricks.sliding_window_view(track, span, axis=0)
    flat = (view - view.mean(axis=2, keepdims=True)).reshape(len(view), -1).astype(np.float32)
    return flat / (np.linalg.norm(flat, axis=1, keepdims=True) + 0.5)


def alike(data, a, at_a, b, at_b):
    """Highest normalised cross-correlation of ten seconds of a against b within a second of the guess, below 2 kHz."""
    def piece(row, begin, end):
        x = np.asarray(pcm_of(data, row)[max(int(begin * RATE), 0):int(end * RATE)], np.float32)
        return signal.resample_poly(x, 1, 4)
    x, y = piece(a, at_a, at_a + 8), piece(b, at_b - 1, at_b + 9)
    if len(y) <= len(x):
        return 0.0
    x, y = x - x.mean(), y - y.mean()
    product = signal.fftconvolve(y, x[::-1], mode="valid")
    energy = np.cumsum(np.concatenate([[0.0], y.astype(np.float64) ** 2]))
    norm = np.sqrt((energy[len(x):] - energy[:-len(x)]) * np.sum(x.astype(np.float64) ** 2)) + 1e-3
    return float(np.max(np.abs(product) / norm))


SPAN = 50  # frames of a window: ten seconds
EQUAL, DOUBTFUL = 0.5, 0.4  # waveform correlation: scored as one recording; not used as a negative
SHARED = {}  # what the workers of find_same inherit


def bands_of(row):
    return bands(SHARED["data"], row)


def compare(row):
    """Highest waveform correlation of each other track whose probes look like some window of this one."""
    vectors, probes, origin = windows(SHARED["features"][row], SPAN), SHARED["probes"], SHARED["origin"]
    if not len(vectors):
        return {}
    best, value = np.zeros(len(probes), int), np.full(len(probes), -1.0, np.float32)
    for begin in range(0, len(probes), 1000):
        product = vectors @ probes[begin:begin + 1000].T
        best[begin:begin + 1000] = product.argmax(axis=0)
        value[begin:begin + 1000] = product.max(axis=0)
    found, tried = {}, collections.Counter()
    for p in np.argsort(-value):
        other, at = int(origin[p, 0]), int(origin[p, 1])
        if value[p] < 0.7:
            break
        if other == row or tried[other] == 3:
            continue
        tried[other] += 1
        score = alike(SHARED["data"], other, at / 5, row, best[p] / 5)
        key = (min(row, other), max(row, other))
        found[key] = max(found.get(key, 0.0), score)
    return found


def find_same(data, tracks, jobs):
    """Pairs that share recorded audio and how much: band envelopes propose a place, the waveform there decides."""
    listing = data / "same-scores.csv"
    if not listing.exists():
        say("looking for shared recordings")
        SHARED.update(data=data)
        with multiprocessing.Pool(jobs) as pool:
            features = pool.map(bands_of, range(len(tracks)), chunksize=4)
        probes, origin = [], []
        for row, track in enumerate(features):
            vectors = windows(track, SPAN)
            for at in range(10, len(vectors), 100):
                if np.linalg.norm(vectors[at]) > 0.8:
                    probes.append(vectors[at])
                    origin.append((row, at))
        SHARED.update(features=features, probes=np.array(probes, np.float32), origin=np.array(origin))
        pairs = {}
        with multiprocessing.Pool(jobs) as pool:
            for found in pool.imap_unordered(compare, range(len(tracks)), chunksize=2):
                for key, score in found.items():
                    pairs[key] = max(pairs.get(key, 0.0), score)
        part = listing.with_suffix(".part")
        with part.open("w", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(["correlation", "path_a", "path_b"])
            for (a, b), score in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
                if score > 0.15:
                    writer.writerow([f"{score:.3f}", tracks[a][0], tracks[b][0]])
        part.rename(listing)
    with listing.open() as text:
        scores = [(float(row["correlation"]), row["path_a"], row["path_b"]) for row in csv.DictReader(text)]
    with (data / "same.csv").open("w", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["path_a", "path_b"])
        writer.writerows(pair for score, *pair in scores if score > EQUAL)
    return {frozenset(pair) for score, *pair in scores if score > DOUBTFUL}


def title(path):
    """The stem without numbers and words that only name a version."""
    stem = re.sub(r"[^a-z]+", " ", pathlib.Path(path).stem.lower())
    return " ".join(w for w in stem.split() if w not in VERSIONS)


# Sounds that are added


SENTENCES = {
    "en": "The ferry leaves at a quarter past nine and the tickets are sold on board. My sister keeps seven goats behind the "
          "old school, and every spring they eat the fence. If it rains tomorrow we could still paint the kitchen, or at "
          "least move the shelves. Nobody had told the baker that the bridge was closed, so he waited there until noon. "
          "Please read the second page again and tell me which number you would change. ",
    "en-gb": "Turn left after the post office, then walk until you see a green door with a brass bell. We measured the "
             "garden twice and found two different lengths, which surprised nobody. The committee will meet on Thursday "
             "unless the hall is flooded again. I would rather carry the chairs than the table, thank you. ",
    "en-us": "Our train was forty minutes late, but the conductor handed out apples and everybody calmed down. She wrote a "
             "long letter about clouds and forgot to sign it. There are three keys on the ring and none of them opens the "
             "shed. Call the office before five and ask for the blue folder. ",
    "de": "Der Bus fährt heute nicht über den Marktplatz, weil dort gebaut wird. Wir haben die Äpfel gezählt und danach "
          "den Korb vergessen. Morgen kommt der Maler, und bis dahin muss das Zimmer leer sein. ",
    "fr": "Le voisin a prêté son échelle, mais personne ne sait où elle se trouve maintenant. Nous avons marché jusqu'au "
          "phare et mangé deux tartines sous la pluie. Demain, il faudra rendre les livres avant midi. ",
    "es": "La panadería abre a las siete y a las ocho ya no queda nada. Mi abuelo guarda los mapas en una caja de zapatos. "
          "Si llegas temprano, deja la bicicleta junto al pozo y llama dos veces. ",
    "it": "La chiave è sotto il vaso, accanto alla finestra piccola. Ieri abbiamo contato undici barche nel porto e una "
          "sola era rossa. Domani compriamo il pane e poi torniamo a casa. ",
    "pt": "O relógio da estação está parado desde o inverno passado. Comprámos três metros de pano azul e uma caixa de "
          "botões. Amanhã vamos ao mercado antes da chuva. ",
    "pl": "Sąsiadka sadzi pomidory na balkonie i codziennie je liczy. Jutro pojedziemy nad jezioro, jeśli samochód zapali. "
          "Proszę zostawić paczkę u dozorcy na parterze. ",
    "sv": "Båten går klockan nio och kommer tillbaka på kvällen. Vi lagade cykeln med ett snöre och lite tur. I morgon "
          "ska vi plocka bär bakom skolan. ",
    "nl": "De brug is dicht en de kapper ook, dus we blijven thuis. Mijn broer telt alle fietsen in de straat. Morgen "
          "bakken we brood met zaden en honing. ",
}
VARIANTS = ["m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4", "f5"]


def make_talkers(folder, seed, count=24):
    """Talkers of a minute and a half, silence between sentences shortened by the synthesiser's own gap setting."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        target = folder / f"{number}.s16"
        if target.exists():
            continue
        rng = rng_for(seed, "talker", number)
        language = list(SENTENCES)[number % len(SENTENCES)] if number % 2 else ["en", "en-gb", "en-us"][number // 2 % 3]
        voice = f"{language}+{VARIANTS[int(rng.integers(len(VARIANTS)))]}"
        parts = re.findall(r"[^.]+\. ", SENTENCES[language])
        text, wave = "", np.zeros(0, np.float32)
        for _ in range(14):
            text += "".join(parts[k] for k in rng.permutation(len(parts)))
        wav = subprocess.run(["espeak-ng", "-v", voice, "-s", str(rng.integers(130, 210)), "-p", str(rng.integers(20, 80)),
                              "-g", "0", "--stdout", text], check=True, capture_output=True).stdout
        samples = np.frombuffer(wav[44:len(wav) // 2 * 2], np.int16).astype(np.float32)  # 22,050 Hz mono behind the header
        wave = signal.resample_poly(samples, 320, 441)[:90 * RATE]
        wave = 0.1 * wave / rms(wave) * 32768
        target.write_bytes(np.clip(wave, -32768, 32767).astype(np.int16).tobytes())


def talker(context, rng, length):
    files = context["talkers"]
    wave = np.memmap(files[int(rng.integers(len(files)))], np.int16, "r")
    while True:
        begin = int(rng.integers(0, len(wave) - length))
        piece = np.asarray(wave[begin:begin + length], np.float32) / 32768
        if rms(piece[:3 * RATE]) > 0.02:
            return piece


def babble(context, rng, length):
    chosen = rng.permutation(len(context["talkers"]))[:8]
    total = np.zeros(length, np.float32)
    for k in chosen:
        piece = talker({"talkers": [context["talkers"][k]]}, rng, length)
        total += piece / (rms(piece) + 1e-9)
    return total


def shaped(rng, length, gain):
    """Gaussian noise with a gain given over frequency."""
    spectrum = np.fft.rfft(rng.standard_normal(length))
    spectrum *= gain(np.fft.rfftfreq(length, 1 / RATE))
    return np.fft.irfft(spectrum, length)


def pink(rng, length):
    return shaped(rng, length, lambda f: 1 / np.sqrt(np.maximum(f, 20)))


def slow(rng, length, rate):
    """A positive modulation with changes at about the given rate in Hz."""
    points = np.exp(0.7 * rng.standard_normal(int(length / RATE * rate) + 4))
    return np.interp(np.arange(length) * rate / RATE, np.arange(len(points)), points)


def street(rng, length):
    """Rumble below 150 Hz, passing wheels between 200 Hz and 1.2 kHz, a little hiss; each swells on its own."""
    rumble = shaped(rng, length, lambda f: 1 / (1 + (f / 110) ** 4) / np.maximum(f, 15) ** 0.5)
    wheels = shaped(rng, length, lambda f: (f > 150) * 1 / (1 + (f / 900) ** 2))
    hiss = shaped(rng, length, lambda f: np.minimum(f / 2000, 1))
    t = np.arange(length) / RATE
    passing = sum(np.exp(-((t - rng.uniform(0, length / RATE)) / rng.uniform(0.6, 1.6)) ** 2) for _ in range(3))
    parts = [(rumble * slow(rng, length, 0.8), 1.0), (wheels * (0.3 + passing) * slow(rng, length, 3), 0.6),
             (hiss * slow(rng, length, 0.5), 0.08)]
    return sum(weight * part / rms(part) for part, weight in parts)


def add_at(x, noise, decibels):
    return x + noise * (rms(x) / (rms(noise) + 1e-12) * 10 ** (-decibels / 20))


def noisy(context, rng, x, decibels, number):
    return add_at(x, pink(rng, len(x)) if number % 2 else babble(context, rng, len(x)), decibels)


# What is done to a clip


def through(codec, rate, x, container, coded_rate=None):
    """Encodes samples at a rate and decodes them to 16 kHz. By a file: MP3's header, which holds the delay, is written last."""
    with tempfile.NamedTemporaryFile(suffix=f".{container}") as coded:
        subprocess.run([*FFMPEG, "-f", "f32le", "-ar", str(rate), "-ac", "1", "-i", "-", "-ar", str(coded_rate or rate),
                        *codec, "-f", container, coded.name], input=x.astype("<f4").tobytes(), check=True)
        plain = subprocess.run([*FFMPEG, "-f", container, "-i", coded.name, "-ac", "1", "-ar", str(RATE), "-f", "f32le", "-"],
                               check=True, capture_output=True)
    return np.frombuffer(plain.stdout, "<f4").astype(np.float64)


def stretch(x, factor, size=1024, hop=256):
    """Phase vocoder: x played `factor` times as fast at the same pitch."""
    window = np.hanning(size + 1)[:-1]
    padded = np.concatenate([np.zeros(size // 2), x, np.zeros(size + size // 2)])
    frames = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, size)[::hop] * window, axis=1)
    steps = np.arange(0, len(x) / hop, factor)
    steps = steps[steps < len(frames) - 1]
    low = steps.astype(int)
    part = (steps - low)[:, None]
    magnitude = (1 - part) * np.abs(frames[low]) + part * np.abs(frames[low + 1])
    expected = 2 * np.pi * hop * np.arange(size // 2 + 1) / size
    turn = np.angle(frames[low + 1]) - np.angle(frames[low]) - expected
    turn -= 2 * np.pi * np.round(turn / (2 * np.pi))
    phase = np.angle(frames[0]) + np.concatenate([np.zeros((1, len(expected))), np.cumsum(turn + expected, axis=0)[:-1]])
    pieces = np.fft.irfft(magnitude * np.exp(1j * phase), size, axis=1) * window
    out, weight = np.zeros(hop * len(pieces) + size), np.zeros(hop * len(pieces) + size)
    for k, piece in enumerate(pieces):
        out[k * hop:k * hop + size] += piece
        weight[k * hop:k * hop + size] += window ** 2
    return (out / np.maximum(weight, 1e-3))[size // 2:]


def faster(x, factor):
    """x resampled so that it plays `factor` times as fast, pitch included."""
    return signal.resample_poly(x, 1000, int(round(1000 * factor)), window=("kaiser", 9.0))


def squash(x):
    """4:1 above a threshold well below the clip's level, fast, then a tenth of the samples cut off."""
    peak = np.abs(x)
    for _ in range(2):
        peak = np.maximum(peak, signal.lfilter([1 - np.exp(-1 / (0.03 * RATE))], [1, -np.exp(-1 / (0.03 * RATE))], peak))
    level = signal.lfilter([1 - np.exp(-1 / (0.003 * RATE))], [1, -np.exp(-1 / (0.003 * RATE))], peak)
    threshold = rms(x) / 8
    y = x * np.minimum(1, (np.maximum(level, 1e-6) / threshold) ** (1 / 4 - 1))
    limit = np.quantile(np.abs(y), 0.9)
    return np.clip(y, -limit, limit) * (0.7 / max(limit, 1e-6))


def room(rng, x):
    tail = rng.standard_normal(int(0.7 * RATE)) * np.exp(-6.908 * np.arange(int(0.7 * RATE)) / (0.6 * RATE))
    tail[:40] = 0
    tail /= np.sqrt(np.sum(tail ** 2))
    tail[0] = 1  # direct sound: as much energy as everything after it
    return signal.fftconvolve(x, tail)[:len(x)]


def factors(condition, number):
    """Time and pitch factor of a condition; the sign alternates with the clip."""
    found = re.fullmatch(r"(?:neg-hold-)?(pitch|tempo|speed)(\d+)", condition)
    if not found:
        return 1.0, 1.0
    factor = 1 + (1 if number % 2 else -1) * int(found[2]) / 100
    return (1.0 if found[1] == "pitch" else factor), (1.0 if found[1] == "tempo" else factor)


def clip_16k(context, row, offset, seconds):
    begin = int(round(offset * RATE))
    return np.asarray(pcm_of(context["data"], row)[begin:begin + int(round(seconds * RATE))], np.float64) / 32768


def clip_44k(context, row, offset, seconds):
    """From the original file at full band width, cut after decoding so that no seek can be inexact."""
    graph = f"asetpts=N/SR/TB,atrim=start={offset:.6f}:duration={seconds},aresample=44100"
    plain = subprocess.run([*FFMPEG, "-i", context["tracks"][row][0], "-map", "0:a:0", "-af", graph, "-ac", "1", "-f",
                            "f32le", "-"], check=True, capture_output=True).stdout
    return np.frombuffer(plain, "<f4").astype(np.float64)


def degrade(context, condition, number, row, offset, second=None):
    """Ten seconds of a track under a condition."""
    kind = condition.removeprefix("neg-hold-")
    rng = rng_for(context["seed"], condition, number)
    seconds = max(LENGTHS)
    if kind == "mp3":
        return through(["-c:a", "libmp3lame", "-b:a", "64k"], 44100, clip_44k(context, row, offset, seconds), "mp3")
    if kind == "opus":
        return through(["-c:a", "libopus", "-b:a", "16k"], 44100, clip_44k(context, row, offset, seconds), "ogg", 48000)
    time_factor, pitch_factor = factors(condition, number)
    x = clip_16k(context, row, offset, seconds * time_factor + (0.2 if time_factor != 1 else 0))
    if kind.startswith("tempo"):
        return stretch(x, time_factor)
    if kind.startswith("speed"):
        return faster(x, time_factor)
    if kind.startswith("pitch"):
        return faster(stretch(x, 1 / pitch_factor), pitch_factor)
    if kind in ("n10", "n5", "n0"):
        return noisy(context, rng, x, int(kind[1:]), number)
    if kind == "reverb5":
        return noisy(context, rng, room(rng, x), 5, number)
    if kind == "phone":
        sos = signal.butter(4, [300, 3400], "bandpass", fs=RATE, output="sos")
        narrow = signal.resample_poly(signal.sosfilt(sos, x), 1, 2)
        return through(["-c:a", "libgsm"], 8000, narrow / max(1, np.abs(narrow).max()), "gsm")
    if kind == "clip":
        return squash(x)
    if kind == "voice0":
        return add_at(x, talker(context, rng, len(x)), 0)
    if kind == "mix0":
        return add_at(x, clip_16k(context, *second, seconds), 0)
    if kind == "street":
        return add_at(x, street(rng, len(x)), 5)
    assert kind == "clean", condition
    return x


def tones(rng, length):
    """Steady chords, vibrato, glides, arpeggios or beating pairs, with a few partials."""
    t = np.arange(length) / RATE
    total = np.zeros(length)
    shape = int(rng.integers(5))
    for _ in range(int(rng.integers(1, 8))):
        f = np.full(length, 110 * 2 ** rng.uniform(0, 4.5))
        if shape == 1:
            f *= 1 + 0.01 * np.sin(2 * np.pi * rng.uniform(3, 7) * t)
        elif shape == 2:
            f *= 2 ** (rng.uniform(-1, 1) * t / 10)
        elif shape == 3:
            steps = rng.integers(-12, 13, 200)
            f *= 2 ** (steps[(t * rng.uniform(1.5, 8)).astype(int) % 200] / 12)
        phase = 2 * np.pi * np.cumsum(f) / RATE
        for partial in range(1, int(rng.integers(2, 6))):
            if f.max() * partial < 7500:
                total += np.sin(partial * phase + rng.uniform(0, 6)) / partial
        if shape == 4:
            total += np.sin(phase * (1 + rng.uniform(0.001, 0.01)))
    return 0.3 * total / max(np.abs(total).max(), 1e-9)


def silence(rng, length, number):
    t = np.arange(length) / RATE
    near = [np.zeros(length), rng.integers(-1, 2, length) / 32768, 1e-4 * rng.standard_normal(length),
            3e-4 * np.sin(2 * np.pi * 50 * t) + 1e-4 * np.sin(2 * np.pi * 150 * t), np.full(length, rng.uniform(-0.2, 0.2)),
            (rng.random(length) < 2 / RATE) * 0.3]
    return near[number % len(near)]


def negative(context, kind, number, row, offset):
    rng = rng_for(context["seed"], kind, number)
    length = max(LENGTHS) * RATE
    if kind == "neg-speech":
        return talker(context, rng, length)
    if kind == "neg-noise":
        x = [babble(context, rng, length), pink(rng, length), pink(rng, length), street(rng, length),
             rng.standard_normal(length)][number % 5]
        return x * rng.uniform(0.02, 0.2) / rms(x)
    if kind == "neg-tones":
        return tones(rng, length)
    if kind == "neg-silence":
        return silence(rng, length, number)
    return degrade(context, kind, number, row, offset)


def write_wav(path, samples):
    body = samples.tobytes()
    head = (b"RIFF" + (36 + len(body)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
            + (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + RATE.to_bytes(4, "little")
            + (2 * RATE).to_bytes(4, "little") + (2).to_bytes(2, "little") + (16).to_bytes(2, "little")
            + b"data" + len(body).to_bytes(4, "little"))
    path.write_bytes(head + body)


def query_path(folder, condition, number, length):
    return folder / "queries" / f"{condition}_{number:03}_{length:02}.wav"


def make_clip(job):
    context, (condition, number, row, offset, second) = CONTEXT, job
    paths = [query_path(context["folder"], condition, number, length) for length in LENGTHS]
    if all(path.exists() for path in paths):
        return
    if condition.startswith("neg-"):
        x = negative(context, condition, number, row, offset)
    else:
        x = degrade(context, condition, number, row, offset, second)
    total = max(LENGTHS) * RATE
    if not np.all(np.isfinite(x)) or len(x) < total - RATE // 5:
        sys.exit(f"{condition} {number}: {len(x)} samples of {total}")
    x = np.concatenate([x[:total], np.zeros(max(0, total - len(x)))])
    x = x * min(1.0, 0.98 / max(np.abs(x).max(), 1e-9))
    samples = np.round(x * 32767).astype("<i2")
    for path, length in zip(paths, LENGTHS):
        part = path.with_suffix(".part")
        write_wav(part, samples[:length * RATE])
        part.rename(path)


CONTEXT = {}


def audible(context, row, rng, taken=()):
    """A random offset whose first 3, 5 and 10 seconds can be heard, with a second of music to spare; or nothing."""
    room_left = context["tracks"][row][1] - max(LENGTHS) - 1.5
    for _ in range(60):
        offset = int(rng.uniform(0, room_left) * 100) / 100
        x = clip_16k(context, row, offset, max(LENGTHS))
        if all(rms(x[:n * RATE]) > QUIET for n in LENGTHS) and all(abs(offset - other) > 2 for other in taken):
            return offset
    return None


def plan(context, seed, indexed, held, clips, negatives):
    """Every clip of the set: (condition, number, row, offset, second song and its offset)."""
    rng = rng_for(seed, "base")
    base = []
    for row in rng.permutation(indexed):
        offset = audible(context, int(row), rng)
        if offset is not None:
            base.append((int(row), offset))
        if len(base) == clips:
            break
    if len(base) < clips:
        sys.exit(f"only {len(base)} indexed tracks can give a clip")
    jobs = []
    for condition in TABLE + BEYOND:
        for number, (row, offset) in enumerate(base):
            second = None
            while condition == "mix0" and second is None:
                other = int(rng.choice(indexed))
                at = audible(context, other, rng) if other != row else None
                second = (other, at) if at is not None else None
            jobs.append((condition, number, row, offset, second))
    counts = {kind: share * negatives // 100 for kind, share in NEGATIVES}
    counts["neg-hold-mp3"] += negatives - sum(counts.values())
    used, turn = collections.defaultdict(list), 0
    order = [int(row) for row in rng_for(seed, "held").permutation(held)]
    rng = rng_for(seed, "negatives")
    for kind, _ in NEGATIVES:
        for number in range(counts[kind]):
            row = offset = None
            if kind.startswith("neg-hold"):
                while offset is None:
                    row = order[turn % len(order)]
                    turn += 1
                    offset = audible(context, row, rng, used[row] if turn < 40 * len(order) else ())
                used[row].append(offset)
            jobs.append((kind, number, row, offset, None))
    return jobs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="where packages, decoded audio and sets are kept")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--name", default="dev", help="the set's folder below --data")
    parser.add_argument("--clips", type=int, default=200, help="base clips, each under every condition")
    parser.add_argument("--negatives", type=int, default=700, help="clips that must not be answered")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    data = options.data.resolve()
    folder = data / options.name
    ready = folder / "READY"
    arguments = json.dumps({"seed": options.seed, "clips": options.clips, "negatives": options.negatives})
    if ready.exists():
        if ready.read_text().strip() == arguments:
            say(f"{folder}: already made")
            return
        sys.exit(f"{folder}: holds a set made with other arguments ({ready.read_text().strip()}); give another --name")
    (folder / "queries").mkdir(parents=True, exist_ok=True)

    tracks = make_library(data, options.jobs)
    mixed = [int(row) for row in rng_for(options.seed, "split").permutation(len(tracks))]
    cut = round(0.85 * len(tracks))
    indexed, held = sorted(mixed[:cut]), sorted(mixed[cut:])
    (folder / "index.list").write_text("".join(f"{tracks[row][0]}\n" for row in indexed))
    (data / "LIBRARY_READY").write_text(f"{len(tracks)}\n")
    say(f"{len(indexed)} indexed ({sum(tracks[r][1] for r in indexed) / 3600:.2f} h), {len(held)} held out")

    make_talkers(folder / "talkers", options.seed)
    same = find_same(data, tracks, options.jobs)
    titles = {title(tracks[row][0]) for row in indexed}
    # A file in a folder that is named as a song is a part of that song.
    songs = {(tracks[row][2], pathlib.Path(tracks[row][0]).stem) for row in indexed}
    clean = [row for row in held
             if (tracks[row][2], pathlib.Path(tracks[row][0]).parent.name) not in songs
             and not any(frozenset((tracks[row][0], tracks[other][0])) in same for other in indexed)
             and (len(title(tracks[row][0])) < 6 or title(tracks[row][0]) not in titles)]
    say(f"{len(held) - len(clean)} held-out tracks share audio or a title with an indexed one and give no negatives")
    (folder / "holdout.list").write_text("".join(f"{tracks[row][0]}\n" for row in clean))

    CONTEXT.update(data=data, folder=folder, tracks=tracks, seed=options.seed,
                   talkers=sorted((folder / "talkers").glob("*.s16"), key=lambda p: int(p.stem)))
    jobs = plan(CONTEXT, options.seed, indexed, clean, options.clips, options.negatives)
    say(f"{len(jobs)} clips")
    with multiprocessing.Pool(options.jobs) as pool:
        for done, _ in enumerate(pool.imap_unordered(make_clip, jobs, chunksize=4), 1):
            if done % 500 == 0:
                say(f"  {done}")

    with (folder / "queries.csv").open("w", newline="") as out, (folder / "queries.list").open("w") as names:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow("qid,file,condition,length_s,track,offset_s,time_factor,pitch_factor,track2,offset2_s".split(","))
        for condition, number, row, offset, second in jobs:
            time_factor, pitch_factor = factors(condition, number)
            truth = ["", "", "", "", "", ""]
            if not condition.startswith("neg-"):
                truth = [tracks[row][0], f"{offset:.3f}", time_factor, pitch_factor,
                         *((tracks[second[0]][0], f"{second[1]:.3f}") if second else ("", ""))]
            for length in LENGTHS:
                path = query_path(folder, condition, number, length)
                writer.writerow([f"{condition}_{number:03}_{length:02}", path, condition, length, *truth])
                names.write(f"{path}\n")
    ready.write_text(arguments + "\n")
    say(f"{folder}: {3 * len(jobs)} queries")


if __name__ == "__main__":
    main()
