"""Labels are kept with their history, count once a labeller, and find their turn."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from tests.support import derived_rows
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter, labels, settings, settle
from turnspan_exporters.timescale.labels import Label, LabelError

Connection = psycopg.Connection[Any]
START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=1)


def label(chat: Chat, at: float, turn: str, intent: str, **more: Any) -> None:
    """A label event; ``weight`` and ``labeller`` are its attributes."""
    conversation = more.pop("conversation", "c1")
    attributes = {names.LABEL_INTENT: intent}
    attributes |= {
        key: more.pop(name)
        for name, key in (
            ("labeller", names.LABEL_LABELLER),
            ("weight", names.LABEL_WEIGHT),
        )
        if name in more
    }
    talk = chat.talk(conversation, user="u1")
    talk.event(names.EVENT_LABEL, at, turn, attributes=attributes, **more)


def turns(chat: Chat) -> None:
    """Two turns of one conversation."""
    talk = chat.talk("c1", user="u1")
    talk.turn(0, "t1", intent_name="order", intent_confidence=0.9)
    talk.turn(60, "t2", intent_name="refund", intent_confidence=0.4)


def labelled(db: Connection) -> list[Any]:
    """The labelled turns, as metrics see them."""
    return db.execute(
        "SELECT turn_id, predicted, labelled, weight, labellers, votes, start_time "
        "FROM _turnspan.labelled_turn ORDER BY turn_id"
    ).fetchall()


def test_label_events_find_their_turns_in_any_order(
    db: Connection, migrated_dsn: str
) -> None:
    """Before the turn or days after, with or without a conversation, and again."""
    early, said, late = Chat(), Chat(), Chat()
    label(early, 30, "t1", "refund", labeller="eva")
    turns(said)
    label(late, 200_000, "t1", "order", labeller="eva", weight=4.0)
    label(late, 200_000, "t2", "refund", labeller="eva", conversation=None)
    batches = [chat.batch() for chat in (early, said, late)]
    expected = [
        ("t1", "order", "order", 4, 1, 1, BASE),
        ("t2", "refund", "refund", 1, 1, 1, BASE + timedelta(minutes=1)),
    ]
    for order in itertools.permutations(batches):
        db.execute("TRUNCATE _turnspan.event, _turnspan.span, _turnspan.turn")
        db.execute("TRUNCATE _turnspan.session, _turnspan.label")
        db.execute("TRUNCATE _turnspan.labelled_turn")
        exporter = TimescaleExporter(migrated_dsn, migrates=False)
        exporter.open()
        for batch in (*order, order[0]):
            exporter.export([batch])
            settle(migrated_dsn, timeout_s=60)
        exporter.close()
        assert labelled(db) == expected
        history = db.execute(
            "SELECT labelled, is_latest, agreed, source FROM turnspan.labels "
            "WHERE turn_id = 't1' ORDER BY labelled_at"
        ).fetchall()
        assert history == [
            ("refund", False, "order", "event"),
            ("order", True, "order", "event"),
        ]


def test_labels_of_a_turn_without_a_conversation_count(
    db: Connection, migrated_dsn: str
) -> None:
    """It stays outside of sessions, and is an NLU turn all the same."""
    chat = Chat()
    chat.talk(None).turn(0, "t1", intent_name="order")
    label(chat, 5, "t1", "order", conversation=None)
    derived(migrated_dsn, chat)
    assert labelled(db) == [("t1", "order", "order", 1, 1, 1, BASE)]


def test_a_late_row_moves_the_labelled_turn(db: Connection, migrated_dsn: str) -> None:
    """A span that comes after its message and label brings the prediction."""
    first, second = Chat(), Chat()
    first.talk("c1", user="u1").message(2, turn="t1")
    label(first, 10, "t1", "order")
    derived(migrated_dsn, first)
    assert labelled(db)[0][:3] == ("t1", None, "order")
    second.talk("c1", user="u1").turn(1, "t1", intent_name="order")
    derived(migrated_dsn, second)
    assert labelled(db) == [
        ("t1", "order", "order", 1, 1, 1, BASE + timedelta(seconds=1))
    ]


def test_a_weight_that_is_none_counts_as_one(db: Connection, migrated_dsn: str) -> None:
    """And a label of no intent, or of test traffic, is none."""
    chat = Chat()
    turns(chat)
    label(chat, 90, "t1", "order", weight=-3.0)
    label(chat, 91, "t2", "")
    label(chat, 92, "t2", "menu", test=True)
    derived(migrated_dsn, chat)
    assert [row[:4] for row in labelled(db)] == [("t1", "order", "order", 1)]


@pytest.mark.parametrize(
    ("given", "agreed"),
    [
        ([("ann", 1, "a"), ("ben", 2, "b"), ("cem", 3, "a")], ("a", 3, 2)),
        ([("ann", 1, "a"), ("ben", 2, "b")], ("b", 2, 1)),
        ([("ann", 2, "a"), ("ben", 1, "b")], ("a", 2, 1)),
        ([("ann", 1, "a"), ("ann", 2, "b"), ("ann", 3, "b")], ("b", 1, 1)),
        ([("ann", 3, "a"), ("ben", 1, "a"), ("ann", 4, "b")], ("b", 2, 1)),
        ([("", 1, "a"), ("", 2, "b")], ("b", 1, 1)),
    ],
)
def test_most_labellers_win_and_the_last_of_equals(
    db: Connection, given: list[tuple[str, int, str]], agreed: tuple[str, int, int]
) -> None:
    """Each by the latest label; nobody named is one labeller."""
    turn = derived_rows.turn(db, START, intent_name="a")
    for labeller, minute, intent in given:
        after = timedelta(minutes=minute)
        derived_rows.label(db, turn, intent, labeller=labeller, after=after)
    derived_rows.settle_labels(db)
    (row,) = labelled(db)
    assert (row[2], row[4], row[5]) == agreed


def test_adding_again_changes_nothing(db: Connection) -> None:
    """With a time the label is known by it; without, by what was said last."""
    turn = derived_rows.turn(db, START, intent_name="a")
    dated = Label(bot="support", turn_id=turn, labelled="a", labelled_at=END)
    given = [
        dated,
        Label(bot="support", turn_id=turn, labelled="b", labeller="eva", near=START),
        Label(bot="support", turn_id="none", labelled="c", weight=2),
    ]
    assert labels.add(db, given, "cli") == labels.Added(3, 0, 1)
    assert labels.add(db, given, "api") == labels.Added(0, 3, 1)
    again = Label(bot="support", turn_id=turn, labelled="a", labeller="eva")
    assert labels.add(db, [again], "api") == labels.Added(1, 0, 0)
    (row,) = labelled(db)
    assert (row[2], row[4], row[5]) == ("a", 2, 2)


def test_a_wrong_hint_still_finds_the_turn(db: Connection) -> None:
    """The hint makes it quick, no more."""
    turn = derived_rows.turn(db, START, intent_name="a")
    far = START + timedelta(days=90)
    one = Label(bot="support", turn_id=turn, labelled="a", near=far)
    assert labels.add(db, [one], "cli") == labels.Added(1, 0, 0)


def test_adding_waits_for_a_derivation_under_way(
    db: Connection, migrated_dsn: str
) -> None:
    """What it is about to commit is not missed."""
    with (
        psycopg.connect(migrated_dsn) as deriving,
        psycopg.connect(migrated_dsn, autocommit=True) as adding,
        ThreadPoolExecutor(1) as pool,
    ):
        deriving.execute("SELECT _turnspan.lock_labels(false)")
        turn = derived_rows.turn(deriving, START, intent_name="a")
        one = Label(bot="support", turn_id=turn, labelled="a")
        added = pool.submit(labels.add, adding, [one], "cli")
        waits = (
            "SELECT FROM pg_locks JOIN pg_database d ON d.oid = database WHERE NOT "
            "granted AND locktype = 'advisory' AND datname = current_database()"
        )
        while db.execute(waits).fetchone() is None:
            assert not added.done()
        deriving.commit()
        assert added.result() == labels.Added(1, 0, 0)
    assert [row[:3] for row in labelled(db)] == [(turn, "a", "a")]


def test_a_labelled_turn_outlives_its_turn(db: Connection) -> None:
    """Past the retention another label still counts for it."""
    long_ago = datetime.now(UTC) - timedelta(days=800)
    turn = derived_rows.turn(db, long_ago, intent_name="a")
    one = Label(bot="support", turn_id=turn, labelled="a")
    assert labels.add(db, [one], "cli") == labels.Added(1, 0, 0)
    db.execute("DELETE FROM _turnspan.turn")
    other = Label(bot="support", turn_id=turn, labelled="b")
    assert labels.add(db, [other], "cli") == labels.Added(1, 0, 0)
    assert [row[:3] for row in labelled(db)] == [(turn, "a", "b")]


def test_a_labelled_turn_goes_with_a_turn_that_never_was(
    db: Connection, migrated_dsn: str
) -> None:
    """What a derivation takes back has no label that counts; the label waits."""
    at = BASE + timedelta(seconds=30)
    turn = derived_rows.turn(db, at, turn_id="t1", conversation_id="c1")
    derived_rows.label(db, turn, "a")
    derived_rows.settle_labels(db)
    assert len(labelled(db)) == 1
    chat = Chat()
    chat.talk("c1", user="u1").turn(30, "t2")
    derived(migrated_dsn, chat)
    assert db.execute("SELECT turn_id FROM _turnspan.turn").fetchall() == [("t2",)]
    assert labelled(db) == []
    waiting = db.execute("SELECT turn_id, start_time FROM turnspan.labels")
    assert waiting.fetchall() == [("t1", None)]


def test_two_labels_at_once_must_not_contradict(db: Connection) -> None:
    """Nothing is stored then."""
    one = Label(bot="b", turn_id="t1", labelled="a", labeller="eva")
    other = Label(bot="b", turn_id="t1", labelled="b", labeller="eva")
    with pytest.raises(LabelError, match='"t1" has two labels of the labeller "eva"'):
        labels.add(db, [one, other], "cli")
    assert db.execute("SELECT count(*) FROM _turnspan.label").fetchone() == (0,)


def population(db: Connection) -> None:
    """40 NLU turns: 10 unsure, 5 of an escalated session; a button, a test, a bot."""
    key = derived_rows.session(db, START, outcome="escalated")
    for number in range(40):
        of_session = {"session_key": key, "session_start": START} if number < 5 else {}
        derived_rows.turn(
            db,
            START,
            turn_id=f"t{number:02}",
            intent_name="a",
            intent_confidence=0.5 if number % 4 == 0 else 0.9,
            **of_session,
        )
    derived_rows.turn(db, START, intent_source="button")
    derived_rows.turn(db, START, test=True)
    derived_rows.turn(db, START, initiator="bot")


@pytest.mark.parametrize(
    ("strategy", "n", "weights"),
    [
        ("uniform", 10, {4.0: 10}),
        ("uniform", 100, {1.0: 40}),
        ("low-confidence", 10, {1.25: 8, 15.0: 2}),
        ("low-confidence", 20, {1.0: 10, 3.0: 10}),
        ("escalated", 10, {1.0: 5, 7.0: 5}),
        ("escalated", 2, {5.0: 1, 35.0: 1}),
    ],
)
def test_weights_make_up_for_the_strategy(
    db: Connection, strategy: labels.Strategy, n: int, weights: dict[float, int]
) -> None:
    """Each turn at most once; the weights add up to the turns there are."""
    population(db)
    drawn = labels.sample(db, n, strategy, START, END, seed=1)
    assert drawn.population == 40
    assert len({one.turn_id for one in drawn.turns}) == len(drawn.turns)
    found = sorted(one.weight for one in drawn.turns)
    assert found == pytest.approx(
        sorted(weight for weight, count in weights.items() for _ in range(count))
    )
    assert sum(found) == pytest.approx(40)
    for one in drawn.turns:
        assert one.weight * one.probability == pytest.approx(1)


def test_every_turn_is_drawn_as_often_as_it_should(db: Connection) -> None:
    """Over 300 seeds each of 40 turns comes up about a quarter of the times."""
    population(db)
    counts: dict[str, int] = {}
    for seed in range(300):
        for one in labels.sample(db, 10, "uniform", START, END, seed=seed).turns:
            counts[one.turn_id] = counts.get(one.turn_id, 0) + 1
    assert len(counts) == 40
    # 75 expected, standard deviation 7.5: five of them are not exceeded by chance
    assert all(37 < count < 113 for count in counts.values())


def test_the_seed_draws_the_same_again(db: Connection) -> None:
    """And says which it was where none was given."""
    population(db)
    first = labels.sample(db, 10, "uniform", START, END)
    assert labels.sample(db, 10, "uniform", START, END, seed=first.seed) == first
    assert labels.sample(db, 10, "uniform", START, END, bots=["other"]).turns == []


def test_a_bots_own_threshold_says_what_is_unsure(db: Connection) -> None:
    """theta_review of the bot, strictly below."""
    population(db)
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('support')")
    settings.change(db, "support", {"theta_review": 0.5})
    drawn = labels.sample(db, 10, "low-confidence", START, END, seed=1)
    assert {one.weight for one in drawn.turns} == {4.0}


def test_texts_come_only_where_they_are_kept(db: Connection, migrated_dsn: str) -> None:
    """The user's words of the turn, and nobody else's."""
    chat = Chat()
    turns(chat)
    talk = chat.talk("c1", user="u1")
    user = talk.message(0.5, turn="t1")
    bot = talk.message(0.7, "bot", turn="t1")
    talk.said(0.5, names.MESSAGE_TEXT, "Where is it?", "t1", uid=user)
    talk.said(0.7, names.MESSAGE_TEXT, "On its way.", "t1", uid=bot)
    derived(migrated_dsn, chat)
    since, until = BASE - timedelta(hours=1), BASE + timedelta(hours=1)
    drawn = labels.sample(db, 10, "uniform", since, until)
    assert {one.turn_id: one.text for one in drawn.turns} == {
        "t1": "Where is it?",
        "t2": None,
    }
