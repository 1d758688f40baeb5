"""Loads the history of each node before it is evaluated, and stores it with the new reading afterwards.

A node whose history could not be read is not written, so that a history is not replaced by a single reading.
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
    store: NodeHistoryStore | None, nodes: Sequence[Node], at_epoch_seconds: float
) -> tuple[Mapping[str, History], Notes]:
    """Return instance id -> history (empty for a new node), and notes on errors.

    A node whose history could not be read is absent; without a store all nodes are.
    """
    if store is None or not nodes:
        return {}, ()
    ids = [node.instance_id for node in nodes]
    try:
        found = store.load(ids)
    except Exception as error:  # noqa: BLE001 - optional evidence: on any error the scan goes on and reports it
        return {}, (f"Earlier readings were not loaded: {in_words(error)}",)
    histories: dict[str, History] = {}
    for instance_id in ids:
        if instance_id in found.unread:
            continue
        data = found.histories.get(instance_id)
        readings, problem = ((), "") if data is None else decode(data)
        earlier = tuple(one for one in readings if one.at_epoch_seconds < int(at_epoch_seconds))
        histories[instance_id] = History(at_epoch_seconds=int(at_epoch_seconds), readings=earlier, problem=problem)
    return histories, _load_notes(histories, found.unread)


def save_histories(store: NodeHistoryStore, histories: Mapping[str, History], diagnoses: Iterable[Diagnosis]) -> Notes:
    """Store the readings of the nodes that responded, if they are due; return a note on those not stored.

    Raises what the store raises.
    """
    encoded: dict[str, bytes] = {}
    for diagnosis in diagnoses:
        history = histories.get(diagnosis.node.instance_id)
        if history is None or diagnosis.coverage.status is not CaptureStatus.ANSWERED:
            continue
        new = reading(diagnosis.readings, history.at_epoch_seconds)
        if is_due(history.readings, new):
            encoded[diagnosis.node.instance_id] = encode(remember(history.readings, new))
    unsaved = store.save(encoded) if encoded else frozenset()
    if not unsaved:
        return ()
    return (f"The readings of {len(unsaved)} of {len(encoded)} nodes were not stored: the table is throttled.",)


def _load_notes(histories: Mapping[str, History], unread: frozenset[str]) -> Notes:
    notes = []
    if unread:
        notes.append(f"Earlier readings of {counted(len(unread), 'node')} were not loaded: the table is throttled.")
    damaged = [(instance_id, history.problem) for instance_id, history in histories.items() if history.problem]
    if damaged:
        instance_id, problem = damaged[0]
        notes.append(
            f"Earlier readings of {counted(len(damaged), 'node')} cannot be decoded and start again, "
            f"for example {instance_id}: {problem}."
        )
    return tuple(notes)
