"""Fine-tuning: the encoder's last layers learn which texts of a base speak for the same target.

Supervised contrastive learning (Khosla et al. 2020) on phrasings, titles and passages, the other texts of a batch being what
each is told from. Imported only where something is fine-tuned, because torch takes seconds.
"""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from faq_index.encoders.card import Embedder, Role
from faq_index.encoders.last_layers import LastLayers
from faq_index.errors import KnowledgeError

Watch = Callable[[int, int], None]  # steps done, of how many


@dataclass(frozen=True)
class Recipe:
    """How it is done; the values were chosen over development sets (docs/decisions/0008-fine-tuning.md)."""

    layers: int = 2
    steps: int = 100
    learning_rate: float = 5e-5  # at its highest, after a tenth of the steps
    targets: int = 24  # in a batch
    each: int = 2  # texts of each of them
    temperature: float = 0.05
    longest: int = 48  # tokens; what follows in a passage is not learned from
    seed: int = 0


class FineTuning:
    """The fine-tuning of `encoder` on the texts of one base, for all of them or (cross-fitting) for some.

    `is_passage` says of each text in which role it is read, and `owner` which target it speaks for. `times` is how often
    `tune` will be called: the progress bar shows all of it, or `watch`, when given, is told instead.

    Raises:
        EncoderError: the encoder cannot be fine-tuned.
        KnowledgeError: no target has two texts that could be brought together, or no other that they could be told from.
    """

    def __init__(
        self,
        encoder: Embedder,
        texts: Sequence[str],
        is_passage: Sequence[bool],
        owner: Sequence[int],
        *,
        times: int = 1,
        watch: Watch | None = None,
        recipe: Recipe | None = None,
    ) -> None:
        self._encoder, self._texts, self._owner = encoder, texts, owner
        self._roles: list[Role] = ["passage" if passage else "query" for passage in is_passage]
        self.recipe = recipe or Recipe()
        self._watch, self._times, self._done = watch, times, 0
        if len(self._pairable(range(len(texts)))) < 2:
            raise KnowledgeError(
                "Fine-tuning needs two articles with two phrasings each, to learn what is the same and what is not. "
                "Add phrasings, or train without --fine-tune and the setting fine_tune."
            )
        self._base = LastLayers(encoder, self.recipe.layers)
        self._bar: Any = tqdm(
            total=times * self.recipe.steps, unit="step", desc="fine-tuning", disable=watch is not None
        )
        self._states: dict[int, Any] = {}  # of each text that a batch has needed, kept for the next ones
        self._began = time.monotonic()
        self._losses: tuple[list[float], list[float]] = [], []

    def tune(self, seen: npt.NDArray[np.bool_]) -> LastLayers:
        """Layers that have learned from the texts that `seen` says, the same for the same texts and seed.

        They stay what they were when there is nothing to be learned from those.
        """
        batches = self._draw(np.flatnonzero(seen).tolist())
        self._remember(sorted({row for batch in batches for row in batch}))
        layers = LastLayers(self._encoder, self.recipe.layers)
        optimiser = torch.optim.AdamW(layers.parameters(), lr=self.recipe.learning_rate)
        losses = []
        for number, rows in enumerate(batches):
            for group in optimiser.param_groups:
                group["lr"] = self.recipe.learning_rate * self._pace(number)
            loss = self._loss(layers, rows)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
            self._tell(1)
        self._tell(self.recipe.steps - len(batches))
        tenth = max(len(losses) // 10, 1)
        self._losses = losses[:tenth], losses[-tenth:]
        return layers

    def finish(self) -> dict[str, Any]:
        """Close the bar; says how the layers that `tune` gave last were made, for the manifest of a release.

        Losses are means over the first and the last tenth of the steps.
        """
        self._bar.close()
        start, end = (round(float(np.mean(losses)), 4) for losses in self._losses)
        seconds = round(time.monotonic() - self._began, 1)
        return {
            "encoder": self._encoder.card.sha256,
            **asdict(self.recipe),
            "loss": {"start": start, "end": end},
            "seconds": seconds,
        }

    def _pairable(self, rows: Iterable[int]) -> dict[int, list[int]]:
        """The rows of each target that has two texts that differ."""
        of_target: dict[int, list[int]] = {}
        for row in rows:
            of_target.setdefault(self._owner[row], []).append(row)
        return {target: own for target, own in sorted(of_target.items()) if len({self._texts[row] for row in own}) > 1}

    def _draw(self, rows: Iterable[int]) -> list[list[int]]:
        """The rows of every batch: some of each of as many targets as there is room for; no batch when all are alone."""
        of_target, rng = self._pairable(rows), random.Random(self.recipe.seed)
        if len(of_target) < 2:
            return []
        return [
            [
                row
                for target in rng.sample(list(of_target), min(self.recipe.targets, len(of_target)))
                for row in rng.sample(of_target[target], self.recipe.each)
            ]
            for _ in range(self.recipe.steps)
        ]

    def _remember(self, rows: Sequence[int]) -> None:
        for role in ("query", "passage"):
            new = [row for row in rows if self._roles[row] == role and row not in self._states]
            states = self._base.states([self._texts[row] for row in new], role, self.recipe.longest)
            self._states.update(zip(new, states, strict=True))

    def _pace(self, number: int) -> float:
        """The share of the learning rate at a step: up over the first tenth, then down to nothing."""
        steps = self.recipe.steps
        return min(1.0, (number + 1) / max(1.0, 0.1 * steps)) * (1 - number / steps)

    def _loss(self, layers: LastLayers, rows: Sequence[int]) -> torch.Tensor:
        """How far texts of one target are apart, as seen from the other texts of the batch."""
        parts, order = [], []
        for role in ("query", "passage"):
            own = [row for row in rows if self._roles[row] == role]
            if own:
                states = [self._states[row] for row in own]
                parts.append(layers.vectors([self._texts[row] for row in own], role, states, self.recipe.longest))
                order += own
        vectors = torch.cat(parts)
        target = torch.tensor([self._owner[row] for row in order])
        itself = torch.eye(len(order), dtype=torch.bool)
        similar = (vectors @ vectors.T / self.recipe.temperature).masked_fill(itself, -torch.inf)
        log_p = similar - similar.logsumexp(dim=1, keepdim=True)
        same = (target[:, None] == target[None, :]) & ~itself
        return -(log_p.masked_fill(~same, 0).sum(dim=1) / same.sum(dim=1)).mean()

    def _tell(self, steps: int) -> None:
        self._done += steps
        self._bar.update(steps)
        if self._watch is not None:
            self._watch(self._done, self._times * self.recipe.steps)
