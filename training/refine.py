"""Trains ``erase-compact``, which corrects fills: ``python -m training.refine --help``; run again to go on."""

from __future__ import annotations

import argparse
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor

from training import checkpoint, metrics
from training.data import turned
from training.fills import Shard, open_shards
from training.optimiser import Optimiser, learning_rate
from wagtail_restore.engines.refiner import Refiner

log = logging.getLogger("training")

NAME = "erase-compact"
RUNS = Path("~/.cache/wagtail-restore/training")
SIDES = ((128, 16), (256, 4))
"""Sides of the squares in a step, and how many; the large ones are for blobs, every fourth step."""
LARGE_EVERY = 4
TRIES = 4
"""Of so many places for a square the one with the most of the hole is taken: only there is something to be learnt."""
FLOOR = 2e-5
"""Added to errors, mean squares of values in 0…1: what is filled better than 47 dB is good enough."""
ALIKE = 170 / 255**2
"""The constant of GMSD, for values in 0..1: what is fainter than this hardly counts."""
DEEP = 6
"""Places further than so many pixels from the border of their hole are not asked for steep slopes."""
UNLIKE = 1e-3
"""Added to how unlike slopes are: what is alike to one part in a thousand is good enough."""
VALIDATED = 64
"""Pictures that the averaged weights are tried on at every save."""
BRIGHTNESS = (0.299, 0.587, 0.114)


@dataclass(frozen=True)
class Recipe:
    """All that decides what comes out, besides the pictures."""

    steps: int
    seed: int = 1
    rate: float = 8e-4
    warm_up: int = 50
    slopes: float = 0.3
    """The share of the differences between neighbours in the loss, for edges that are where they were."""
    contrasts: float = 0.0
    """The share of what GMSD sees, slopes as steep as they were: without it what cannot be known comes out smooth."""


@dataclass
class State:
    """A training under way."""

    network: Refiner
    optimiser: Optimiser
    average: dict[str, Tensor]
    step: int = 0


@dataclass(frozen=True)
class Figures:
    """Of pictures with a hole: PSNR of the brightness inside it in dB, and GMSD of the whole square."""

    psnr: float
    gmsd: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, train, and write the weights beside the checkpoints."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    recipe = Recipe(options.steps, options.seed, options.rate, contrasts=options.contrasts)
    runs = options.runs.expanduser()
    train(recipe, runs, runs / (options.name or NAME), start=options.start, until=options.until, every=options.every)
    return 0


