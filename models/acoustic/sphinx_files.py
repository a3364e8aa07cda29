"""Files of acoustic models in the formats of pocketsphinx and SphinxTrain."""
import array, struct, sys

# A weight is kept as a negative logarithm: base 1.0001, shifted by 10 bits.
WEIGHTS = [1.0001 ** (-1024.0 * value) for value in range(256)]


def read_sendump(path):
    """(streams, densities, senones), and for each of them in this order the weight's quantised negative logarithm."""
    data = open(path, "rb").read()
    # Numbers are in the order of the machine that wrote the file; the length of its title is a small one.
    order = "<" if struct.unpack_from("<I", data)[0] < 1 << 16 else ">"
    at, header = 0, {}

    def number():
        nonlocal at
        at += 4
        return struct.unpack_from(f"{order}I", data, at - 4)[0]

    while (length := number()) > 0:
        words = data[at:at + length].rstrip(b"\0").decode().split()
        if len(words) == 2:  # between them stands the description of the format, as text
            header[words[0]] = words[1]
        at += length
    streams = int(header["feature_count"])
    if int(header.get("cluster_count", 0)):
        densities, senones = int(header["mixture_count"]), int(header["model_count"])
        weights = clustered(data[at:], streams * densities, senones)
    else:
        densities, senones = number(), number()
        weights = data[at:]
    if len(weights) != streams * densities * senones:
        sys.exit(f"{path}: {len(weights)} weights where {streams * densities * senones} were expected")
    return (streams, densities, senones), weights


def clustered(data, rows, senones):
    """Sixteen weights, then for each senone which of them: four bits, the lower four first."""
    table, data, width = data[:16], data[16:], (senones + 1) // 2
    weights = bytearray()
    for row in range(rows):
        packed = data[row * width:(row + 1) * width]
        both = bytearray(2 * len(packed))
        both[0::2] = bytes(table[byte & 15] for byte in packed)
        both[1::2] = bytes(table[byte >> 4] for byte in packed)
        weights += both[:senones]
    return bytes(weights)


def write_mixture_weights(path, shape, quantised):
    """SphinxTrain's own format, senone by senone."""
    streams, densities, senones = shape
    weights = array.array("f", bytes(4 * streams * densities * senones))
    for row in range(streams * densities):
        values = quantised[row * senones:(row + 1) * senones]
        weights[row::streams * densities] = array.array("f", (WEIGHTS[value] for value in values))
    with open(path, "wb") as file:
        file.write(b"s3\nversion 1.0\nendhdr\n" + struct.pack("<5I", 0x11223344, senones, streams, densities, len(weights)))
        file.write(weights.tobytes())
