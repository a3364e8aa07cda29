#!/usr/bin/env python3
"""adapt.py OUT --speech DIR [--hark PROGRAM] [--models DIR] [--work DIR] [--tau N]
Adapts Debian's pocketsphinx-en-us to callers on the telephone (MAP of Gauvain and Lee 1994: means and variances).

From DIR it takes the tune halves (as in `hark eval --part tune`) of drinks/, words/ and an4/. What was said in a drink
order is what `hark eval drinks` heard with the best model at hand (HARK_MODELS), where every option was right.
The features are those of Hark's own front end (`hark eval features`): clean, and in pink noise at 18 and 12 dB.
Packages: pocketsphinx-en-us sphinxtrain pocketsphinx sox
"""
import argparse, array, hashlib, os, re, struct, subprocess, sys

MODEL = "/usr/share/pocketsphinx/model/en-us/en-us"
CMUDICT = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"
TRAIN = "/usr/lib/sphinxtrain/"
NOISE_DB = "18,12"


def is_tune(name):
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def drink_orders(hark, models, speech, work):
    """Recordings of tune drink orders and the words heard in them, where they came out right."""
    details = f"{work}/drinks.tsv"
    subprocess.run([hark, "eval", "drinks", "--models", models, "--audio", f"{speech}/drinks", "--labels",
                    f"{speech}/drinks/labels.json", "--part", "tune", "--details", details], check=True)
    rows = [line.rstrip("\n").split("\t") for line in open(details)]
    return [(name.rsplit(".", 1)[0], heard) for name, line, outcome, _, heard, *_ in rows if outcome == "right"]


def single_words(speech):
    """Recordings of tune words and spelled or short sentences."""
    said = [(name[:-4], name.split("_")[0].lower()) for name in sorted(os.listdir(f"{speech}/words"))
            if name.endswith(".wav") and is_tune(name)]
    for line in open(f"{speech}/an4/manifest.tsv").read().splitlines()[1:]:
        name, text = line.split("\t")[:2]
        if is_tune(name):
            said.append((name[:-4], text.lower()))
    return said


def features(hark, models, speech, work):
    """Features of everything, clean and in noise, for Debian's model."""
    noise = f"{work}/pink.wav"
    subprocess.run(["sox", "-R", "-n", "-r", "16000", "-b", "16", "-c", "1", noise, "synth", "60", "pinknoise", "gain", "-20"],
                   check=True)
    plain = {name: value for name, value in os.environ.items() if name != "HARK_MODELS"}
    for folder in ("drinks", "words", "an4"):
        for extra in ([], ["--snr", NOISE_DB, "--noise", noise]):
            subprocess.run([hark, "eval", "features", "--models", models, "--audio", f"{speech}/{folder}", "--part", "tune",
                            "--out", f"{work}/feat", *extra], check=True, env=plain)


def read_sendump(path):
    """For each codebook stream, density and senone the weight's quantised negative log."""
    data = open(path, "rb").read()
    at, header = 0, {}

    def number():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", data, at - 4)[0]

    while (length := number()) > 0:
        words = data[at:at + length].rstrip(b"\0").decode().split()
        if len(words) == 2:  # between them stands the description of the format, as text
            header[words[0]] = words[1]
        at += length
    streams, densities, senones = int(header["feature_count"]), number(), number()
    if int(header.get("cluster_count", 0)):
        sys.exit(f"{path}: clustered weights; Debian's en-us has none")
    start = at
    if len(data) - start != streams * densities * senones:
        sys.exit(f"{path}: {len(data) - start} weights where {streams * densities * senones} were expected")
    return (streams, densities, senones), data[start:]


