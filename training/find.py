"""Trains ``marks-compact``, which sees marks over a picture: ``python -m training.find --help``; run again to go on."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from training import checkpoint
from training.data import Row, open_patches
from training.fills import FONTS
from training.holes import fonts_in
from training.marks import draw
from training.optimiser import Optimiser, learning_rate
from wagtail_restore.engines.marker import Marker

log = logging.getLogger("training")

NAME = "marks-compact"
RUNS = Path("~/.cache/wagtail-restore/training")
VALIDATED = 192
"""Patches that the averaged weights are tried on at every save."""
SPECK = 40
"""So many pixels of an unmarked patch held for a mark are a false alarm."""
DICE = 0.5
"""The share of the overlap in the loss, which counts a small mark like a large one."""

Batch = tuple[Tensor, Tensor, Tensor]


@dataclass(frozen=True)
class Recipe:
    """All that decides what comes out, besides the pictures and fonts."""

    steps: int
    seed: int = 1
    rate: float = 1.5e-3
    batch: int = 12


@dataclass
class State:
    """A training under way."""

    network: Marker
    optimiser: Optimiser
    average: dict[str, Tensor]
    step: int = 0


class Drawn(Dataset[tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]]):
    """Patches drawn on, each by its number alone, so that an interrupted training sees what a whole one sees."""

    def __init__(self, patches: Row, fonts: Sequence[Path], seed: int, count: int, first: int = 0) -> None:
        self.patches, self.fonts, self.seed, self.count, self.first = patches, fonts, seed, count, first

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.bool_]]:
        rng = np.random.default_rng([self.seed, self.first + index])
        return draw(np.asarray(self.patches[int(rng.integers(len(self.patches)))]), self.fonts, rng)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, train, and write the weights beside the checkpoints."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    recipe = Recipe(options.steps, options.seed, options.rate)
    train(
        recipe,
        options.photographs,
        options.runs.expanduser(),
        options.name,
        fonts=options.fonts,
        until=options.until,
        every=options.every,
    )
    return 0


def train(
    recipe: Recipe,
    photographs: Path,
    runs: Path,
    name: str = NAME,
    *,
    fonts: Path = FONTS,
    until: int | None = None,
    every: int = 250,
) -> State:
    """Train to the last step of the recipe, from the checkpoint in ``runs / name`` where there is one.

    ``until``: the step to stop after for today.
    """
    folder = runs / name
    folder.mkdir(parents=True, exist_ok=True)
    patches = open_patches(photographs, runs / "patches", recipe.seed)
    faces = fonts_in(fonts)
    state = _begin(recipe, folder)
    last = min(recipe.steps, recipe.steps if until is None else until)
    valid = Drawn(patches.valid, faces, recipe.seed + 1, VALIDATED)
    clock, losses = time.monotonic(), list[float]()
    for batch in _batches(patches.train, faces, recipe, state.step, last):
        losses.append(_step(state, batch, recipe))
        if state.step % every == 0 or state.step == last:
            _save(state, recipe, folder)
            apart, alarms = validate(state, valid)
            log.info(
                "step %d/%d, loss %.4f, validation loss %.4f, false alarms %.3f, %.2f s a step",
                *(state.step, recipe.steps, sum(losses) / len(losses), apart, alarms),
                (time.monotonic() - clock) / len(losses),
            )
            clock, losses = time.monotonic(), []
    return state


def validate(state: State, valid: Drawn) -> tuple[float, float]:
    """On photographs held out: the loss of the averaged weights, and the share of unmarked patches with an alarm."""
    network = Marker()
    network.load_state_dict(state.average)
    losses, alarms = [], []
    for batch in DataLoader(valid, batch_size=8):
        seen, cover, asked = _tensors(batch)
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            odds = network(seen)
        losses.append(float(_loss(odds, cover, asked)))
        bare = cover.amax(dim=(1, 2, 3)) == 0
        alarms += ((odds > 0).sum(dim=(1, 2, 3)) > SPECK)[bare].tolist()
    return sum(losses) / len(losses), sum(alarms) / max(1, len(alarms))


def _batches(patches: Row, fonts: Sequence[Path], recipe: Recipe, done: int, last: int) -> Iterator[Batch]:
    drawn = Drawn(patches, fonts, recipe.seed, (last - done) * recipe.batch, done * recipe.batch)
    yield from DataLoader(drawn, batch_size=recipe.batch, num_workers=1, prefetch_factor=4)


def _begin(recipe: Recipe, folder: Path) -> State:
    torch.manual_seed(recipe.seed)
    network = Marker()
    optimiser = Optimiser(network)
    saved = folder / "checkpoint.pt"
    if not saved.is_file():
        return State(network, optimiser, {name: value.clone() for name, value in network.state_dict().items()})
    earlier = checkpoint.load(saved)
    network.load_state_dict(earlier.network)
    optimiser.load_state_dict(earlier.optimiser)
    log.info("going on after step %d", earlier.step)
    return State(network, optimiser, earlier.average, earlier.step)


def _step(state: State, batch: Batch, recipe: Recipe) -> float:
    seen, cover, asked = _tensors(batch)
    with torch.autocast("cpu", torch.bfloat16):
        odds = state.network(seen.contiguous(memory_format=torch.channels_last))
    loss = _loss(odds, cover, asked)
    state.optimiser.step(loss, learning_rate(state.step, recipe.steps, recipe.rate))
    state.step += 1
    checkpoint.average_into(state.average, state.network, state.step)
    return float(loss.detach())


def _tensors(batch: Batch) -> Batch:
    pixels, cover, asked = batch
    return pixels.permute(0, 3, 1, 2).float() / 255, cover[:, None], asked[:, None].float()


def _loss(odds: Tensor, cover: Tensor, asked: Tensor) -> Tensor:
    """Cross entropy, and one minus the overlap (Dice) of each marked patch."""
    entropy = F.binary_cross_entropy_with_logits(odds, cover, weight=asked, reduction="sum") / asked.sum()
    said = torch.sigmoid(odds) * asked
    truth = cover * asked
    shared, both = ((said * truth).sum(dim=(1, 2, 3)), (said + truth).sum(dim=(1, 2, 3)))
    marked = (truth.sum(dim=(1, 2, 3)) > 0).float()
    dice = ((1 - (2 * shared + 1) / (both + 1)) * marked).sum() / marked.sum().clamp(min=1)
    return entropy + DICE * dice


def _save(state: State, recipe: Recipe, folder: Path) -> None:
    checkpoint.save(
        checkpoint.Checkpoint(
            state.step, state.network.state_dict(), state.average, state.optimiser.state_dict(), asdict(recipe)
        ),
        folder / "checkpoint.pt",
    )
    facts = {"architecture": "Marker", "seed": str(recipe.seed), "steps": str(state.step), "licence": "BSD-3-Clause"}
    checkpoint.export(state.average, folder / f"{NAME}.safetensors", facts, half=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.find", description=__doc__)
    parser.add_argument("--photographs", type=Path, required=True)
    parser.add_argument("--fonts", type=Path, default=FONTS, help="a folder of fonts to write marks in")
    parser.add_argument("--runs", type=Path, default=RUNS, help="for patches and checkpoints")
    parser.add_argument("--name", default=NAME, help="the folder of this training below --runs")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--until", type=int, metavar="STEP", help="stop after this step for today")
    parser.add_argument("--every", type=int, default=250, help="steps between saves")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=1.5e-3, help="the highest learning rate")
    parser.add_argument("--threads", type=int, default=2)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
