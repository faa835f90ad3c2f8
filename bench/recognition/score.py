#!/usr/bin/env python3
"""Recognition: the tables of one run, from a set of `prepare.py` and the CSV of `phonoscope identify --list --csv`.

Recall at the engine's own threshold beside the three peers of the protocol, wrong answers, false positives, offset errors
and query times. See README.md beside this file.
"""

import argparse
import collections
import csv
import math
import pathlib
import re
import statistics
import sys
import wave

LENGTHS = (3, 5, 10)
PEERS = {  # recall@1 in per cent at 3, 5 and 10 s: audfprint, olaf, panako, each with its defaults
    "mp3": ((67, 94, 100), (82, 94, 100), (0, 0, 83)),
    "n10": ((32, 54, 74), (48, 71, 90), (0, 0, 45)),
    "n5": ((17, 30, 53), (27, 44, 67), (0, 0, 18)),
    "n0": ((7, 14, 29), (6, 12, 28), (0, 0, 5)),
    "reverb5": ((1, 4, 21), (2, 4, 9), (0, 0, 0)),
    "phone": ((1, 10, 44), (10, 18, 44), (0, 0, 42)),
    "clip": ((32, 59, 88), (48, 72, 90), (0, 0, 38)),
    "pitch2": ((2, 6, 32), (26, 40, 74), (0, 0, 45)),
    "tempo2": ((35, 73, 93), (76, 88, 95), (0, 0, 65)),
    "speed2": ((1, 2, 3), (30, 45, 64), (0, 0, 58)),
    "pitch5": ((0, 2, 12), (6, 10, 24), (0, 0, 45)),
    "tempo5": ((7, 15, 30), (64, 75, 91), (0, 0, 42)),
    "speed5": ((0, 0, 0), (2, 6, 12), (0, 0, 58)),
    "voice0": ((6, 13, 24), (10, 18, 32), (0, 0, 5)),
}
PEERS_MEAN = ((15, 27, 43), (31, 43, 59), (0, 0, 39))
BEYOND = ["pitch10", "tempo10", "speed10", "mix0", "opus", "street"]


def wilson(hits, total, z=1.959964):
    """Upper end of the 95 % interval of a share."""
    if total == 0:
        return 1.0
    share = hits / total
    middle = share + z * z / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return min(1.0, (middle + spread) / (1 + z * z / total))


def number(text, otherwise=math.nan):
    try:
        return float(text)
    except (TypeError, ValueError):
        return otherwise


def load(folder, results, partial):
    """The queries of the set, each with its rows of the results, best first."""
    answers = collections.defaultdict(list)
    with results.open(newline="") as text:
        for row in csv.DictReader(text):
            answers[row["query"]].append(row)
    with (folder / "queries.csv").open(newline="") as text:
        queries = list(csv.DictReader(text))
    missing = sum(query["file"] not in answers for query in queries)
    strangers = len(answers) - (len(queries) - missing)
    if missing:
        print(f"{missing} of {len(queries)} queries have no row: {'left out' if partial else 'counted as not answered'}\n")
    if strangers:
        print(f"{strangers} queries of the results are not in the set: ignored\n")
    for query in queries:
        rows = answers.get(query["file"], [])
        query["rows"] = [row for row in rows if row["matched"] in ("1", "true")]
        query["seen"] = rows
        query["length"] = int(query["length_s"])
    return [query for query in queries if query["seen"] or not partial]


def equals(same, path):
    return {path} | same.get(path, set())


def triple(values):
    return " / ".join("-" if value is None else f"{value:.0f}" for value in values)


def share(hits, total):
    return None if total == 0 else 100 * hits / total


def recall_table(positives, beyond):
    """Markdown rows; returns the recall per condition and length."""
    cells = collections.defaultdict(lambda: [0, 0])
    for query in positives:
        cell = cells[query["condition"], query["length"]]
        cell[0] += query["right"]
        cell[1] += 1

    def of(condition):
        return [share(*cells.get((condition, length), (0, 0))) for length in LENGTHS]

    present = {condition for condition, _ in cells}
    if not beyond:
        print("| condition | ours 3/5/10 s | audfprint | olaf | panako | |\n| --- | --- | --- | --- | --- | --- |")
        means = [[], [], []]
        for condition, peers in PEERS.items():
            if condition not in present:
                continue
            ours = of(condition)
            for k, value in enumerate(ours):
                if value is not None:
                    means[k].append(value)
            behind = any(value is not None and peer[k] >= value and peer[k] > 0 for peer in peers
                         for k, value in enumerate(ours))
            print(f"| {condition} | {triple(ours)} | {' | '.join(triple(p) for p in peers)} | "
                  f"{'peer >= ours' if behind else ''} |")
        mean = [statistics.fmean(m) if m else None for m in means]
        print(f"| **mean** | **{' / '.join('-' if m is None else f'{m:.1f}' for m in mean)}** | "
              f"{' | '.join(triple(p) for p in PEERS_MEAN)} | |\n")
    else:
        rows = [condition for condition in BEYOND if condition in present]
        if rows:
            print("Beyond the protocol's table (no peer figures):\n\n| condition | ours 3/5/10 s |\n| --- | --- |")
            for condition in rows:
                print(f"| {condition} | {triple(of(condition))} |")
            print()


