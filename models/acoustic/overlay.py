"""Hark's models with other adaptations than those that lie there, as a folder of links."""
import os


def overlay(models, folder, adaptations):
    """A folder for `--models`. `adaptations`: by name, folders that stand for those of acoustic/. What was fetched to speech/
    is left out, so that HARK_MODELS alone says which model hears."""
    os.makedirs(f"{folder}/acoustic", exist_ok=True)
    links = {name: f"{models}/{name}" for name in os.listdir(models) if name not in ("acoustic", "speech")}
    links.update({f"acoustic/{name}": path for name, path in adaptations.items()})
    for old in (folder, f"{folder}/acoustic"):
        for name in os.listdir(old):
            if os.path.islink(f"{old}/{name}"):
                os.remove(f"{old}/{name}")
    for name, path in links.items():
        os.symlink(os.path.abspath(path), f"{folder}/{name}")
    return folder
