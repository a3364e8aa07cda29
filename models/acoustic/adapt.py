#!/usr/bin/env python3
"""adapt.py OUT --model en-us|hub4wsj_sc_8k --speech DIR [--hark PROGRAM] [--models DIR] [--work DIR] [--without 0|1]
Adapts an acoustic model to callers on the telephone, in quiet and in noise (MAP of Gauvain and Lee 1994).

From DIR it takes the tune halves (as in `hark eval --part tune`) of drinks/, words/ and an4/. What was said in a drink
order is what `hark eval drinks` heard, where every option was right. HARK_MODELS names the folder of the telephone model.
The features are those of Hark's own front end (`hark eval features`): clean, and in the noises of `noises.py`.

--without leaves out a half of the tune recordings, to choose and to fit by: a model knows too well what it was taught.
`WORK/left-out.json` has the labels of its drinks, `WORK/words` and `WORK/an4` its words (`calibrate.py`).
Packages: pocketsphinx pocketsphinx-en-us sphinxtrain sox flite
"""
import argparse, hashlib, json, os, re, shutil, subprocess, sys

import noises
from overlay import overlay
from sphinx_files import read_sendump, write_mixture_weights

CMUDICT = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"
TRAIN = "/usr/lib/sphinxtrain/"
# Where a model lies, and how its states share their Gaussians.
MODELS = {"en-us": ("/usr/share/pocketsphinx/model/en-us/en-us", ".ptm."),
          "hub4wsj_sc_8k": (os.path.join(os.environ.get("HARK_MODELS", ""), "telephone-en/hub4wsj_sc_8k"), ".semi.")}
# How many frames the variances of before weigh as much as.
TAU = {"en-us": "10", "hub4wsj_sc_8k": "100"}


def first_byte(name):
    return hashlib.sha256(name.encode()).digest()[0]


def is_tune(name):
    return first_byte(name) % 2 == 0


def half(name):
    """The half of the tune recordings that one belongs to."""
    return first_byte(name) >> 1 & 1


def drink_orders(args, labels):
    """Recordings of tune drink orders and the words heard in them, where they came out right."""
    details = f"{args.work}/drinks.tsv"
    subprocess.run([args.hark, "eval", "drinks", "--models", args.models, "--audio", f"{args.speech}/drinks", "--labels",
                    labels, "--part", "tune", "--one-model", "--details", details], check=True)
    rows = [line.rstrip("\n").split("\t") for line in open(details)]
    return [(name, heard) for name, line, outcome, _, heard, *_ in rows if outcome == "right"]


def single_words(speech):
    """Recordings of tune words and spelled or short sentences."""
    said = [(name, name.split("_")[0].lower()) for name in sorted(os.listdir(f"{speech}/words")) if name.endswith(".wav")]
    for line in open(f"{speech}/an4/manifest.tsv").read().splitlines()[1:]:
        name, text = line.split("\t")[:2]
        said.append((name, text.lower()))
    return [(name, text) for name, text in said if is_tune(name)]


def features(args):
    """Features of everything in every condition; which conditions those are."""
    lines = {"clean": []}
    for noise, path in noises.make(args.work).items():
        lines[noise] = ["--snr", noises.LEVELS[noise], "--noise", path]
    environment = dict(os.environ)
    if args.model == "en-us":
        environment.pop("HARK_MODELS", None)
    models = overlay(args.models, f"{args.work}/models", {})
    for folder in ("drinks", "words", "an4"):
        for name, extra in lines.items():
            subprocess.run([args.hark, "eval", "features", "--models", models, "--audio", f"{args.speech}/{folder}",
                            "--part", "tune", "--out", f"{args.work}/feat/{name}", *extra], check=True, env=environment,
                           stdout=subprocess.DEVNULL)
    noisy = [f"{noise}/%s-{level}dB" for noise, levels in noises.LEVELS.items() for level in levels.split(",")]
    return ["clean/%s-clean", *noisy]


def dictionary(words, path):
    """Writes the pronunciations of words; those that have none."""
    known = {}
    for line in open(CMUDICT):
        word, sound = line.strip().split(" ", 1)
        known.setdefault(re.sub(r"\(\d\)$", "", word), []).append(sound)
    missing = {word for word in words if word not in known}
    with open(path, "w") as file:
        for word in sorted(set(words) - missing):
            for number, sound in enumerate(known[word]):
                file.write(f"{word}{f'({number + 1})' if number else ''} {sound}\n")
    return missing


