"""The registry is whole, follows weaver's format, and what is made of it is fresh."""

from __future__ import annotations

import re
from importlib import resources
from typing import Any

import pytest
import yaml

from turnspan import conventions as c
from turnspan.registry import generate
from turnspan.registry._model import FOLDER, documents, load

STABILITY = {"stable", "development", "alpha", "beta", "release_candidate"}
SECTIONS = {
    "file_format",
    "attributes",
    "attribute_groups",
    "spans",
    "events",
    "metrics",
}
# The keys that weaver's schema of definition/2 knows, and those it needs.
KNOWN = {
    "attributes": "key type brief note stability examples annotations deprecated",
    "attribute_groups": "id visibility attributes",
    "spans": "type kind name brief note stability attributes annotations",
    "events": "name brief note stability attributes annotations",
    "metrics": "name brief note stability attributes annotations unit instrument",
}
NEEDED = {
    "attributes": "key type brief stability",
    "attribute_groups": "id visibility attributes",
    "spans": "type kind name brief stability",
    "events": "name brief stability",
    "metrics": "name brief stability unit instrument",
}
PRIMITIVES = {"string", "int", "double", "boolean", "string[]"}
SPELLED = """
gen_ai.conversation.id session.id chatbot.name chatbot.version chatbot.turn.id
chatbot.turn.index chatbot.turn.initiator chatbot.turn.outcome chatbot.channel.name
chatbot.locale chatbot.framework.name chatbot.node.id chatbot.intent.name
chatbot.intent.confidence chatbot.intent.acted_on chatbot.intent.source
chatbot.intent.runner_up.confidence chatbot.intent.model.version
chatbot.answer.source chatbot.sentiment.label chatbot.sentiment.score
chatbot.first_response.duration enduser.pseudo.id user.id feature_flag.key
feature_flag.result.variant chatbot.experiment.assignments chatbot.message.id
chatbot.user.kind deployment.environment.name chatbot.record.seq
chatbot.process.id chatbot.test
error.type log.record.uid chatbot.message.role chatbot.intent.is_fallback
chatbot.intent.threshold chatbot.intent.candidates chatbot.handoff.id
chatbot.handoff.reason chatbot.handoff.original_reason chatbot.handoff.target.type
chatbot.handoff.queue.name chatbot.handoff.outcome chatbot.cta.id chatbot.cta.name
chatbot.cta.type chatbot.cta.position chatbot.goal.id chatbot.goal.kind
chatbot.goal.value chatbot.goal.currency gen_ai.evaluation.name
gen_ai.evaluation.score.value gen_ai.evaluation.score.label chatbot.feedback.scale
chatbot.feedback.scope chatbot.feedback.source chatbot.resolution.status
chatbot.resolution.source chatbot.resolution.confidence
chatbot.conversation.end.reason chatbot.content.id chatbot.content.kind
chatbot.content.completion chatbot.view.name chatbot.annotation.text
chatbot.annotation.kind chatbot.label.intent chatbot.label.labeller
chatbot.label.weight chatbot.entry.referrer chatbot.entry.utm.source
chatbot.entry.utm.medium chatbot.entry.utm.campaign chatbot.entry.device
chatbot.entry.browser chatbot.entry.country chatbot.user.key_id
gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.request.model
gen_ai.provider.name
"""
EVENTS = """
chatbot.message chatbot.conversation.start chatbot.conversation.end
chatbot.intent.result chatbot.handoff.request chatbot.handoff.queue
chatbot.handoff.accept chatbot.handoff.decline chatbot.handoff.expire
chatbot.handoff.withdraw chatbot.handoff.close chatbot.handoff.return
chatbot.cta.impression chatbot.cta.click chatbot.goal chatbot.feedback.request
chatbot.turn.end chatbot.feedback chatbot.resolution chatbot.content.access
chatbot.view chatbot.label chatbot.annotation chatbot.custom feature_flag.evaluation
"""
METRICS = """
chatbot.turn.duration chatbot.turn.first_response.duration chatbot.intent.confidence
chatbot.handoff.requests chatbot.handoff.wait.duration chatbot.cta.impressions
chatbot.cta.clicks chatbot.feedback.submissions chatbot.conversation.active
chatbot.instrumentation.errors
"""


def test_generated_files_are_fresh() -> None:
    """conventions.py and the docs page are what the YAML says."""
    assert generate.stale() == []