def train(
    recipe: Recipe, cache: Path, folder: Path, *, start: Path | None = None, until: int | None = None, every: int = 200
) -> State:
    """Train to the last step of the recipe, from the checkpoint in ``folder`` where there is one.

    The shards in ``cache`` are looked for again after every save, so that they may still be in the making.
    ``start``: safetensors that a fresh training begins with; ``until``: the step to stop after for today.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = _begin(recipe, folder, start)
    last = min(recipe.steps, recipe.steps if until is None else until)
    shards, valid = open_shards(cache)
    clock, losses = time.monotonic(), list[float]()
    while state.step < last:
        losses.append(_step(state, recipe, shards))
        if state.step % every == 0 or state.step == last:
            _save(state, recipe, folder)
            before, after = validate(state, valid)
            log.info(
                "step %d/%d of %d shards, loss %.3f, validation %.3f dB, GMSD %.4f (classical %.3f, %.4f), %.2f s each",
                *(state.step, recipe.steps, len(shards), sum(losses) / len(losses)),
                *(*astuple(after), *astuple(before)),
                (time.monotonic() - clock) / len(losses),
            )
            shards, valid = open_shards(cache)
            clock, losses = time.monotonic(), []
    return state


def validate(state: State, valid: Shard) -> tuple[Figures, Figures]:
    """Of photographs held out: the classical fill, and what the averaged weights make of it."""
    network = Refiner()
    network.load_state_dict(state.average)
    pairs = list[tuple[Figures, Figures]]()
    for true, filled, hole in zip(valid.true[:VALIDATED], valid.filled, valid.hole, strict=False):
        high, low, mask = _tensors(true[None], filled[None], hole[None])
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            made = network(low, mask).clamp(0, 1)
        pairs.append((_measured(low, high, mask), _measured(made, high, mask)))
    before, after = (
        Figures(*(sum(values) / len(pairs) for values in zip(*map(astuple, column), strict=True)))
        for column in zip(*pairs, strict=True)
    )
    return before, after


def _measured(made: Tensor, high: Tensor, mask: Tensor) -> Figures:
    psnr = -10 * math.log10(max(1e-7, float(_errors(_grey(made), _grey(high), mask))))
    seen, true = (255.0 * _grey(picture)[0, 0].double().numpy() for picture in (made, high))
    return Figures(psnr, metrics.gmsd(seen, true, 0))


def _begin(recipe: Recipe, folder: Path, start: Path | None) -> State:
    torch.manual_seed(recipe.seed)
    network = Refiner()
    saved = folder / "checkpoint.pt"
    if start is not None and not saved.is_file():
        network.load_state_dict({name: value.float() for name, value in load_file(start).items()})
    optimiser = Optimiser(network)
    if not saved.is_file():
        return State(network, optimiser, {name: value.clone() for name, value in network.state_dict().items()})
    earlier = checkpoint.load(saved)
    network.load_state_dict(earlier.network)
    optimiser.load_state_dict(earlier.optimiser)
    log.info("going on after step %d", earlier.step)
    return State(network, optimiser, earlier.average, earlier.step)


def _step(state: State, recipe: Recipe, shards: Sequence[Shard]) -> float:
    rng = np.random.default_rng([recipe.seed, state.step])
    high, low, hole = batch(shards, *SIDES[state.step % LARGE_EVERY == 0], rng)
    with torch.autocast("cpu", torch.bfloat16):
        made = state.network(low.contiguous(memory_format=torch.channels_last), hole)
    loss = _loss(made, low, high, hole, recipe)
    state.optimiser.step(loss, learning_rate(state.step, recipe.steps, recipe.rate, recipe.warm_up))
    state.step += 1
    checkpoint.average_into(state.average, state.network, state.step)
    return float(loss.detach())


def batch(shards: Sequence[Shard], side: int, count: int, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Draw ``count`` squares: what was there and its fill, N × 3 × side × side in 0…1, and the holes, N × 1 × …"""
    rows = [_square(shards[int(rng.integers(len(shards)))], side, rng) for _ in range(count)]
    return _tensors(*(np.stack(part) for part in zip(*rows, strict=True)))


def _square(
    shard: Shard, side: int, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.bool_]]:
    index = int(rng.integers(len(shard.hole)))
    room = shard.hole.shape[1] - side + 1
    places = [tuple(int(at) for at in rng.integers(room, size=2)) for _ in range(TRIES)]
    top, left = max(places, key=lambda at: int(shard.hole[index, at[0] : at[0] + side, at[1] : at[1] + side].sum()))
    here = (index, slice(top, top + side), slice(left, left + side))
    way, order = int(rng.integers(8)), rng.permutation(3)
    true, filled = (turned(part[here], way)[:, :, order] for part in (shard.true, shard.filled))
    return true, filled, turned(shard.hole[here], way)


def _tensors(
    true: NDArray[np.generic], filled: NDArray[np.generic], hole: NDArray[np.generic]
) -> tuple[Tensor, Tensor, Tensor]:
    high, low = (
        torch.from_numpy(np.ascontiguousarray(part.transpose(0, 3, 1, 2))).float() / 255 for part in (true, filled)
    )
    return high, low, torch.from_numpy(np.ascontiguousarray(hole))[:, None].float()


def _loss(made: Tensor, low: Tensor, high: Tensor, hole: Tensor, recipe: Recipe) -> Tensor:
    """Each picture's error in its hole beside that of the classical fill, so that quiet ones count like lively ones."""

    def ratio(first: Tensor, second: Tensor) -> Tensor:
        return torch.sqrt((first + FLOOR) / (second + FLOOR))

    colours = ratio(_errors(made, high, hole), _errors(low, high, hole))
    grey, before, true = _grey(made), _grey(low), _grey(high)
    greys = ratio(_errors(grey, true, hole), _errors(before, true, hole))
    edges = ratio(_edges(grey, true, hole), _edges(before, true, hole))
    loss = colours + greys + recipe.slopes * edges
    if recipe.contrasts:
        unlike, usual = (_unlike(seen, true, hole) for seen in (grey, before))
        loss = loss + recipe.contrasts * _narrowness(hole) * (unlike + UNLIKE) / (usual + UNLIKE)
    return loss.mean()