def leave_out(args, labels):
    """What is needed to measure with the half that is not taught."""
    mine = {name: label for name, label in json.load(open(labels)).items() if is_tune(name) and half(name) == args.without}
    json.dump(mine, open(f"{args.work}/left-out.json", "w"))
    for folder in ("words", "an4"):
        shutil.rmtree(f"{args.work}/{folder}", ignore_errors=True)
        os.makedirs(f"{args.work}/{folder}")
        for name in os.listdir(f"{args.speech}/{folder}"):
            link = f"{args.work}/{folder}/{name}"
            if name.endswith(".wav") and is_tune(name) and half(name) == args.without:
                os.symlink(os.path.abspath(f"{args.speech}/{folder}/{name}"), link)
    head, *lines = open(f"{args.speech}/an4/manifest.tsv").read().splitlines()
    kept = [line for line in lines if os.path.exists(f"{args.work}/an4/{line.split(chr(9))[0]}")]
    open(f"{args.work}/an4/manifest.tsv", "w").write("".join(f"{line}\n" for line in (head, *kept)))


def teach(args, utterances):
    work, (model, sharing) = args.work, MODELS[args.model]
    log = open(f"{work}/log", "w")

    def tool(*command):
        if subprocess.run(command, stdout=log, stderr=log).returncode:
            sys.exit(f"{command[0]} failed; see {work}/log")

    with open(f"{work}/ids", "w") as ids, open(f"{work}/trans", "w") as transcripts:
        for name, text in utterances:
            ids.write(f"{name}\n")
            transcripts.write(f"<s> {text} </s> ({name})\n")
    tool("pocketsphinx_mdef_convert", "-text", f"{model}/mdef", f"{work}/mdef.txt")
    write_mixture_weights(f"{work}/mixture_weights", *read_sendump(f"{model}/sendump"))
    own = ["-meanfn", f"{model}/means", "-varfn", f"{model}/variances", "-mixwfn", f"{work}/mixture_weights",
           "-tmatfn", f"{model}/transition_matrices", "-moddeffn", f"{work}/mdef.txt", "-ts2cbfn", sharing]
    tool(f"{TRAIN}bw", *own, "-feat", "1s_c_d_dd", "-svspec", "0-12/13-25/26-38", "-cmn", "none",
         "-agc", "none", "-dictfn", f"{work}/words.dict", "-fdictfn", f"{model}/noisedict", "-ctlfn", f"{work}/ids",
         "-cepdir", f"{work}/feat", "-cepext", "mfc", "-lsnfn", f"{work}/trans", "-accumdir", f"{work}/acc", "-lw", "1",
         "-topn", "8")
    tool(f"{TRAIN}map_adapt", *own, "-accumdir", f"{work}/acc", "-mapmeanfn", f"{args.out}/means", "-mapvarfn",
         f"{args.out}/variances", "-mapmixwfn", f"{work}/rest/weights", "-maptmatfn", f"{work}/rest/transitions",
         "-fixedtau", "yes", "-tau", TAU[args.model])


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("out")
    ask.add_argument("--model", choices=list(MODELS), required=True)
    ask.add_argument("--speech", required=True)
    ask.add_argument("--hark", default="target/release/hark")
    ask.add_argument("--models", default="models")
    ask.add_argument("--work", default="/tmp/hark-adapt")
    ask.add_argument("--without", type=int, choices=(0, 1))
    args = ask.parse_args()
    for folder in (f"{args.work}/feat", f"{args.work}/acc", f"{args.work}/rest", args.out):
        os.makedirs(folder, exist_ok=True)
    if os.listdir(args.out):
        sys.exit(f"{args.out}: not empty; name a new folder")
    if not os.path.isfile(f"{MODELS[args.model][0]}/mdef"):
        sys.exit(f"{MODELS[args.model][0]}: no such model; HARK_MODELS names the folder that has telephone-en/")
    labels = f"{args.speech}/drinks/labels.json"
    said = drink_orders(args, labels) + single_words(args.speech)
    if args.without is not None:
        leave_out(args, labels)
        said = [(name, text) for name, text in said if half(name) != args.without]
    missing = dictionary({word for _, text in said for word in text.split()}, f"{args.work}/words.dict")
    said = [(name.rsplit(".", 1)[0], text) for name, text in said if not missing & set(text.split())]
    utterances = [(line % name, text) for line in features(args) for name, text in said]
    teach(args, utterances)
    print(f"{len(utterances)} utterances; {args.out}: means, variances")


if __name__ == "__main__":
    main()
