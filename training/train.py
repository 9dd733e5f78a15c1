"""Trains one small upscaler for photographs or drawings: ``python -m training.train --help``; run again to go on."""

from __future__ import annotations

import argparse
import json
import logging
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor

from training import checkpoint
from training.data import Mixture, Patches, batch, open_patches
from training.degradation import BICUBIC, CLEAN, LINE_ART, PHOTOGRAPHS, Damage
from training.drawings import open_drawings
from training.metrics import brightness, psnr
from training.network import Compact, take_body
from training.optimiser import Optimiser, learning_rate

log = logging.getLogger("training")

RUNS = Path("~/.cache/wagtail-restore/training")
DAMAGES = {"clean": CLEAN, "saved": PHOTOGRAPHS, "line": LINE_ART}
LOSSES = {"absolute": F.l1_loss, "square": F.mse_loss}
"""The first teaches quicker; the second, at the end, is the one that PSNR measures."""
VALIDATION_SEED = 20_000
VALIDATION_PAIRS = 64


@dataclass(frozen=True)
class Recipe:
    """All that decides what comes out. ``side``: of the small patches; ``rate``: of learning, its highest."""

    scale: int
    steps: int
    drawings: bool = False
    seed: int = 1
    features: int = 64
    depth: int = 12
    count: int = 16
    side: int = 40
    rate: float = 2e-3
    warm_up: int = 50
    loss: str = "absolute"
    damage: Damage = field(default_factory=Damage)

    @property
    def name(self) -> str:
        if self.drawings:
            return f"compact-line-x{self.scale}"
        return f"compact-clean-x{self.scale}" if self.damage == CLEAN else f"compact-x{self.scale}"

    def told(self) -> dict[str, object]:
        """All but the number of steps, which may be raised later, as plain values for a checkpoint."""
        told: dict[str, object] = json.loads(json.dumps(asdict(self)))
        del told["steps"]
        return told


@dataclass
class State:
    """A training under way."""

    network: Compact
    optimiser: Optimiser
    average: dict[str, Tensor]
    step: int = 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, train, and write the weights beside the checkpoints."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    torch.set_num_threads(options.threads)
    recipe = Recipe(
        scale=options.scale,
        steps=options.steps,
        drawings=options.drawings,
        seed=options.seed,
        features=options.features,
        depth=options.depth,
        count=options.count,
        side=options.side,
        rate=options.rate,
        loss=options.loss,
        damage=DAMAGES[options.damage or ("line" if options.drawings else "saved")],
    )
    runs = options.runs.expanduser()
    patches = _patches(options, runs / "patches", recipe.seed)
    train(
        recipe,
        patches,
        runs / (options.name or recipe.name),
        start=options.start,
        until=options.until,
        save_every=options.save_every,
    )
    return 0


def train(
    recipe: Recipe,
    patches: Patches,
    folder: Path,
    *,
    start: Path | None = None,
    until: int | None = None,
    save_every: int = 250,
) -> State:
    """Train to the last step of the recipe, from the checkpoint in ``folder`` where there is one.

    Each step draws its pictures from the seed and its own number, so an interrupted training sees the same pictures
    as one that was not. ``start``: safetensors that a fresh training begins with; ``until``: the step to stop
    after for today.

    Raises:
        ValueError: the checkpoint is of a training with another recipe.
    """
    folder.mkdir(parents=True, exist_ok=True)
    state = _begin(recipe, folder, start)
    clock, losses = time.monotonic(), list[float]()
    last = min(recipe.steps, recipe.steps if until is None else until)
    while state.step < last:
        losses.append(_step(state, recipe, patches))
        if state.step % save_every == 0 or state.step == last:
            _save(state, recipe, folder)
            log.info(
                "step %d/%d, loss %.5f, validation %.3f dB, %.3f s a step",
                state.step,
                recipe.steps,
                sum(losses) / len(losses),
                validate(state, recipe, patches),
                (time.monotonic() - clock) / len(losses),
            )
            clock, losses = time.monotonic(), []
    return state


def _patches(options: argparse.Namespace, cache: Path, seed: int) -> Patches:
    """Drawings; or photographs, with a drawing at every so many of them for the lettering and signs in pictures."""
    if options.drawings:
        return open_drawings(cache, seed, options.material)
    photographs = open_patches(options.photographs, cache, seed)
    if not options.drawing_every:
        return photographs
    drawings = open_drawings(cache, seed, options.material)
    return Patches(Mixture(photographs.train, drawings.train, options.drawing_every), photographs.valid)


