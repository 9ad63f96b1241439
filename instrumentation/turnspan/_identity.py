"""Who speaks with which bot where: the attributes that every record carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from turnspan import _pipeline, _privacy, _settings
from turnspan._limits import clean, identifier
from turnspan._pipeline import Pipeline
from turnspan._settings import Settings
from turnspan.conventions import (
    BOT_LOCALE,
    BOT_NAME,
    BOT_TEST,
    BOT_VERSION,
    CHANNEL_NAME,
    DEPLOYMENT_ENVIRONMENT_NAME,
    ENDUSER_PSEUDO_ID,
    EXPERIMENT_ASSIGNMENTS,
    FEATURE_FLAG_KEY,
    FEATURE_FLAG_RESULT_VARIANT,
    FRAMEWORK_NAME,
    GEN_AI_CONVERSATION_ID,
    SESSION_ID,
    TURN_ID,
    USER_ID,
    USER_KEY_ID,
    USER_KIND,
)

Common = dict[str, Any]
"""Attributes that every record of a conversation carries."""

_DIRECT: Final[Mapping[str, str]] = {
    "bot": BOT_NAME,
    "channel": CHANNEL_NAME,
    "session": SESSION_ID,
    "version": BOT_VERSION,
    "environment": DEPLOYMENT_ENVIRONMENT_NAME,
    "locale": BOT_LOCALE,
    "framework": FRAMEWORK_NAME,
    "test": BOT_TEST,
    "user_kind": USER_KIND,
}
_PERSONAL: Final = (ENDUSER_PSEUDO_ID, USER_KEY_ID, USER_ID, USER_KIND)
_OF_ONE_CONVERSATION: Final = (*_PERSONAL, SESSION_ID, TURN_ID, BOT_LOCALE)

_made: tuple[Settings, Pipeline, Common] | None = None


def identity(base: Mapping[str, Any], given: Mapping[str, Any]) -> Common:
    """Merge what a call gives into what the context knows.

    Args:
        base: The attributes of the enclosing conversation or turn.
        given: bot, channel, conversation, session, user and so on, raw.
    """
    common: Common = {**base} if base else _defaults()
    for name, value in given.items():
        if value is not None and (attribute := _DIRECT.get(name)) is not None:
            _put(common, attribute, clean(attribute, value))
    _conversation(common, given)
    _user(common, given)
    if (experiment := given.get("experiment")) is not None:
        common.update(experiments(experiment))
    return common


def conversation_id(given: Mapping[str, Any], channel: str | None) -> str | None:
    """Give the conversation's id as it leaves the process."""
    raw = given.get("conversation")
    if given.get("private"):
        return _privacy.private_conversation(raw, channel)
    return identifier(GEN_AI_CONVERSATION_ID, raw)


def experiments(arms: object) -> Common:
    """Turn a mapping of experiment to variant into attributes."""
    if not isinstance(arms, Mapping) or not arms:
        clean(EXPERIMENT_ASSIGNMENTS, arms or "")
        return {}
    if len(arms) > 1:
        pairs = [f"{key}={arm}" for key, arm in arms.items() if isinstance(arm, str)]
        return {EXPERIMENT_ASSIGNMENTS: clean(EXPERIMENT_ASSIGNMENTS, pairs) or ()}
    [(key, arm)] = arms.items()
    name = clean(FEATURE_FLAG_KEY, key)
    variant = clean(FEATURE_FLAG_RESULT_VARIANT, arm)
    if name is None or variant is None:
        return {}
    return {FEATURE_FLAG_KEY: name, FEATURE_FLAG_RESULT_VARIANT: variant}


def _conversation(common: Common, given: Mapping[str, Any]) -> None:
    conversation = conversation_id(given, common.get(CHANNEL_NAME))
    if conversation is None:
        return
    if common.get(GEN_AI_CONVERSATION_ID, conversation) != conversation:
        for attribute in _OF_ONE_CONVERSATION:
            if given.get("session") is None or attribute != SESSION_ID:
                common.pop(attribute, None)
    common[GEN_AI_CONVERSATION_ID] = conversation


def _user(common: Common, given: Mapping[str, Any]) -> None:
    if given.get("consent") is False:
        for attribute in _PERSONAL:
            common.pop(attribute, None)
        return
    user = given.get("user")
    if user is not None:
        _name_user(common, user)
    if GEN_AI_CONVERSATION_ID not in common and ENDUSER_PSEUDO_ID in common:
        common[GEN_AI_CONVERSATION_ID] = common[ENDUSER_PSEUDO_ID]


def _name_user(common: Common, user: object) -> None:
    key = _privacy.user_key(user, common.get(CHANNEL_NAME))
    if key is not None:
        common[ENDUSER_PSEUDO_ID] = key
        common[USER_KEY_ID] = _privacy.key_id()
    if _settings.current().capture_user_id:
        _put(common, USER_ID, identifier(USER_ID, user))


def _defaults() -> Common:
    """Give what the settings say, made anew when they or the pipeline change."""
    global _made
    settings, pipeline = _settings.current(), _pipeline.current()
    if _made is None or _made[0] is not settings or _made[1] is not pipeline:
        _made = (settings, pipeline, _from_settings(settings, pipeline))
    return dict(_made[2])


def _from_settings(settings: Settings, pipeline: Pipeline) -> Common:
    common: Common = {BOT_NAME: settings.bot or pipeline.service_name()}
    _put(common, BOT_VERSION, settings.version)
    _put(common, DEPLOYMENT_ENVIRONMENT_NAME, settings.environment)
    _put(common, CHANNEL_NAME, settings.channel)
    _put(common, BOT_TEST, settings.test or None)
    return common


def _put(common: Common, attribute: str, value: object) -> None:
    if value is not None:
        common[attribute] = value
