#!/usr/bin/env python3
"""The Producer door under load, on loopback: first render, repeated requests, concurrent renders.

Starts the release binary on a fresh folder, uploads songs, and stops everything again. See README.md beside this file.
"""

import argparse
import http.client
import json
import pathlib
import signal
import statistics
import subprocess
import tempfile
import threading
import time

FFMPEG = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y"]


class Server:
    """A server of its own, for as long as the `with` block."""

    def __init__(self, binary, folder, workers):
        self.data, port_file = folder / "data", folder / "port"
        self.process = subprocess.Popen(
            [binary, "--data", self.data, "serve", "--listen", "127.0.0.1:0", "--port-file", port_file, "--workers",
             str(workers)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not port_file.exists():
            time.sleep(0.01)
        self.port = int(port_file.read_text())
        created = subprocess.run([binary, "--data", self.data, "credential", "create", "--door", "producer", "--rate", "0",
                                  "--json"], check=True, capture_output=True)
        self.token = json.loads(created.stdout)["token"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)

    def post(self, connection, path, body, content_type="application/json"):
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.token}", "content-type": content_type}
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        assert response.status == 200, answer
        return answer

    def upload(self, connection, path):
        head = b'--x\r\ncontent-disposition: form-data; name="file"; filename="song.mp3"\r\n\r\n'
        body = head + path.read_bytes() + b"\r\n--x--\r\n"
        answer = self.post(connection, "/producer/upload", body, "multipart/form-data; boundary=x")
        return answer["data"]["audio_id"]


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def repeated(server, audio_id, seconds, n_clients):
    """Asks for one rendered id from several connections; returns requests per second and latencies."""
    latencies, until = [], time.perf_counter() + seconds

    def client():
        connection = server.connect()
        while time.perf_counter() < until:
            begun = time.perf_counter()
            server.post(connection, "/producer/videos", {"audio_id": audio_id})
            latencies.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client) for _ in range(n_clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(latencies) / (time.perf_counter() - begun), latencies


def concurrent(server, audio_ids):
    """Asks for all renders at once; returns the latencies."""
    latencies = []

    def client(audio_id):
        connection = server.connect()
        begun = time.perf_counter()
        server.post(connection, "/producer/videos", {"audio_id": audio_id})
        latencies.append(time.perf_counter() - begun)

    threads = [threading.Thread(target=client, args=(audio_id,)) for audio_id in audio_ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return latencies


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default="target/release/phonoscope")
    parser.add_argument("--seconds", type=int, default=10, help="length of the repeated-request run")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        song = folder / "song.mp3"
        subprocess.run([*FFMPEG, "-f", "lavfi", "-i", "sine=f=220:d=240", "-f", "lavfi", "-i",
                        "anoisesrc=a=0.05:d=240:seed=1", "-filter_complex", "amix=inputs=2", "-b:a", "128k", song],
                       check=True)
        with Server(options.binary, folder, options.workers) as server:
            connection = server.connect()
            first = []
            ids = [server.upload(connection, song) for _ in range(72)]
            for audio_id in ids[:8]:
                begun = time.perf_counter()
                server.post(connection, "/producer/videos", {"audio_id": audio_id})
                first.append((time.perf_counter() - begun) * 1000)
            print(f"first render of a stored 240 s MP3, drawn cover: median {statistics.median(first):.0f} ms, "
                  f"worst {max(first):.0f} ms of {len(first)}")
            rate, latencies = repeated(server, ids[0], options.seconds, 8)
            print(f"rendered id again, 8 connections: {rate:.0f} requests/s, p50 {percentile(latencies, .5) * 1000:.1f} ms, "
                  f"p99 {percentile(latencies, .99) * 1000:.1f} ms")
            begun = time.perf_counter()
            latencies = concurrent(server, ids[8:])
            print(f"{len(ids) - 8} renders at once, {options.workers} workers: all answered after "
                  f"{time.perf_counter() - begun:.1f} s, slowest {max(latencies):.1f} s")


if __name__ == "__main__":
    main()