def mixed(positives, same):
    """Of queries that hold two songs: the share where both are among the rows."""
    rows = []
    for length in LENGTHS:
        queries = [query for query in positives if query["condition"] == "mix0" and query["length"] == length]
        both = 0
        for query in queries:
            told = {row["track"] for row in query["rows"]}
            both += bool(told & equals(same, query["track"])) and bool(told & equals(same, query["track2"]))
        rows.append(share(both, len(queries)))
    if any(value is not None for value in rows):
        print(f"mix0, both songs reported, 3/5/10 s: {triple(rows)} %\n")


def offsets(positives):
    """|reported - true| reference time of right answers, apart for queries that play at the recorded tempo or not."""
    errors = {"unscaled": [], "tempo/speed": []}
    for query in positives:
        if not query["right"]:
            continue
        row = query["rows"][0]
        second = row["track"] == query["track2"] and row["track"] != query["track"]
        if row["track"] != query["track"] and not second:
            continue  # an equal recording under another path has its own time line
        begin = number(query["offset2_s"] if second else query["offset_s"])
        factor = number(query["time_factor"])
        error = abs(number(row["ref_time_s"]) - (begin + factor * number(row["query_time_s"])))
        if not math.isnan(error):
            errors["unscaled" if factor == 1 else "tempo/speed"].append(error)
    print("| offset | right answers | median | <= 0.25 s |\n| --- | --- | --- | --- |")
    for kind, values in errors.items():
        if values:
            near = [v for v in values if v <= 0.25]
            print(f"| {kind} | {len(values)} | {1000 * statistics.median(values):.1f} ms | {share(len(near), len(values)):.1f} % |")
    print()


def false_positives(negatives):
    kinds = list(dict.fromkeys(query["condition"] for query in negatives))
    print("| negatives answered | 3 s | 5 s | 10 s | all | Wilson 95 % below |\n| --- | --- | --- | --- | --- | --- |")

    def line(name, chosen):
        cells = []
        for length in (*LENGTHS, None):
            part = [query for query in chosen if length in (None, query["length"])]
            cells.append((sum(bool(query["rows"]) for query in part), len(part)))
        print(f"| {name} | {' | '.join(f'{hits}/{total}' for hits, total in cells)} | {100 * wilson(*cells[-1]):.2f} % |")

    for kind in kinds:
        line(kind, [query for query in negatives if query["condition"] == kind])
    line("**all**", negatives)
    print()


def name_of(path):
    return pathlib.PurePath(path).name if path else "-"


def correlation(folder, query, row):
    """The waveform correlation of a clip with what it was taken for, at the very place: about 0.06 for unrelated music.

    The median over windows of 2 s, between 150 Hz and 5 kHz, each within 0.1 s of the place. None where it cannot be computed.
    """
    try:
        import numpy as np
        from scipy import signal
    except ImportError:
        return None
    with (folder.parent / "library.csv").open(newline="") as text:
        rows = [entry["path"] for entry in csv.DictReader(text)]
    shape = signal.butter(4, (150, 5000), "band", fs=16000, output="sos")
    with wave.open(query["file"]) as clip:
        x = signal.sosfilt(shape, np.frombuffer(clip.readframes(clip.getnframes()), "<i2").astype(float))
    track = np.fromfile(folder.parent / "pcm" / f"{rows.index(row['track'])}.s16", "<i2").astype(float)
    offset = round((number(row["ref_time_s"]) - number(row["query_time_s"])) * 16000)
    values = []
    for start in range(0, len(x) - 32000 + 1, 16000):
        piece, begin = x[start:start + 32000], offset + start - 1600
        if begin < 0 or begin + 35200 > len(track):
            continue
        place = signal.sosfilt(shape, track[begin:begin + 35200])
        energy = np.cumsum(np.concatenate([[0.0], place ** 2]))
        norm = np.sqrt((energy[32000:] - energy[:-32000]) * np.sum(piece ** 2)) + 1
        values.append(float((signal.correlate(place, piece, "valid", "fft") / norm).max()))
    return statistics.median(values) if values else None


