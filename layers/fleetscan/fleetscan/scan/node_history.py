"""Between a scan and its memory: what is known of each node before it is judged, and what is kept of it afterwards.

Only a node whose ring was read is written: a ring that could not be read today is worth more than one reading of today.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from fleetscan.diagnosis.history import is_due, reading, remember
from fleetscan.errors import in_words
from fleetscan.model import CaptureStatus, Diagnosis, Node
from fleetscan.model.memory import History
from fleetscan.ports import NodeHistoryStore
from fleetscan.quantities import counted
from fleetscan.storage.history_codec import decode, encode

type Notes = tuple[str, ...]


def read_histories(
    memory: NodeHistoryStore | None, nodes: Sequence[Node], at_epoch_seconds: float
) -> tuple[Mapping[str, History], Notes]:
    """Return instance id -> what is remembered of it, with nothing for a new node, and notes on what went wrong.

    A node whose ring could not be read is absent, and so are all of them where there is no memory.
    """
    if memory is None or not nodes:
        return {}, ()
    ids = [node.instance_id for node in nodes]
    try:
        found = memory.load(ids)
    except Exception as error:  # noqa: BLE001 - optional evidence: whatever refuses it, the scan goes on and says so
        return {}, (f"Earlier readings were not loaded: {in_words(error)}",)
    histories: dict[str, History] = {}
    for instance_id in ids:
        if instance_id in found.unread:
            continue
        ring = found.histories.get(instance_id)
        readings, problem = ((), "") if ring is None else decode(ring)
        earlier = tuple(one for one in readings if one.at_epoch_seconds < int(at_epoch_seconds))
        histories[instance_id] = History(at_epoch_seconds=int(at_epoch_seconds), readings=earlier, problem=problem)
    return histories, _load_notes(histories, found.unread)


def kept(memory: NodeHistoryStore, histories: Mapping[str, History], diagnoses: Iterable[Diagnosis]) -> Notes:
    """Keep the readings of the nodes that answered, where they are worth a write, and return a note on those not kept.

    Raises what the memory raises.
    """
    rings: dict[str, bytes] = {}
    for diagnosis in diagnoses:
        history = histories.get(diagnosis.node.instance_id)
        if history is None or diagnosis.coverage.status is not CaptureStatus.ANSWERED:
            continue
        new = reading(diagnosis.readings, history.at_epoch_seconds)
        if is_due(history.readings, new):
            rings[diagnosis.node.instance_id] = encode(remember(history.readings, new))
    unsaved = memory.save(rings) if rings else frozenset()
    if not unsaved:
        return ()
    return (f"The readings of {len(unsaved)} of {len(rings)} nodes were not kept: the table is throttled.",)


def _load_notes(histories: Mapping[str, History], unread: frozenset[str]) -> Notes:
    notes = []
    if unread:
        notes.append(f"Earlier readings of {counted(len(unread), 'node')} were not loaded: the table is throttled.")
    damaged = [(instance_id, history.problem) for instance_id, history in histories.items() if history.problem]
    if damaged:
        instance_id, problem = damaged[0]
        notes.append(
            f"Earlier readings of {counted(len(damaged), 'node')} cannot be understood and begin anew, "
            f"as of {instance_id}: {problem}."
        )
    return tuple(notes)
