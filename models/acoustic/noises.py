"""Noises to adapt in, a minute each at 16 kHz, of our own making, so that no recording of noise is used up for teaching:
steady (pink), voices in the background (babble), and blows (clatter)."""
import array, math, os, random, subprocess, wave

RATE, SECONDS = 16000, 60
# The signal to noise ratios in dB at which each is mixed in.
LEVELS = {"pink": "21,15,9", "babble": "18,12", "clatter": "18,12,6"}
VOICES = ("kal16", "awb", "rms", "slt")
TALK = ("Good morning, and thank you all for coming. We were talking about the weather in the mountains, and whether the trains "
        "would run on time. Somebody left a bag under the table by the window. My sister's neighbour has three dogs, and they "
        "never stop barking when the postman comes. Have you seen the new film at the corner cinema? It was long, but the music "
        "was wonderful. I would rather walk home than wait another hour for that bus.")


def run(*command):
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def pink(path):
    run("sox", "-R", "-n", "-r", str(RATE), "-b", "16", "-c", "1", path, "synth", str(SECONDS), "pinknoise", "gain", "-20")


def babble(path):
    """Eight people at once: four voices, and the same at another pitch and speed."""
    parts = []
    for number, voice in enumerate(VOICES * 2):
        part = f"{path}-{number}.wav"
        run("flite", "-voice", voice, "-t", f"{TALK} " * 4, "-o", f"{part}-said.wav")
        change = ["pitch", "-250", "tempo", "0.93"] if number >= len(VOICES) else []
        run("sox", f"{part}-said.wav", "-r", str(RATE), part, "gain", "-n", "-12", *change, "trim", str(number * 1.3), str(SECONDS))
        os.remove(f"{part}-said.wav")
        parts.append(part)
    run("sox", "-m", *parts, "-b", "16", path, "gain", "-n", "-6")
    for part in parts:
        os.remove(part)


def clatter(path):
    """Things put down and knocked together, four a second: a few decaying tones or a burst, over a low rumble."""
    dice = random.Random(7)
    count = RATE * SECONDS
    sound, rumble = [0.0] * count, 0.0
    for n in range(count):
        rumble = 0.95 * rumble + dice.gauss(0, 1)
        sound[n] = 0.02 * rumble * (1 + 0.6 * math.sin(2 * math.pi * n / (7.3 * RATE)))
    at = dice.expovariate(4.0)
    while at < SECONDS:
        start, loudness = int(at * RATE), 10 ** dice.uniform(-1.3, 0)
        if dice.random() < 0.7:
            for _ in range(dice.randint(3, 7)):
                turn, decay = 2 * math.pi * dice.uniform(600, 5500) / RATE, dice.uniform(0.01, 0.15) * RATE
                part, phase = loudness * dice.uniform(0.2, 1), dice.uniform(0, 2 * math.pi)
                for n in range(min(int(5 * decay), count - start)):
                    sound[start + n] += part * math.exp(-n / decay) * math.sin(turn * n + phase)
        else:
            decay, colour, value = dice.uniform(0.02, 0.2) * RATE, dice.uniform(0, 0.9), 0.0
            for n in range(min(int(4 * decay), count - start)):
                value = colour * value + dice.gauss(0, 1)
                sound[start + n] += 0.3 * loudness * math.exp(-n / decay) * value
        at += dice.expovariate(4.0)
    loudest = max(map(abs, sound))
    with wave.open(path, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(array.array("h", (int(20000 * value / loudest) for value in sound)).tobytes())


def make(folder):
    """The noises and where they are."""
    paths = {}
    for name, maker in (("pink", pink), ("babble", babble), ("clatter", clatter)):
        paths[name] = f"{folder}/{name}.wav"
        if not os.path.exists(paths[name]):
            maker(f"{folder}/making.wav")
            os.rename(f"{folder}/making.wav", paths[name])
    return paths
