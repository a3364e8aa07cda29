#!/usr/bin/env python3
"""adapt.py OUT [--speech DIR] [--work DIR] [--sentences N]
Adapts Debian's pocketsphinx-en-us to the telephone band (MAP: means, variances, mixture weights).

Sentences come from ../nlu/en/grammar at random, said by synthetic voices; with --speech the recordings of
the tune half of DIR (named WORD_SPEAKER_..., half as in `hark eval --part`) are added. Everything is brought to
200..3400 Hz, mu-law at 8 kHz, and folded to 16 kHz as Hark's recogniser does. A third of it has pink noise in it.
Packages: pocketsphinx-en-us sphinxtrain sphinxbase-utils pocketsphinx flite espeak-ng sox
"""
import argparse, array, hashlib, os, random, re, struct, subprocess, sys

HERE = os.path.dirname(os.path.abspath(__file__))
MODEL = "/usr/share/pocketsphinx/model/en-us/en-us"
CMUDICT = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict"
TRAIN = "/usr/lib/sphinxtrain/"
SEED = 20
FLITE = ["kal", "awb", "rms", "slt"]
ESPEAK = ["en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029",
          "en-us+f3", "en-gb+f2", "en-us+m7", "en-029+f4", "en-us+f5", "en-gb+m4"]
# What of each grammar, in 100 sentences.
ROOTS = {"drink_words": 45, "drink_piece": 5, "digits": 20, "yes_or_no": 12, "command": 8, "request": 10}


def rules():
    """The grammar files' rules, by name."""
    text = ""
    for name in ("common", "yes_no", "digits", "drink", "open", "answers"):
        text += re.sub(r"//.*", "", open(f"{HERE}/../nlu/en/grammar/{name}.jsgf").read())
    found = {m[1]: " ".join(m[2].split()) for m in re.finditer(r"<(\w+)>\s*=\s*([^;]*);", text)}
    found.update(goods="coffee beans | house blend | dark roast | espresso beans | paper filters",
                 unit="bag | bags | box | boxes", candidate="first", digit_string="<digit> " * 6)
    return found


def sentence(grammar, name, chance):
    """A random sentence of a rule."""
    tokens = re.findall(r"<\w+>|[()\[\]|]|[^\s()\[\]|<>]+", grammar[name])
    position = 0

    def alternatives(end):
        nonlocal position
        ways, way = [], []
        while position < len(tokens) and tokens[position] != end:
            token = tokens[position]
            position += 1
            if token == "|":
                ways.append(way)
                way = []
            elif token in "([":
                way.append((token, alternatives(")" if token == "(" else "]")))
            else:
                way.append(token)
        position += 1
        return ways + [way]

    def speak(ways):
        words = []
        for part in chance.choice(ways):
            if isinstance(part, tuple):
                if part[0] == "(" or chance.random() < 0.5:
                    words += speak(part[1])
            elif part.startswith("<"):
                words += sentence(grammar, part[1:-1], chance).split()
            else:
                words.append(part)
        return words

    return " ".join(speak(alternatives(None)))


