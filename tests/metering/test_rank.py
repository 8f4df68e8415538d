"""Ranks: a node is counted once, and each accelerator by one of them."""

import pytest

from greenlint.metering.rank import Rank, find_rank, own_devices

TORCHRUN = {"RANK": "9", "WORLD_SIZE": "16", "LOCAL_RANK": "1", "LOCAL_WORLD_SIZE": "8"}
SLURM = {
    "SLURM_PROCID": "6",
    "SLURM_NTASKS": "8",
    "SLURM_LOCALID": "2",
    "SLURM_NTASKS_PER_NODE": "4(x2)",
}
OPEN_MPI = {
    "OMPI_COMM_WORLD_RANK": "3",
    "OMPI_COMM_WORLD_SIZE": "4",
    "OMPI_COMM_WORLD_LOCAL_RANK": "3",
    "OMPI_COMM_WORLD_LOCAL_SIZE": "4",
}


@pytest.mark.parametrize(
    ("environment", "rank"),
    [
        ({}, Rank()),
        ({"RANK": "3"}, Rank()),
        ({"LOCAL_RANK": "x"}, Rank()),
        (TORCHRUN, Rank(rank=9, size=16, local_rank=1, local_size=8)),
        (SLURM, Rank(rank=6, size=8, local_rank=2, local_size=4)),
        (OPEN_MPI, Rank(rank=3, size=4, local_rank=3, local_size=4)),
        (SLURM | TORCHRUN, Rank(rank=9, size=16, local_rank=1, local_size=8)),
        ({"SLURM_LOCALID": "1"}, Rank(local_rank=1, local_size=0)),
    ],
)
def test_launchers_say_which_rank_it_is(environment: dict[str, str], rank: Rank) -> None:
    assert find_rank(environment) == rank


def test_local_rank_0_meters_the_node() -> None:
    ranks = [find_rank(TORCHRUN | {"LOCAL_RANK": str(local)}) for local in range(8)]
    assert [rank.meters_node for rank in ranks] == [True] + [False] * 7


@pytest.mark.parametrize("ranks", [1, 2, 4, 8])
@pytest.mark.parametrize("count", [1, 2, 4, 8])
def test_every_device_is_metered_by_one_rank(ranks: int, count: int) -> None:
    visible = tuple(range(count))
    metered = [
        device
        for local in range(ranks)
        for device in own_devices(visible, Rank(local_rank=local, local_size=ranks), {})
    ]
    assert sorted(metered) == list(visible)


@pytest.mark.parametrize(
    ("visible", "rank"),
    [
        ((3,), Rank(local_rank=3, local_size=4)),
        ((6, 7), Rank(local_rank=3, local_size=4)),
        ((), Rank(local_rank=0, local_size=4)),
    ],
)
def test_a_launcher_that_hides_the_others_is_believed(visible: tuple[int, ...], rank: Rank) -> None:
    assert own_devices(visible, rank, {"CUDA_VISIBLE_DEVICES": "set"}) == visible


def test_without_a_size_each_rank_has_one() -> None:
    assert own_devices((0, 1, 2, 3), Rank(local_rank=2, local_size=0), {}) == (2,)
