"""Read by mypy and pyright in test_typing: each marked line must be an error."""

from turnspan import handoff, intent, turn


@turn
def bare(text: str) -> int:
    """A function."""
    return len(text)


bare(1)  # wrong: a text is wanted
bare("x").upper()  # wrong: an int has no upper
turn(bott="b")  # wrong: no such option
intent("order", "high")  # wrong: a confidence is a number
handoff.accept("h", botname="b")  # wrong: no such place
