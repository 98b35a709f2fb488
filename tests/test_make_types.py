"""The shapes that the page knows are those of the Python classes."""

from tests import make_types


def test_the_committed_types_are_what_the_classes_give_now() -> None:
    assert make_types.TARGET.read_text(encoding="utf-8") == make_types.generated(), (
        "Events or state changed: run `python -m tests.make_types` and commit what it writes."
    )
