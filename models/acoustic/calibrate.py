#!/usr/bin/env python3
"""calibrate.py --speech DIR [--pair] [--hark PROGRAM] [--models DIR] [--work DIR] [--adapted OUT WORK]... [--weights W...]
Fits the confidence of the grammar recogniser (`engine/src/stt/grammar/confidence.rs`): a logistic of what an answer's
evidence was, over tune words and drink orders, clean and at 15 dB. Prints the weights and what they would do at 0.55.

For a model that was adapted to those recordings: --adapted with OUT and --work of `adapt.py --without 0`, and again of
`--without 1`; each is judged on what it was not taught. Else the model as it is, unadapted. HARK_MODELS names the folder of
the telephone model; without it, Debian's. With --pair, what both together know is fitted (`ensemble.rs`): of the telephone
model as it is, and of Debian's as --adapted tells.
"""
import argparse, math, os, re, subprocess

from overlay import overlay

THRESHOLD = 0.55
# Shares of the weight: words that answer, drink orders, and words that do not answer.
WEIGHT = {"inside": 0.4, "drink": 0.4, "outside": 0.2}
# What is logged of an utterance, what the logistic weighs of it, and how its weights are called.
EVIDENCE = {
    "judged": (("gap", "shortness", "surplus"), lambda gap, shortness, surplus: (1.0, -gap, -shortness, -surplus * max(gap, 0.0)),
               "bias %.2f, per_gap %.3f, per_shortness %.2f, per_surplus %.3f"),
    "paired": (("of_first", "of_second", "shared"), lambda first, second, shared: (1.0, first + second, shared, shared >= 1.0),
               "bias %.2f, per_log_odds %.3f, per_shared %.2f, for_agreement %.2f"),
}


def evaluate(args, what, models, snr, sources, folder):
    """(evidence, right, question, kind) of each recording in which a sentence was heard."""
    details = f"{folder}/{what}-{snr or 'clean'}.tsv"
    noise = ["--snr", snr, "--noise", f"{args.speech}/noise/kitchen.flac"] if snr else []
    environment = dict(os.environ, HARK_LOG="engine::stt::grammar=debug")
    run = subprocess.run([args.hark, "eval", what, "--models", models, "--part", "tune", "--reject-below", "0", "--details",
                          details, *([] if args.pair else ["--one-model"]), *sources, *noise], env=environment, capture_output=True, text=True, check=True)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", run.stderr)
    event = "paired" if args.pair else "judged"
    fields, terms, _ = EVIDENCE[event]
    evidence = [terms(*(float(re.search(rf"{field}=([-0-9.e]+)", line)[1]) for field in fields))
                for line in plain.splitlines() if event in line]
    rows = [line.rstrip("\n").split("\t") for line in open(details)]
    # Words: recording, line, question, kind, outcome, confidence, heard. Drinks: recording, line, outcome, confidence, heard.
    rows = [row if what == "words" else [*row[:2], "drink", "drink", *row[2:]] for row in rows]
    heard = [row for row in rows if row[6]]
    if len(heard) != len(evidence):
        raise SystemExit(f"{details}: {len(heard)} sentences, {len(evidence)} judgements")
    return [(found, row[3] != "outside" and row[4] == "right", row[2], row[3]) for found, row in zip(evidence, heard)]


def gather(args):
    rows = []
    for out, work in args.adapted or [(None, args.work)]:
        os.makedirs(work, exist_ok=True)
        name = "hub4wsj_sc_8k" if "HARK_MODELS" in os.environ and not args.pair else "en-us"
        models = overlay(args.models, f"{work}/models", {f"{name}-telephone": out} if out else {})
        from_here = work if out else args.speech
        labels = f"{work}/left-out.json" if out else f"{args.speech}/drinks/labels.json"
        words = ["--audio", f"{from_here}/words", "--manifest", f"{from_here}/an4/manifest.tsv"]
        drinks = ["--audio", f"{args.speech}/drinks", "--labels", labels]
        for snr in (None, "15"):
            rows += evaluate(args, "words", models, snr, words, work) + evaluate(args, "drinks", models, snr, drinks, work)
    return rows


def probability(weights, evidence):
    return 1 / (1 + math.exp(-sum(weight * term for weight, term in zip(weights, evidence))))


def fit(rows):
    """Newton's method, with just enough ridge to have an answer."""
    counts = {kind: sum(row[3] == kind for row in rows) for kind in WEIGHT}
    size = range(len(rows[0][0]))
    weights = [0.0 for _ in size]
    for _ in range(50):
        slope, curve = [0.0 for _ in size], [[1e-3 * (i == j) for j in size] for i in size]
        for term, right, _, kind in rows:
            share, expected = WEIGHT[kind] * len(rows) / counts[kind], probability(weights, term)
            for i in size:
                slope[i] += share * (right - expected) * term[i]
                for j in size:
                    curve[i][j] += share * expected * (1 - expected) * term[i] * term[j]
        weights = [weight + step for weight, step in zip(weights, solved(curve, slope))]
    return weights


def solved(matrix, right):
    """Gauss and Jordan's way; the matrix is positive definite."""
    rows = [row[:] + [value] for row, value in zip(matrix, right)]
    for i, pivot in enumerate(rows):
        pivot[:] = [value / pivot[i] for value in pivot]
        for j, row in enumerate(rows):
            if j != i:
                row[:] = [value - row[i] * other for value, other in zip(row, pivot)]
    return [row[-1] for row in rows]


def report(args, rows, weights):
    print(EVIDENCE["paired" if args.pair else "judged"][2] % tuple(weights))
    groups = {}
    for evidence, right, question, kind in rows:
        name = "not asked for" if kind == "outside" else "right" if right else "wrong"
        groups.setdefault((question, name), []).append(probability(weights, evidence))
    for (question, name), found in sorted(groups.items()):
        kept = sum(value >= THRESHOLD for value in found)
        print(f"  {question}, {name}: {kept} of {len(found)} believed, {sum(found) / len(found):.2f} on average")


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--speech", required=True)
    ask.add_argument("--hark", default="target/release/hark")
    ask.add_argument("--models", default="models")
    ask.add_argument("--work", default="/tmp/hark-calibrate")
    ask.add_argument("--adapted", nargs=2, action="append", metavar=("OUT", "WORK"))
    ask.add_argument("--pair", action="store_true")
    ask.add_argument("--weights", nargs="+", type=float, help="reports what these do as well")
    args = ask.parse_args()
    if args.pair and not (args.adapted and "HARK_MODELS" in os.environ):
        ask.error("--pair fits the telephone model (HARK_MODELS) beside Debian's as --adapted tells: give both")
    if args.weights and len(args.weights) != EVIDENCE["paired" if args.pair else "judged"][2].count("%"):
        ask.error("--weights: as many as are printed")
    rows = gather(args)
    report(args, rows, fit(rows))
    if args.weights:
        report(args, rows, args.weights)


if __name__ == "__main__":
    main()
