"""Trains a small network on two spirals, until it is good enough or its budget is used up.

    cd examples/budgeted && python train_spirals.py

The budget stands in greenlint.yaml. Each epoch ends with a checkpoint, and the best weights are kept,
so that a training that is stopped in the middle has something to show for what it used.
"""

import numpy as np

from greenlint import BudgetExceeded, budget

EPOCHS = 1_000_000
GOOD_ENOUGH = 0.0001


def spirals(points: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Points of two spirals that wind around each other, and which spiral each is of."""
    turn = np.sqrt(random.uniform(0.05, 1, points)) * 3 * np.pi
    label = random.integers(0, 2, points)
    angle = turn + np.pi * label
    place = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) / 10
    return place + random.normal(0, 0.02, place.shape), label[:, None].astype(float)


class Network:
    """Two inputs, one hidden layer, one output."""

    def __init__(self, hidden: int, random: np.random.Generator) -> None:
        self.first = random.normal(0, 1, (3, hidden))
        self.second = random.normal(0, 0.1, (hidden + 1, 1))

    def train(self, inputs: np.ndarray, wanted: np.ndarray, rate: float) -> float:
        """One step of gradient descent; the loss before it."""
        inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
        hidden = np.tanh(inputs @ self.first)
        bent = np.hstack([hidden, np.ones((len(hidden), 1))])
        output = 1 / (1 + np.exp(-bent @ self.second))
        error = (output - wanted) / len(inputs)
        back = (error @ self.second[:-1].T) * (1 - hidden**2)
        self.second -= rate * bent.T @ error
        self.first -= rate * inputs.T @ back
        likely = np.where(wanted == 1, output, 1 - output)
        return float(-np.log(np.maximum(likely, 1e-12)).mean())


def main() -> None:
    """Train, and say how it ended."""
    random = np.random.default_rng(0)
    inputs, wanted = spirals(2_000, random)
    network = Network(128, random)
    epoch, loss = 0, float("inf")
    try:
        with budget("train-spirals") as scope:
            for epoch in range(1, EPOCHS + 1):
                loss = network.train(inputs, wanted, rate=0.5)
                if loss < GOOD_ENOUGH:
                    break
                scope.checkpoint()
        print(f"Good enough after {epoch} epochs: the loss is {loss:.4f}.")
    except BudgetExceeded as stopped:
        print(f"Stopped after {epoch} epochs, with a loss of {loss:.4f}.")
        print(stopped)
    np.savez("spirals.npz", first=network.first, second=network.second)


if __name__ == "__main__":
    main()