def answered_negatives(folder, negatives):
    """Each false positive, and whether the clip and the track hold the same audio after all."""
    for query in negatives:
        row = query["seen"][0] if query["seen"] else None
        if row and row["matched"] in ("1", "true"):
            alike = correlation(folder, query, row)
            print(f"- {query['qid']} as {name_of(row['track'])}, score {row['score']}: waveform correlation at that place "
                  + ("not computed" if alike is None else f"{alike:.2f}"))
    print()


def highest(queries, title, count):
    """The rows with the highest scores, whether or not the engine stood by them."""
    scored = [(number(row["score"]), query, row) for query in queries for row in query["seen"][:1]
              if not math.isnan(number(row["score"]))]
    if not scored:
        print(f"{title}: none\n")
        return
    print(f"{title}:\n")
    for score, query, row in sorted(scored, key=lambda item: -item[0])[:count]:
        print(f"- {score:g} {'answered' if row['matched'] in ('1', 'true') else 'not answered'}: {query['qid']} "
              f"as {name_of(row['track'])} at {row['ref_time_s'] or '-'} s"
              + (f", truly {name_of(query['track'])} at {query['offset_s']} s" if query["track"] else ""))
    print()


def times(queries):
    print("| query time, 10 s | queries | median ms | mean ms | p95 ms |\n| --- | --- | --- | --- | --- |")
    for name, positive in (("positive", True), ("negative", False)):
        values = sorted(value for query in queries if query["length"] == 10 and bool(query["track"]) == positive
                        for value in [number(query["seen"][0]["ms"]) if query["seen"] else math.nan] if not math.isnan(value))
        if values:
            p95 = values[min(len(values) - 1, math.ceil(0.95 * len(values)) - 1)]
            print(f"| {name} | {len(values)} | {statistics.median(values):.2f} | {statistics.fmean(values):.2f} | {p95:.2f} |")
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=pathlib.Path, required=True, help="folder made by prepare.py: DATA/NAME")
    parser.add_argument("--results", type=pathlib.Path, required=True, help="CSV written by `phonoscope identify --csv`")
    parser.add_argument("--partial", action="store_true", help="leave out queries that have no row, for runs on a subset")
    parser.add_argument("--only", metavar="REGEX", help="only conditions that match in full, e.g. 'n0|reverb5|neg-.*'")
    parser.add_argument("--worst", type=int, default=5, help="how many of the highest false scores to print")
    options = parser.parse_args()

    same = collections.defaultdict(set)
    listing = options.set.parent / "same.csv"
    if listing.exists():
        with listing.open(newline="") as text:
            for row in csv.DictReader(text):
                same[row["path_a"]].add(row["path_b"])
                same[row["path_b"]].add(row["path_a"])
    queries = load(options.set, options.results, options.partial)
    if options.only:
        queries = [query for query in queries if re.fullmatch(options.only, query["condition"])]
    if not queries:
        sys.exit("nothing to score")
    positives = [query for query in queries if query["track"]]
    negatives = [query for query in queries if not query["track"]]
    for query in positives:
        truth = equals(same, query["track"]) | (equals(same, query["track2"]) if query["track2"] else set())
        query["right"] = bool(query["rows"]) and query["rows"][0]["track"] in truth
        query["wrong"] = bool(query["rows"]) and not query["right"]

    if positives:
        recall_table(positives, beyond=False)
        recall_table(positives, beyond=True)
        mixed(positives, same)
        for name, chosen in (("protocol conditions", [q for q in positives if q["condition"] in PEERS]),
                             ("beyond", [q for q in positives if q["condition"] not in PEERS])):
            if chosen:
                wrong = sum(query["wrong"] for query in chosen)
                print(f"Wrong track on positives, {name}: {wrong}/{len(chosen)} = {share(wrong, len(chosen)):.3f} % "
                      f"(Wilson 95 % below {100 * wilson(wrong, len(chosen)):.3f} %)")
        print("Peers, protocol conditions: audfprint 40/6930, olaf 312/8400, panako 0/2520\n")
        offsets(positives)
    if negatives:
        false_positives(negatives)
        answered_negatives(options.set, negatives)
    times(queries)
    if negatives:
        highest(negatives, "Highest scores on negatives", options.worst)
    if positives:
        highest([query for query in positives if query["wrong"]], "Highest wrong answers", options.worst)


if __name__ == "__main__":
    main()