def voice(text, index, chance, wav):
    """Says a sentence with one of the synthetic voices."""
    if index % 3 == 0:
        name = FLITE[index // 3 % len(FLITE)]
        stretch = chance.uniform(0.85, 1.25)
        subprocess.run(["flite", "-voice", name, "--setf", f"duration_stretch={stretch:.2f}", "-t", text, "-o", wav],
                       check=True)
    else:
        speed, pitch = chance.randint(125, 175), chance.randint(30, 70)
        subprocess.run(["espeak-ng", "-v", ESPEAK[index % len(ESPEAK)], "-s", str(speed), "-p", str(pitch),
                        "-w", wav, text], check=True)


def telephone(wav, work, chance, noisy):
    """The samples of a recording as they leave the telephone, folded to 16 kHz."""
    level = ["gain", "-n", f"{chance.uniform(-12, -4):.1f}"]
    band = ["sinc", "200-3400", "pad", "0.2", "0.3"]
    raw = ["-t", "raw", "-r", "8000", "-c", "1"]
    if noisy:
        noise = f"{work}/noise.wav"
        subprocess.run(["sox", "-n", "-r", "8000", "-c", "1", noise, "synth", "30", "pinknoise", "gain",
                        f"{chance.uniform(-42, -30):.1f}"], check=True)
        mixed = f"{work}/mixed.wav"
        subprocess.run(["sox", wav, "-r", "8000", "-c", "1", f"{work}/narrow.wav", *level], check=True)
        length = subprocess.run(["soxi", "-D", f"{work}/narrow.wav"], capture_output=True, text=True, check=True).stdout
        subprocess.run(["sox", "-m", "-v", "1", f"{work}/narrow.wav", "-v", "1", noise, mixed, "trim", "0", length.strip()],
                       check=True, stderr=subprocess.DEVNULL)
        wav, level = mixed, []
    coded = subprocess.run(["sox", "-D", wav, *raw, "-e", "mu-law", "-", *level, *band],
                           capture_output=True, check=True).stdout
    pcm = subprocess.run(["sox", "-D", *raw, "-e", "mu-law", "-", *raw, "-e", "signed", "-b", "16", "-"],
                         input=coded, capture_output=True, check=True).stdout
    narrow = array.array("h", pcm)
    for index in range(len(narrow)):
        if chance.random() < 0.25 and narrow[index] < 32767:
            narrow[index] += 1
    wide = array.array("h", bytes(4 * len(narrow)))
    wide[0::2] = narrow
    return wide.tobytes()


def read_sendump(path):
    """Header, and for each codebook stream, density and senone the weight's quantised negative log."""
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
    return data[:start], (streams, densities, senones), data[start:]


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


def write_sendump(path, header, shape, mixture_weights):
    import math
    streams, densities, senones = shape
    data = open(mixture_weights, "rb").read()
    start = data.index(b"endhdr\n") + 7 + 5 * 4
    weights = array.array("f", data[start:start + 4 * streams * densities * senones])
    step = 1024.0 * math.log(1.0001)
    out = bytearray()
    scale = [0.0] * (senones * streams)
    for row in range(senones * streams):
        scale[row] = sum(weights[row * densities:(row + 1) * densities]) or 1.0
    for stream in range(streams):
        for density in range(densities):
            for senone in range(senones):
                row = senone * streams + stream
                share = max(weights[row * densities + density] / scale[row], 1e-7)
                out.append(min(255, max(0, round(-math.log(share) / step))))
    with open(path, "wb") as file:
        file.write(header + bytes(out))


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
    ask.add_argument("--speech")
    ask.add_argument("--work", default="/tmp/hark-adapt")
    ask.add_argument("--sentences", type=int, default=900)
    ask.add_argument("--tau", default="10")
    args = ask.parse_args()
    work, out = args.work, args.out
    for folder in (f"{work}/wav", f"{work}/feat", f"{work}/acc", out):
        os.makedirs(folder, exist_ok=True)
    chance, grammar = random.Random(SEED), rules()
    roots = [name for name, share in ROOTS.items() for _ in range(share)]
    said = []
    for index in range(args.sentences):
        text = sentence(grammar, roots[index % len(roots)] if index else "drink_words", chance)
        if roots[index % len(roots)] == "drink_words" and chance.random() < 0.7:
            text = sentence(grammar, "drink_want", chance) + " " + text
        wav = f"{work}/wav/s{index}.wav"
        if not os.path.exists(wav):
            voice(text, index, random.Random(index), wav)
        said.append((f"s{index}", text, wav))
    if args.speech:
        for name in sorted(os.listdir(args.speech)):
            if name.endswith(".wav") and hashlib.sha256(name.encode()).digest()[0] % 2 == 0:
                said.append((f"h{len(said)}", name.split("_")[0].lower(), f"{args.speech}/{name}"))
    missing = dictionary({word for _, text, _ in said for word in text.split()}, f"{work}/words.dict")
    said = [entry for entry in said if not missing & set(entry[1].split())]
    for number, (name, _, wav) in enumerate(said):
        with open(f"{work}/feat/{name}.raw", "wb") as file:
            file.write(telephone(wav, work, random.Random(number), number % 3 == 2))
    open(f"{work}/ids", "w").writelines(f"{name}\n" for name, _, _ in said)
    open(f"{work}/trans", "w").writelines(f"<s> {text} </s> ({name})\n" for name, text, _ in said)
    log = open(f"{work}/log", "w")

    def tool(*command):
        if subprocess.run(command, stdout=log, stderr=log).returncode:
            sys.exit(f"{command[0]} failed; see {work}/log")

    tool("sphinx_fe", "-argfile", f"{MODEL}/feat.params", "-samprate", "16000", "-c", f"{work}/ids", "-di", f"{work}/feat",
         "-do", f"{work}/feat", "-ei", "raw", "-eo", "mfc", "-raw", "yes")
    tool("pocketsphinx_mdef_convert", "-text", f"{MODEL}/mdef", f"{work}/mdef.txt")
    header, shape, quantised = read_sendump(f"{MODEL}/sendump")
    write_mixture_weights(f"{work}/mixture_weights", shape, quantised)
    own = ["-meanfn", f"{MODEL}/means", "-varfn", f"{MODEL}/variances", "-mixwfn", f"{work}/mixture_weights",
           "-tmatfn", f"{MODEL}/transition_matrices", "-moddeffn", f"{work}/mdef.txt", "-ts2cbfn", ".ptm."]
    tool(f"{TRAIN}bw", *own, "-hmmdir", MODEL, "-feat", "1s_c_d_dd", "-svspec", "0-12/13-25/26-38", "-cmn", "current",
         "-agc", "none", "-dictfn", f"{work}/words.dict", "-fdictfn", f"{MODEL}/noisedict", "-ctlfn", f"{work}/ids",
         "-cepdir", f"{work}/feat", "-cepext", "mfc", "-lsnfn", f"{work}/trans", "-accumdir", f"{work}/acc", "-lw", "1")
    tool(f"{TRAIN}map_adapt", *own, "-accumdir", f"{work}/acc", "-mapmeanfn", f"{out}/means", "-mapvarfn",
         f"{out}/variances", "-mapmixwfn", f"{work}/mapped_weights", "-maptmatfn", f"{work}/mapped_transitions",
         "-fixedtau", "yes", "-tau", args.tau)
    write_sendump(f"{out}/sendump", header, shape, f"{work}/mapped_weights")
    print(f"{len(said)} utterances; {out}: means, variances, sendump")


if __name__ == "__main__":
    main()
