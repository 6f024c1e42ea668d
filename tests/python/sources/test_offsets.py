from logagent.sources.offsets import Offsets

A, B = ("topic", 0), ("topic", 1)


def test_messages_of_other_assignments_are_not_taken() -> None:
    offsets = Offsets()
    assert not offsets.advance(A, 5)
    offsets.begin(A, 5)
    assert not offsets.advance(A, 4)
    assert offsets.advance(A, 5)
    assert not offsets.advance(A, 5)
    assert offsets.advance(A, 9), "offsets may have gaps"
    assert offsets.next == {A: 10}
    offsets.end(A)
    assert not offsets.advance(A, 10)


def test_the_group_learns_what_is_durable_once() -> None:
    offsets = Offsets()
    offsets.begin(A, 0)
    offsets.begin(B, 0)
    offsets.advance(A, 0)
    assert offsets.durable(counted=1, durable=0) == {}
    offsets.advance(A, 1)
    offsets.advance(B, 0)
    # Of what was noted with the number 1 nothing later is known.
    assert offsets.durable(counted=3, durable=1) == {A: 1, B: 0}
    assert offsets.durable(counted=3, durable=2) == {}
    assert offsets.durable(counted=3, durable=3) == {A: 2, B: 1}
    assert offsets.durable(counted=3, durable=3) == {}
    offsets.advance(B, 1)
    offsets.end(B)
    assert offsets.durable(counted=4, durable=4) == {}
