"""Several processes that train one model: `torchrun` starts them, torch.distributed adds up what they have.

Each has the whole model and a part of every step (data-parallel). Knows tensors, not what they are.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among `world`; `rank` 0 is the one that writes and speaks."""

    rank: int
    world: int
    device: str

    @staticmethod
    @cache
    def join() -> Processes | None:
        """None where `torchrun` did not start this process, or started it alone. The same again when called again."""
        if int(os.environ.get("WORLD_SIZE", "1")) < 2:
            return None
        import torch.distributed as distributed

        rank, world = int(os.environ["RANK"]), int(os.environ["WORLD_SIZE"])
        card = torch.cuda.is_available()
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}" if card else "cpu"
        if card:
            torch.cuda.set_device(device)
        distributed.init_process_group("nccl" if card else "gloo", rank=rank, world_size=world)
        return Processes(rank, world, device)

    def add_up(self, tensors: Sequence[Tensor]) -> None:
        """The sum over all processes, in place. One message a type, since each costs a round trip.

        In the order of the tensors: a set of types has another order in each process, and their messages got mixed up.
        """
        import torch.distributed as distributed

        for dtype in dict.fromkeys(tensor.dtype for tensor in tensors):
            some = [tensor for tensor in tensors if tensor.dtype == dtype]
            flat = torch.cat([tensor.reshape(-1) for tensor in some])
            distributed.all_reduce(flat)
            for tensor, part in zip(some, flat.split([tensor.numel() for tensor in some]), strict=True):
                tensor.copy_(part.view_as(tensor))

    def wait(self) -> None:
        """Until all have come here."""
        import torch.distributed as distributed

        distributed.barrier()

    def leave(self) -> None:
        import torch.distributed as distributed

        distributed.destroy_process_group()
