"""Loaded Engines by the alias of their Model, within a memory budget; the least recently used goes first."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from threading import RLock

from wagtail_restore.catalogue import Model, find
from wagtail_restore.engines import weights
from wagtail_restore.engines.base import Engine, Mix
from wagtail_restore.exceptions import ExtraMissing, SetupError, UnknownModel

EXTRAS: Mapping[str, str] = {
    "accelerate": "diffusion",
    "diffusers": "diffusion",
    "huggingface_hub": "sam",
    "transformers": "sam",
    "basicsr": "realesrgan",
    "gfpgan": "realesrgan",
    "realesrgan": "realesrgan",
    "cv2": "worker",
    "numpy": "worker",
    "onnxruntime": "worker",
    "rapidocr": "worker",
    "safetensors": "worker",
    "spandrel": "worker",
    "torch": "worker",
    "torchvision": "worker",
}
"""Which pip extra brings which importable package."""

Key = tuple[str, str, float | None]
"""Alias, device, and the share of a mix."""

MIXES = 4
"""Of one Model on one device, no more mixes than this stay loaded: editors try many and each weighs as much."""


class Pool:
    """Engines that stay loaded between Jobs.

    ``models`` are the known Models by alias, ``device`` is where Engines run (``auto``, ``cpu``, ``cuda``, ``cuda:1``,
    ``mps``), ``folders`` hold weights of the site's own, ``budget_bytes`` is what the loaded Engines may weigh
    together; 0 means no limit. The one just asked for is always kept, even when it alone is over the budget.
    ``preferred`` names by purpose the alias that is taken for it. May be used by several threads.
    """

    def __init__(
        self,
        models: Mapping[str, Model],
        device: str = "auto",
        folders: Sequence[str] = (),
        budget_bytes: int = 0,
        preferred: Mapping[str, str] | None = None,
    ) -> None:
        self.models = models
        self.device = device
        self.folders = tuple(str(folder) for folder in folders)
        self.budget_bytes = budget_bytes
        self.preferred = preferred or {}
        self._engines: OrderedDict[Key, Engine] = OrderedDict()
        self._lock = RLock()
        # Loading may take minutes, in which others still want to know what is loaded.
        self._loading = RLock()

    def get(self, alias: str, *, device: str | None = None, mix: float | None = None) -> Engine:
        """The loaded Engine of the Model ``alias``, on ``device`` instead of the pool's own where given.

        ``mix`` (0..1, in steps of a hundredth) is the share of the Model's own weights against its partner's; it
        means nothing to a Model without a partner, and 1 is the Model itself.

        Raises ``UnknownModel``, ``ExtraMissing`` (with the pip command), ``SetupError`` when the dotted path of the
        Engine leads nowhere, and whatever loading raises.
        """
        key = (alias, device or self.device, self._share(alias, mix))
        with self._loading:
            with self._lock:
                engine = self._engines.get(key)
            if engine is None:
                engine = self._make(*key)
                engine.load()
            with self._lock:
                self._engines[key] = engine
                self._engines.move_to_end(key)
                self._forget_mixes(key)
                self._evict()
            return engine

    def choose(self, kind: str, choice: str = "auto", *, scale: float = 1.0, strict: bool = False) -> Model:
        """The Model for a Step of ``kind``, of those whose weights are here where one is; see ``catalogue.find``."""
        preferred, at_hand = self.preferred, self.at_hand
        return find(self.models, kind, choice, scale=scale, preferred=preferred, at_hand=at_hand, strict=strict)

    def at_hand(self, model: Model) -> bool:
        """Whether the weights of ``model`` are on this machine, or it needs none."""
        return not model.file or weights.find(model, self.folders) is not None

    @property
    def loaded(self) -> tuple[str, ...]:
        """The aliases of the loaded Models, the least recently used first."""
        with self._lock:
            return tuple(alias for alias, _, _ in self._engines)

    @property
    def devices(self) -> tuple[str, ...]:
        """Where the loaded Engines are; nowhere while there are none."""
        with self._lock:
            return tuple(sorted({engine.device for engine in self._engines.values()}))

    @property
    def size(self) -> int:
        """Bytes that the loaded Engines hold together."""
        with self._lock:
            return sum(engine.size for engine in self._engines.values())

    def only(self, engine: Engine) -> bool:
        """Let go of every Engine but this one, since memory is short; False where there was none to let go."""
        with self._lock:
            others = [key for key, held in self._engines.items() if held is not engine]
            for key in others:
                self._engines.pop(key)
            return bool(others)

    def close(self) -> None:
        """Unload everything."""
        with self._loading, self._lock:
            while self._engines:
                self._engines.popitem()[1].unload()

    def _evict(self) -> None:
        # Only the reference is dropped: a run in another thread that still holds the Engine ends undisturbed.
        while self.budget_bytes and len(self._engines) > 1 and self.size > self.budget_bytes:
            self._engines.popitem(last=False)

    def _forget_mixes(self, key: Key) -> None:
        mixes = [held for held in self._engines if held[:2] == key[:2] and held[2] is not None]
        for held in mixes[:-MIXES]:
            self._engines.pop(held)

    def _share(self, alias: str, mix: float | None) -> float | None:
        if mix is None or not self._model(alias).partner:
            return None
        share = round(min(1.0, max(0.0, mix)), 2)
        return share if share < 1.0 else None

    def _make(self, alias: str, device: str, share: float | None) -> Engine:
        model = self._model(alias)
        kind = engine_class(model)
        if share is None:
            return kind(model, device=device, folders=self.folders)
        return kind(model, device=device, folders=self.folders, mix=Mix(self._model(model.partner), share))

    def _model(self, alias: str) -> Model:
        model = self.models.get(alias)
        if model is None:
            raise UnknownModel(model=alias, known=sorted(self.models))
        return model


def engine_class(model: Model) -> type[Engine]:
    """The class that ``model.engine`` names. Raises ``ExtraMissing`` or ``SetupError``."""
    module, _, name = model.engine.rpartition(".")
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError as error:
        missing = (getattr(error, "name", None) or "").partition(".")[0]
        if missing in EXTRAS:
            raise ExtraMissing(extra=EXTRAS[missing], model=model.alias) from error
        raise SetupError(model=model.alias, engine=model.engine, detail=str(error)) from error
    except (AttributeError, ValueError) as error:
        raise SetupError(model=model.alias, engine=model.engine, detail=str(error)) from error
    if not (isinstance(found, type) and issubclass(found, Engine)):
        raise SetupError(model=model.alias, engine=model.engine, detail="no Engine")
    return found
