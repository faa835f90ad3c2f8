#!/usr/bin/env python3
"""The ACRCloud door under load, on loopback: uploads, identification, lists, and a bucket of a million files.

Starts the release binary on a fresh folder and stops it again. See README.md beside this file.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import json
import pathlib
import random
import re
import signal
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.parse
import wave

import numpy
import pysqlite3 as sqlite3  # the server's tables need SQLite 3.43, which is newer than some Pythons'

FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]
RATE = 16000


def say(text):
    print(text, flush=True)


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


class Server:
    """A server of its own, for as long as the `with` block."""

    def __init__(self, binary, data):
        self.binary, self.data = binary, data

    def __enter__(self):
        port_file = self.data.parent / "port"
        port_file.unlink(missing_ok=True)
        self.process = subprocess.Popen([self.binary, "--data", self.data, "serve", "--listen", "127.0.0.1:0", "--port-file",
                                         port_file], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not port_file.exists():
            time.sleep(0.01)
        self.port = int(port_file.read_text())
        created = subprocess.run([self.binary, "--data", self.data, "credential", "create", "--door", "acrcloud", "--rate",
                                  "0", "--json"], check=True, capture_output=True)
        self.token = json.loads(created.stdout)["access_token"]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(60)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)

    def call(self, connection, method, path, body=None, content_type="application/json"):
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "accept": "application/json"}
        if body is not None:
            headers["content-type"] = content_type
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        assert response.status < 300, (method, path, response.status, content[:500])
        return json.loads(content) if content else None


def form(fields, name, content):
    parts = [f'--x\r\ncontent-disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode() for key, value in fields]
    head = f'--x\r\ncontent-disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode()
    return b"".join(parts) + head + content + b"\r\n--x--\r\n"


def in_threads(n_threads, items, work):
    """Gives each item to one of some threads, each with an argument of its own made by `work()`."""
    items, lock = list(items), threading.Lock()

    def run():
        do = work()
        while True:
            with lock:
                if not items:
                    return
                item = items.pop()
            do(item)

    threads = [threading.Thread(target=run) for _ in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def pieces_of(songs, folder, n_pieces, seconds):
    """Cuts songs into MP3s; every song from its 10th second on, so that none begins with silence."""
    found = sorted(path for path in songs.rglob("*") if path.suffix.lower() in {".ogg", ".mp3", ".flac", ".opus"})
    pieces = sorted(folder.glob("*.mp3"))
    if len(pieces) >= n_pieces:
        return pieces[:n_pieces]
    for number, path in enumerate(found):
        if len(list(folder.glob("*.mp3"))) >= n_pieces:
            break
        subprocess.run([*FFMPEG, "-ss", "10", "-i", path, "-map", "0:a:0", "-ac", "2", "-ar", "44100", "-b:a", "128k", "-f",
                        "segment", "-segment_time", str(seconds), folder / f"{number:04}-%03d.mp3"], check=False)
        # The last piece of a song is shorter.
        last = sorted(folder.glob(f"{number:04}-*.mp3"))
        if last:
            last[-1].unlink()
    return sorted(folder.glob("*.mp3"))[:n_pieces]


def tune(rng, seconds):
    """Some 40 tones a second, which begin at once and fade: as many peaks as music has, and no two seeds sound alike."""
    hop, size = 512, 1024
    n_frames, bins = seconds * RATE // hop + 1, numpy.arange(size // 2 + 1)
    begins = (rng.random((n_frames, len(bins))) < 0.0037) & (bins > 6) & (bins < 350)
    level, levels = numpy.zeros(len(bins)), []
    for begin in begins:
        level = numpy.where(begin, rng.random(len(bins)) + 0.3, level * 0.87)
        levels.append(level / numpy.maximum(1, bins / 40))
    phase = numpy.exp(1j * (rng.uniform(0, 6.28, len(bins)) + numpy.pi * bins * numpy.arange(n_frames)[:, None]))
    frames = numpy.fft.irfft(numpy.array(levels) * phase) * numpy.hanning(size)
    sound = numpy.zeros(n_frames * hop + size)
    for parity in (0, 1):
        part = frames[parity::2]
        sound[parity * hop:parity * hop + part.size] += part.reshape(-1)
    sound = sound[: seconds * RATE] / numpy.abs(sound).max() + rng.normal(0, 0.002, seconds * RATE)
    return (numpy.clip(sound, -1, 1) * 30000).astype("<i2")


def write_wav(path, samples):
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())


def upload(server, bucket, paths, n_threads):
    def work():
        connection = server.connect()

        def one(path):
            body = form([("data_type", "audio"), ("title", path.stem)], "file", path.read_bytes())
            server.call(connection, "POST", f"/api/buckets/{bucket}/files", body, "multipart/form-data; boundary=x")
        return one

    in_threads(n_threads, paths, work)


def wait_ready(server, bucket):
    connection = server.connect()
    while True:
        waiting = server.call(connection, "GET", f"/api/buckets/{bucket}/files?state=0&per_page=1")["meta"]["total"]
        if waiting == 0:
            return
        time.sleep(0.05)


def bench_upload(server, bucket, pieces, seconds):
    begun = time.perf_counter()
    upload(server, bucket, pieces, 4)
    received = time.perf_counter() - begun
    wait_ready(server, bucket)
    elapsed = time.perf_counter() - begun
    say(f"upload    {len(pieces)} MP3s of {seconds} s: received in {received:.1f} s, all ready in {elapsed:.1f} s, "
        f"{len(pieces) * seconds / elapsed:.0f} x real time")


def fill(server, bucket, folder, n_tunes, seconds):
    """Adds synthetic tunes, as fingerprints, so that the index has its size."""
    have = server.call(server.connect(), "GET", f"/api/buckets/{bucket}/files?per_page=1")["meta"]["total"]
    rng = numpy.random.default_rng(1)
    for begin in range(0, n_tunes, 500):
        paths = []
        for number in range(begin, min(begin + 500, n_tunes)):
            path = folder / f"tune-{number:05}.wav"
            write_wav(path, tune(rng, seconds))
            paths.append(path)
        upload(server, bucket, paths, 4)
        for path in paths:
            path.unlink()
        wait_ready(server, bucket)
    say(f"filled    {have} files became {have + n_tunes}")


def signed(project, timestamp="1767323045"):
    text = "\n".join(["POST", "/v1/identify", project["access_key"], "audio", "1", timestamp])
    mac = hmac.new(project["access_secret"].encode(), text.encode(), hashlib.sha1)
    return [("access_key", project["access_key"]), ("data_type", "audio"), ("signature_version", "1"),
            ("timestamp", timestamp), ("signature", base64.b64encode(mac.digest()).decode())]


def bench_identify(server, bucket, pieces, folder, n_clients, run_s):
    connection = server.connect()
    project = server.call(connection, "POST", "/api/base-projects",
                          {"name": "bench", "region": "eu-west-1", "type": "AVR", "buckets": [bucket]})["data"]
    bodies = []
    picker = random.Random(1)
    for number, piece in enumerate(picker.sample(pieces, min(100, len(pieces)))):
        clip = folder / "clip.opus"
        subprocess.run([*FFMPEG, "-ss", "7", "-t", "10", "-i", piece, "-ac", "1", "-c:a", "libopus", "-b:a", "24k", clip],
                       check=True)
        bodies.append((piece.stem, form(signed(project), "sample", clip.read_bytes())))
    rng = numpy.random.default_rng(99)
    for number in range(len(bodies) // 4):
        write_wav(folder / "clip.wav", tune(rng, 10))
        subprocess.run([*FFMPEG, "-i", folder / "clip.wav", "-c:a", "libopus", "-b:a", "24k", folder / "clip.opus"], check=True)
        bodies.append((None, form(signed(project), "sample", (folder / "clip.opus").read_bytes())))
    latencies, right, wrong = [], [], []
    until = time.perf_counter() + run_s

    def client(seed):
        connection, picker = server.connect(), random.Random(seed)
        while time.perf_counter() < until:
            title, body = picker.choice(bodies)
            begun = time.perf_counter()
            connection.request("POST", "/v1/identify", body, {"content-type": "multipart/form-data; boundary=x"})
            answer = json.loads(connection.getresponse().read())
            latencies.append(time.perf_counter() - begun)
            found = [hit["title"] for hit in answer.get("metadata", {}).get("custom_files", [])[:1]]
            (right if found == ([title] if title else []) else wrong).append((title, found, answer["status"]["code"]))

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(n_clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    elapsed = time.perf_counter() - begun
    say(f"identify  {n_clients} clients: {len(latencies) / elapsed:.0f} requests/s, p50 {percentile(latencies, 0.5) * 1000:.1f} ms, "
        f"p99 {percentile(latencies, 0.99) * 1000:.1f} ms; as expected {len(right)} of {len(latencies)}")


def bench_list(server, bucket, run_s):
    for connections in (8, 32):
        out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{run_s}s", "--latency", "-H",
                              f"authorization: Bearer {server.token}",
                              f"http://127.0.0.1:{server.port}/api/buckets/{bucket}/files?page=3"],
                             check=True, capture_output=True, text=True).stdout
        rate = re.search(r"Requests/sec:\s+([\d.]+)", out)[1]
        p50, p99 = (re.search(rf"\n\s+{share}%\s+(\S+)", out)[1] for share in (50, 99))
        errors = re.search(r"Non-2xx.*", out)
        say(f"list      {connections} connections: {rate} requests/s, p50 {p50}, p99 {p99} {errors[0] if errors else ''}")


def insert_rows(data, bucket, n_rows):
    """Writes rows as the server would, by the tables' own columns, while no server runs."""
    db = sqlite3.connect(data / "phonoscope.db")
    db.execute("PRAGMA synchronous = OFF")
    account = db.execute("SELECT account_id FROM buckets WHERE id = ?", (bucket,)).fetchone()[0]
    first = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM bucket_files").fetchone()[0]
    words = [line.strip() for line in WORDS.split()]
    picker = random.Random(1)
    names = [column[1] for column in db.execute("PRAGMA table_info(bucket_files)")]

    def row(number):
        title = f"{picker.choice(words)} {picker.choice(words)} {number % 997} {picker.choice(words)} take {number}"
        state = "failed" if number % 100 == 0 else "processing" if number % 50 == 0 else "ready"
        values = {
            "id": first + number, "account_id": account, "bucket_id": bucket,
            "acr_id": hashlib.md5(str(number).encode()).hexdigest(), "state": state,
            "state_rank": {"failed": -1, "processing": 0, "ready": 1}[state], "failure": "", "title": title.title(),
            "search_title": title, "audio_id": str(number), "isrc": "", "duration_us": 180_000_000,
            "user_defined": json.dumps({"artist": picker.choice(words)}), "track_id": None, "fingerprint": None,
            "created_at": 1_790_000_000_000_000 + number, "updated_at": 1_790_000_000_000_000 + (number * 7919) % 10**9,
        }
        return tuple(values[name] for name in names)

    marks = ",".join("?" * len(names))
    db.executemany(f"INSERT INTO bucket_files ({','.join(names)}) VALUES ({marks})", (row(number) for number in range(n_rows)))
    counts = db.execute("SELECT COUNT(*), SUM(state = 'ready'), SUM(state = 'failed') FROM bucket_files WHERE bucket_id = ?",
                        (bucket,)).fetchone()
    db.execute("UPDATE buckets SET n_files = ?, n_ready = ?, n_failed = ? WHERE id = ?", (*counts, bucket))
    db.execute("UPDATE numbers SET last = ? WHERE name = 'file'", (first + n_rows,))
    db.commit()
    db.close()
    return first