def test_every_name_of_the_conventions_is_defined() -> None:
    """The registry leaves out nothing that the conventions spell."""
    assert set(SPELLED.split()) - set(c.ATTRIBUTES) == set()
    assert set(c.EVENTS) == set(EVENTS.split())
    assert set(c.METRICS) == set(METRICS.split())
    assert set(c.SPANS) == {"chatbot.turn", "invoke_workflow"}


def test_no_metric_carries_an_id() -> None:
    """No conversation, user or turn id is ever a metric's attribute."""
    for spec in c.METRICS.values():
        assert [key for key in spec.attributes if key.endswith(".id")] == []


def test_every_event_can_be_found_and_deduplicated() -> None:
    """Each event carries conversation, turn, bot, channel, user key and own id."""
    needed = {
        c.GEN_AI_CONVERSATION_ID,
        c.TURN_ID,
        c.BOT_NAME,
        c.CHANNEL_NAME,
        c.ENDUSER_PSEUDO_ID,
        c.LOG_RECORD_UID,
        c.RECORD_SEQ,
        c.PROCESS_ID,
    }
    for name, attributes in c.EVENTS.items():
        assert needed - attributes == set(), name


@pytest.mark.parametrize("name", sorted(documents()))
def test_files_follow_weavers_definition_format(name: str) -> None:
    """Each file is a definition/2 document with no key that weaver refuses."""
    document = documents()[name]
    assert document["file_format"] == "definition/2"
    assert set(document) - SECTIONS == set()
    for section in SECTIONS - {"file_format"}:
        for spec in document.get(section, ()):
            keys = set(spec)
            assert keys - set(KNOWN[section].split()) == set(), spec
            assert set(NEEDED[section].split()) - keys == set(), spec
            assert spec.get("stability", "stable") in STABILITY


def test_attributes_have_types_examples_and_members() -> None:
    """Strings have examples of their type, enumerations members with a sentence."""
    for document in documents().values():
        for spec in document.get("attributes", ()):
            _check_attribute(spec)


def _check_attribute(spec: dict[str, Any]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", spec["key"])
    assert spec["brief"].strip().endswith(".")
    if isinstance(spec["type"], dict):
        members = spec["type"]["members"]
        assert len({m["value"] for m in members}) == len(members) > 1
        assert all({"id", "value", "brief", "stability"} == set(m) for m in members)
        return
    assert spec["type"] in PRIMITIVES
    if spec["type"].startswith("string"):
        assert spec["examples"], spec["key"]
    kind = {"string": str, "int": int, "double": float, "string[]": list}
    for example in spec.get("examples", ()):
        assert isinstance(example, kind[spec["type"]]), spec["key"]


def test_references_lead_somewhere() -> None:
    """Every reference and group of a signal is defined exactly once."""
    registry = load()
    for signals in (registry.spans, registry.events, registry.metrics):
        for signal in signals.values():
            assert set(signal.attributes) <= set(registry.attributes)


def test_units_are_ucum_and_instruments_known() -> None:
    """Metrics use UCUM: seconds, 1, or an annotation in braces."""
    for name, spec in c.METRICS.items():
        assert re.fullmatch(r"s|1|\{[a-z]+\}", spec.unit), name
        assert spec.instrument in {"histogram", "counter", "updowncounter"}


def test_the_manifest_names_the_registry_and_its_version() -> None:
    """weaver finds a schema URL that ends in a version."""
    manifest = yaml.safe_load((FOLDER / "manifest.yaml").read_text("utf-8"))
    assert re.fullmatch(r"https://.+/\d+\.\d+\.\d+", manifest["schema_url"])


def test_the_registry_is_shipped_beside_the_code() -> None:
    """The YAML is package data, so that weaver can be pointed at an install."""
    files = {file.name for file in resources.files("turnspan.registry").iterdir()}
    assert {"manifest.yaml", "turn.yaml", "metrics.yaml"} <= files


def test_the_generator_says_which_file_is_stale(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--check fails and names the file, and writes nothing."""
    monkeypatch.setattr(generate, "outputs", lambda: {generate.PAGE: "another"})
    assert generate.main(["--check"]) == 1
    assert "conventions.md differ from the registry" in capsys.readouterr().err
    assert generate.PAGE.read_text("utf-8") != "another"