def _narrowness(hole: Tensor) -> Tensor:
    """The share of the hole that is near its border, of each picture: what lies deeper had better stay a blur."""
    deep = 1.0 - F.max_pool2d(1.0 - hole, 2 * DEEP + 1, stride=1, padding=DEEP)
    return 1.0 - deep.sum(dim=(1, 2, 3)) / (hole.sum(dim=(1, 2, 3)) + 1)


def _unlike(made: Tensor, true: Tensor, hole: Tensor) -> Tensor:
    """How far slopes are from being as steep as they were, 0..1, on the average of the hole, of each picture.

    The gradient magnitude similarity of Xue, Zhang, Mou and Bovik (2014), at half the size as theirs, but its mean: its
    deviation falls with it, and may be lowered by making all alike bad.
    """
    weight = F.max_pool2d(hole, 2)
    first, second = (_steepness(F.avg_pool2d(grey.clamp(0, 1), 2)) for grey in (made, true))
    likeness = (2.0 * first * second + ALIKE) / (first.square() + second.square() + ALIKE)
    return ((1.0 - likeness) * weight).sum(dim=(1, 2, 3)) / (weight.sum(dim=(1, 2, 3)) + 1)


def _steepness(grey: Tensor) -> Tensor:
    """How steep the brightness is at each pixel, by Prewitt's kernels."""
    across = torch.tensor([[1.0, 0.0, -1.0]] * 3) / 3.0
    kernels = torch.stack([across, across.T])[:, None]
    slopes = F.conv2d(F.pad(grey, (1, 1, 1, 1), mode="replicate"), kernels)
    return torch.sqrt(slopes.square().sum(dim=1, keepdim=True) + 1e-8)


def _edges(made: Tensor, high: Tensor, hole: Tensor) -> Tensor:
    """The mean square by which neighbours differ otherwise than they should, of each picture."""
    wrong = made - high
    across, down = (
        _errors(wrong.diff(dim=dim), torch.zeros(()), hole.narrow(dim, 1, hole.shape[dim] - 1)) for dim in (2, 3)
    )
    return across + down


def _errors(made: Tensor, high: Tensor, hole: Tensor) -> Tensor:
    """The mean square of the differences within the hole, of each picture."""
    return ((made - high).square().mean(dim=1, keepdim=True) * hole).sum(dim=(1, 2, 3)) / (hole.sum(dim=(1, 2, 3)) + 1)


def _grey(picture: Tensor) -> Tensor:
    return torch.einsum("nchw,c->nhw", picture, torch.tensor(BRIGHTNESS))[:, None]


def _save(state: State, recipe: Recipe, folder: Path) -> None:
    checkpoint.save(
        checkpoint.Checkpoint(
            state.step, state.network.state_dict(), state.average, state.optimiser.state_dict(), asdict(recipe)
        ),
        folder / "checkpoint.pt",
    )
    facts = {"architecture": "Refiner", "seed": str(recipe.seed), "steps": str(state.step), "licence": "BSD-3-Clause"}
    checkpoint.export(state.average, folder / f"{NAME}.safetensors", facts, half=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.refine", description=__doc__)
    parser.add_argument("--runs", type=Path, default=RUNS, help="where the fills are, and for checkpoints")
    parser.add_argument("--name", help="the folder of this training below --runs (default: the name of the weights)")
    parser.add_argument("--start", type=Path, help="safetensors to begin with")
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--until", type=int, metavar="STEP", help="stop after this step for today")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=8e-4, help="the highest learning rate")
    parser.add_argument("--contrasts", type=float, default=0.0, help="the share of likeness of slopes in the loss (0)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--every", type=int, default=200, metavar="STEPS", help="between checkpoints")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