WORDS = """amber autumn blue broken candle city cold crystal dancing deep desert dream early electric empty evening falling fire
first frozen garden gentle ghost golden heart hollow hidden iron island jade journey king lantern last light lonely lost
magic midnight mirror moon morning mountain night ocean old open paper quiet rain red river road rose sand sea secret
shadow silent silver sky slow snow song spring star stone storm summer sun sweet thunder tide tiger velvet violet water
white wild wind winter wonder yellow"""


def timed(server, connection, name, method, path, times=15, body=None):
    took = []
    for _ in range(times):
        begun = time.perf_counter()
        server.call(connection, method, path, body)
        took.append((time.perf_counter() - begun) * 1000)
    say(f"million   {name:44} median {statistics.median(took):7.1f} ms   worst {max(took):7.1f} ms")


def bench_million(server, bucket, first, n_rows):
    connection = server.connect()
    files = f"/api/buckets/{bucket}/files"
    last = n_rows // 20
    for name, query in [
        ("list, first page", "?page=1"), ("list, middle page", f"?page={last // 2}"), ("list, last page", f"?page={last}"),
        ("list, descending, middle page", f"?order=desc&page={last // 2}"),
        ("list, state=-1", "?state=-1"), ("sort=status, middle page", f"?sort=status&page={last // 2}"),
        ("sort=title", "?sort=title"), ("sort=title, middle page", f"?sort=title&page={last // 2}"),
        ("sort=updated_at, descending", "?sort=updated_at&order=desc"),
        ("search, one file", "?search=take+765432"), ("search, no file", "?search=zzzqqq"),
        ("search, 1 in 100 (velvet)", "?search=velvet+t"), ("search, 3 in 100 (velvet)", "?search=velvet"),
        ("search, every file (take)", "?search=take"), ("search, 2 letters (jo)", "?search=jo"),
        ("search velvet, sort=title", "?search=velvet&sort=title"),
    ]:
        timed(server, connection, name, "GET", files + query)
    timed(server, connection, "get 100 by id", "GET", files + "/" + ",".join(str(first + n * 997) for n in range(100)))
    timed(server, connection, "change a title", "PUT", f"{files}/{first + 5000}", body={"title": "new"})
    took = []
    for number in range(15):
        begun = time.perf_counter()
        server.call(connection, "DELETE", f"{files}/{first + 1000 + number}")
        took.append((time.perf_counter() - begun) * 1000)
    say(f"million   {'delete one':44} median {statistics.median(took):7.1f} ms   worst {max(took):7.1f} ms")
    begun = time.perf_counter()
    server.call(connection, "DELETE", f"{files}/" + ",".join(str(first + 2000 + number) for number in range(100)))
    say(f"million   {'delete 100':44}        {(time.perf_counter() - begun) * 1000:7.1f} ms")
    timed(server, connection, "dump, asked for", "GET", f"/api/buckets/{bucket}/dump")
    begun = time.perf_counter()
    while (dump := server.call(connection, "GET", f"/api/buckets/{bucket}/dump"))["status"] == 0:
        time.sleep(0.05)
    made = time.perf_counter() - begun
    path = urllib.parse.urlsplit(dump["down_url"]).path
    begun = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    response.read(1)
    first_byte, n_bytes = (time.perf_counter() - begun) * 1000, 1
    while chunk := response.read(1 << 20):
        n_bytes += len(chunk)
    say(f"million   dump made after {made:.1f} s; first byte after {first_byte:.1f} ms, {n_bytes / 1e6:.0f} MB in "
        f"{time.perf_counter() - begun:.1f} s")