def write_mixture_weights(path, shape, quantised):
    """SphinxTrain's own format, senone by senone."""
    streams, densities, senones = shape
    table = [1.0001 ** (-1024.0 * value) for value in range(256)]
    weights = array.array("f", bytes(4 * streams * densities * senones))
    for stream in range(streams):
        for density in range(densities):
            row = (stream * densities + density) * senones
            first = stream * densities + density
            weights[first::streams * densities] = array.array("f", (table[q] for q in quantised[row:row + senones]))
    with open(path, "wb") as file:
        file.write(b"s3\nversion 1.0\nendhdr\n" + struct.pack("<5I", 0x11223344, senones, streams, densities, len(weights)))
        file.write(weights.tobytes())


def dictionary(words, path):
    known = {}
    for line in open(CMUDICT):
        word, sound = line.strip().split(" ", 1)
        known.setdefault(re.sub(r"\(\d\)$", "", word), []).append(sound)
    missing = [word for word in words if word not in known]
    with open(path, "w") as file:
        for word in sorted(set(words) - set(missing)):
            for number, sound in enumerate(known[word]):
                file.write(f"{word}{f'({number + 1})' if number else ''} {sound}\n")
    return set(missing)


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("out")
    ask.add_argument("--speech", required=True)
    ask.add_argument("--hark", default="target/release/hark")
    ask.add_argument("--models", default="models")
    ask.add_argument("--work", default="/tmp/hark-adapt")
    ask.add_argument("--tau", default="10")
    args = ask.parse_args()
    work, out = args.work, args.out
    for folder in (f"{work}/feat", f"{work}/acc", f"{work}/rest", out):
        os.makedirs(folder, exist_ok=True)
    if os.listdir(out):
        sys.exit(f"{out}: not empty; what lies there would be adapted from itself")
    said = drink_orders(args.hark, args.models, args.speech, work) + single_words(args.speech)
    missing = dictionary({word for _, text in said for word in text.split()}, f"{work}/words.dict")
    said = [entry for entry in said if not missing & set(entry[1].split())]
    features(args.hark, args.models, args.speech, work)
    lines = ["clean"] + [f"{level}dB" for level in NOISE_DB.split(",")]
    utterances = [(f"{name}-{line}", text) for name, text in said for line in lines]
    open(f"{work}/ids", "w").writelines(f"{name}\n" for name, _ in utterances)
    open(f"{work}/trans", "w").writelines(f"<s> {text} </s> ({name})\n" for name, text in utterances)
    log = open(f"{work}/log", "w")

    def tool(*command):
        if subprocess.run(command, stdout=log, stderr=log).returncode:
            sys.exit(f"{command[0]} failed; see {work}/log")

    tool("pocketsphinx_mdef_convert", "-text", f"{MODEL}/mdef", f"{work}/mdef.txt")
    shape, quantised = read_sendump(f"{MODEL}/sendump")
    write_mixture_weights(f"{work}/mixture_weights", shape, quantised)
    own = ["-meanfn", f"{MODEL}/means", "-varfn", f"{MODEL}/variances", "-mixwfn", f"{work}/mixture_weights",
           "-tmatfn", f"{MODEL}/transition_matrices", "-moddeffn", f"{work}/mdef.txt", "-ts2cbfn", ".ptm."]
    tool(f"{TRAIN}bw", *own, "-feat", "1s_c_d_dd", "-svspec", "0-12/13-25/26-38", "-cmn", "none",
         "-agc", "none", "-dictfn", f"{work}/words.dict", "-fdictfn", f"{MODEL}/noisedict", "-ctlfn", f"{work}/ids",
         "-cepdir", f"{work}/feat", "-cepext", "mfc", "-lsnfn", f"{work}/trans", "-accumdir", f"{work}/acc", "-lw", "1",
         "-topn", "8")
    tool(f"{TRAIN}map_adapt", *own, "-accumdir", f"{work}/acc", "-mapmeanfn", f"{out}/means", "-mapvarfn",
         f"{out}/variances", "-mapmixwfn", f"{work}/rest/weights", "-maptmatfn", f"{work}/rest/transitions",
         "-fixedtau", "yes", "-tau", args.tau)
    print(f"{len(utterances)} utterances; {out}: means, variances")


if __name__ == "__main__":
    main()
