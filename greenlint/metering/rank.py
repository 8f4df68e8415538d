"""Which of the processes of a job this one is, so that a node is counted once."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

# What launchers set, first found wins: torchrun and friends, Open MPI, then SLURM. SLURM comes last
# because a job script sets its variables in the shell too, around whatever launcher it starts.
_LOCAL_RANK = ("LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_RANK", "MPI_LOCALRANKID", "SLURM_LOCALID")
_LOCAL_SIZE = (
    "LOCAL_WORLD_SIZE",
    "OMPI_COMM_WORLD_LOCAL_SIZE",
    "MPI_LOCALNRANKS",
    "SLURM_NTASKS_PER_NODE",
)
_RANK = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")
_SIZE = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """The place of this process in its job and on its node; a process alone is rank 0 of 1.

    `local_size` is 0 where the launcher does not say how many ranks the node has.
    """

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    local_size: int = 1

    @property
    def meters_node(self) -> bool:
        """Whether this process counts the CPU and the memory of its node."""
        return self.local_rank == 0


def find_rank(environment: Mapping[str, str] = os.environ) -> Rank:
    """The rank that the environment gives; without a local rank, the process counts as alone."""
    local_rank = _first(environment, _LOCAL_RANK)
    if local_rank is None:
        return Rank()
    return Rank(
        rank=_first(environment, _RANK) or 0,
        size=_first(environment, _SIZE) or 1,
        local_rank=local_rank,
        local_size=_first(environment, _LOCAL_SIZE) or 0,
    )


def own_devices(
    visible: tuple[int, ...], rank: Rank, environment: Mapping[str, str] = os.environ
) -> tuple[int, ...]:
    """The accelerators, of those this process can see, that it meters.

    A process alone meters all it sees. A rank meters all it sees if the launcher hides those of
    the others, else an equal run of them, as frameworks place ranks on devices: rank 2 of 4 with
    eight devices has the fifth and the sixth. Where ranks share a device, the first of them has it.
    """
    if rank.local_size == 1 or not visible:
        return visible
    if _hidden_by_launcher(visible, rank, environment):
        return visible
    size = rank.local_size or len(visible)
    each = max(len(visible) // size, 1)
    start = rank.local_rank * each
    return visible[start : start + each]


def _hidden_by_launcher(
    visible: tuple[int, ...], rank: Rank, environment: Mapping[str, str]
) -> bool:
    """Whether each rank sees only its own: fewer are visible than there are ranks on the node."""
    if not environment.get("CUDA_VISIBLE_DEVICES"):
        return False
    return len(visible) == 1 or 0 < len(visible) < rank.local_size


def _first(environment: Mapping[str, str], names: tuple[str, ...]) -> int | None:
    for name in names:
        # SLURM writes "4(x2)" for four on each of two nodes.
        digits = environment.get(name, "").partition("(")[0].strip()
        if digits.isascii() and digits.isdigit():
            return int(digits)
    return None
