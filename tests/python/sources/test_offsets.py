from logagent.sources.offsets import Offsets, Partition

A, B = ("topic", 0), ("topic", 1)


def counted(offsets: Offsets, partition: Partition, offset: int) -> bool:
    taken = offsets.take(partition, offset)
    if taken:
        offsets.count(partition)
    return taken


def test_messages_of_other_assignments_are_not_taken() -> None:
    offsets = Offsets()
    assert not offsets.take(A, 5)
    offsets.begin(A, 5)
    assert not offsets.take(A, 4)
    assert offsets.take(A, 5)
    assert not offsets.take(A, 5)
    assert offsets.take(A, 9), "offsets may have gaps"
    assert offsets.taken(A) == 10
    assert offsets.next == {A: 5}
    offsets.count(A)
    assert offsets.next == {A: 10}
    offsets.end(A)
    assert not offsets.take(A, 10)


def test_what_was_taken_and_not_counted_is_told_to_nobody() -> None:
    offsets = Offsets()
    offsets.begin(A, 5)
    offsets.take(A, 5)
    assert offsets.durable(counted=1, durable=1) == {A: 5}
    offsets.begin(A, 5)
    assert offsets.take(A, 5), "it is assigned anew, and comes again"


def test_the_group_learns_what_is_durable_once() -> None:
    offsets = Offsets()
    offsets.begin(A, 0)
    offsets.begin(B, 0)
    counted(offsets, A, 0)
    assert offsets.durable(counted=1, durable=0) == {}
    counted(offsets, A, 1)
    counted(offsets, B, 0)
    # Of what was noted with the number 1 nothing later is known.
    assert offsets.durable(counted=3, durable=1) == {A: 1, B: 0}
    assert offsets.durable(counted=3, durable=2) == {}
    assert offsets.durable(counted=3, durable=3) == {A: 2, B: 1}
    assert offsets.durable(counted=3, durable=3) == {}
    counted(offsets, B, 1)
    offsets.end(B)
    assert offsets.durable(counted=4, durable=4) == {}