def validate(state: State, recipe: Recipe, patches: Patches) -> float:
    """PSNR (Y, dB) of the averaged weights over clean, bicubic patches of photographs that were held out."""
    rng = np.random.default_rng(VALIDATION_SEED)
    side, scale = recipe.side, recipe.scale
    low, high = batch(patches.valid, count=VALIDATION_PAIRS, side=side, scale=scale, damage=BICUBIC, rng=rng)
    network = Compact(features=recipe.features, depth=recipe.depth, scale=scale)
    network.load_state_dict(state.average)
    with torch.inference_mode():
        result = network(torch.from_numpy(low)).clamp(0, 1).mul(255).round().byte().numpy()
    truth = np.round(high * 255).astype(np.uint8)
    pairs = zip(result.transpose(0, 2, 3, 1), truth.transpose(0, 2, 3, 1), strict=True)
    return float(np.mean([psnr(brightness(one), brightness(other), scale) for one, other in pairs]))


def _begin(recipe: Recipe, folder: Path, start: Path | None) -> State:
    torch.manual_seed(recipe.seed)
    network = Compact(features=recipe.features, depth=recipe.depth, scale=recipe.scale)
    saved = folder / "checkpoint.pt"
    if start is not None and not saved.is_file():
        take_body(network, load_file(start))
    optimiser = Optimiser(network)
    if not saved.is_file():
        return State(network, optimiser, {name: value.clone() for name, value in network.state_dict().items()})
    earlier = checkpoint.load(saved)
    if earlier.recipe != recipe.told():
        raise ValueError(f"{saved} is of another recipe; give this training another --name, or remove the folder")
    network.load_state_dict(earlier.network)
    optimiser.load_state_dict(earlier.optimiser)
    log.info("going on after step %d", earlier.step)
    return State(network, optimiser, earlier.average, earlier.step)


def _step(state: State, recipe: Recipe, patches: Patches) -> float:
    rng = np.random.default_rng([recipe.seed, state.step])
    low, high = batch(
        patches.train, count=recipe.count, side=recipe.side, scale=recipe.scale, damage=recipe.damage, rng=rng
    )
    # nearly twice as fast where the processor knows bfloat16; sums, loss and weights stay float32
    with torch.autocast("cpu", torch.bfloat16):
        result = state.network(torch.from_numpy(low).contiguous(memory_format=torch.channels_last))
    loss = LOSSES[recipe.loss](result, torch.from_numpy(high))
    state.optimiser.step(loss, learning_rate(state.step, recipe.steps, recipe.rate, recipe.warm_up))
    state.step += 1
    checkpoint.average_into(state.average, state.network, state.step)
    return float(loss.detach())


def _save(state: State, recipe: Recipe, folder: Path) -> None:
    checkpoint.save(
        checkpoint.Checkpoint(
            state.step, state.network.state_dict(), state.average, state.optimiser.state_dict(), recipe.told()
        ),
        folder / "checkpoint.pt",
    )
    facts = {
        "architecture": "Compact",
        "scale": str(recipe.scale),
        "purpose": "line" if recipe.drawings else "clean" if recipe.damage == CLEAN else "photo",
        "seed": str(recipe.seed),
        "steps": str(state.step),
        "licence": "BSD-3-Clause",
    }
    checkpoint.export(state.average, folder / f"{recipe.name}.safetensors", facts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--photographs", type=Path, help="learn from a folder of photographs")
    what.add_argument("--drawings", action="store_true", help="learn from drawings that are made on the way")
    parser.add_argument(
        "--drawing-every", type=int, metavar="N", help="every Nth picture among photographs is a drawing"
    )
    parser.add_argument("--material", type=Path, help="a folder of SVG icons and of fonts to draw with")
    parser.add_argument("--damage", choices=sorted(DAMAGES), help="what befell the pictures (default: saved, or line)")
    parser.add_argument("--scale", type=int, choices=(2, 4), required=True)
    parser.add_argument("--runs", type=Path, default=RUNS, help="for patches and checkpoints (default %(default)s)")
    parser.add_argument("--name", help="the folder of this training below --runs (default: the name of the weights)")
    parser.add_argument("--start", type=Path, help="safetensors to begin with, of this scale or a multiple of it")
    parser.add_argument("--loss", choices=sorted(LOSSES), default="absolute", help="difference to learn from")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--until", type=int, metavar="STEP", help="stop after this step for today")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--features", type=int, default=64)
    parser.add_argument("--depth", type=int, default=12)
    parser.add_argument("--count", type=int, default=16, help="pictures in a step")
    parser.add_argument("--side", type=int, default=40, help="of the small patches, in pixels")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every", type=int, default=250, metavar="STEPS")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