def rss_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default="target/release/phonoscope", type=pathlib.Path)
    parser.add_argument("--songs", required=True, type=pathlib.Path, help="a folder with music, such as that of bench/recognition")
    parser.add_argument("--pieces", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--tracks", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--work", type=pathlib.Path, help="where pieces are kept from run to run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        work = options.work or folder / "pieces"
        work.mkdir(parents=True, exist_ok=True)
        pieces = pieces_of(options.songs, work, options.pieces, options.seconds)
        say(f"pieces    {len(pieces)} of {options.seconds} s, {sum(path.stat().st_size for path in pieces) / 1e6:.0f} MB")
        with Server(options.binary, folder / "data") as server:
            connection = server.connect()
            bucket = server.call(connection, "POST", "/api/buckets",
                                 {"name": "bench", "region": "eu-west-1", "type": "File"})["data"]["id"]
            bench_upload(server, bucket, pieces, options.seconds)
            fill(server, bucket, folder, options.tracks - len(pieces), options.seconds)
            for n_clients in (1, 4):
                bench_identify(server, bucket, pieces, folder, n_clients, 20)
            bench_list(server, bucket, 10)
            say(f"memory    {rss_mb(server.process.pid):.0f} MB resident")
            rows = server.call(server.connect(), "POST", "/api/buckets",
                               {"name": "rows", "region": "eu-west-1", "type": "File"})["data"]["id"]
        if options.rows:
            first = insert_rows(folder / "data", rows, options.rows)
            with Server(options.binary, folder / "data") as server:
                bench_million(server, rows, first, options.rows)
                bench_list(server, rows, 10)
                say(f"memory    {rss_mb(server.process.pid):.0f} MB resident")


if __name__ == "__main__":
    main()
