"""Who comes to which bot and when: growth, the week, the hours, and coming back.

Every user's life is drawn from the seed, the bot and the user's number alone, so a
world that is played on a month later has the same past.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from ._dice import Dice, name_of
from ._script import SECOND, User

__all__ = ["DAYS", "DAY_NS", "Profile", "Visit", "World"]

DAYS = 90
"""The days of history that a fresh demo plays."""

DAY_NS = 86_400 * SECOND
_GROWTH_DAYS = 180
_RETURN_DECAY = 0.62
_OFFICE = (1, 1, 1, 1, 1, 2, 5, 10, 18, 24, 25, 22, 17, 20, 23, 21, 17, 12, 9, 8, 7)
_HOURS = dict(enumerate((*_OFFICE, 5, 3, 2)))
_WEEK = (1.15, 1.2, 1.15, 1.1, 0.95, 0.55, 0.5)


@dataclass(frozen=True, slots=True)
class Profile:
    """How many users a bot has and how faithful they are.

    ``arrivals`` are new users a day on the first day, growing by ``growth`` (0.5 is
    half as many again) over half a year; ``returning`` is the share of users who are
    back on the day after their first.
    """

    bot: str
    arrivals: float
    growth: float
    returning: float
    channels: Mapping[str, float]
    locales: Mapping[str, float]
    identified: Mapping[str, float]
    """Per channel, the share of users who are known persons."""
    chats: frozenset[str]
    """Channels where a user has one conversation for ever."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One user comes to one bot: what a script is written for."""

    profile: Profile
    world: World
    user: User
    number: int
    day: int
    start_ns: int
    conversation: str
    dice: Dice

    def id(self, *parts: object) -> str:
        """An id that is the same in every replay."""
        key = (self.world.seed, self.profile.bot, self.user.number, self.number)
        return name_of(*key, *parts).hex()


@dataclass(frozen=True, slots=True)
class World:
    """A calendar that begins at midnight (UTC) of ``first_day``."""

    first_day: date
    seed: int = 1

    @classmethod
    def ending(cls, end: datetime) -> World:
        """The world whose history of 90 days reaches ``end``."""
        return cls(end.astimezone(UTC).date() - timedelta(days=DAYS))

    def at(self, day: float) -> int:
        """The nanosecond at which a day (from 0) begins."""
        midnight = datetime.combine(self.first_day, datetime.min.time(), UTC)
        return int(midnight.timestamp()) * SECOND + int(day * DAY_NS)

    def day_of(self, at_ns: int) -> int:
        """The day, from 0, in which a nanosecond falls."""
        return (at_ns - self.at(0)) // DAY_NS

    def date_of(self, day: int) -> date:
        """The date of a day."""
        return self.first_day + timedelta(days=day)

    def visits(self, profile: Profile, until_ns: int) -> Iterator[list[Visit]]:
        """Each user's visits that begin before ``until_ns``, in order."""
        number = 0
        last_day = self.day_of(until_ns)
        for day in range(last_day + 1):
            for _ in range(self._arrivals(profile, day)):
                number += 1
                user = self._user(profile, number)
                yield [
                    visit
                    for visit in self._life(profile, user, day, last_day)
                    if visit.start_ns < until_ns
                ]

    def _arrivals(self, profile: Profile, day: int) -> int:
        dice = Dice(self.seed, profile.bot, "arrivals", day)
        growth = 1 + profile.growth * min(1.0, day / _GROWTH_DAYS)
        mean = profile.arrivals * growth * self._weekday(day)
        return dice.whole(max(0.0, dice.normal(mean, math.sqrt(mean) / 2)))

    def _weekday(self, day: int) -> float:
        return _WEEK[self.date_of(day).weekday()]

    def _user(self, profile: Profile, number: int) -> User:
        dice = Dice(self.seed, profile.bot, "user", number)
        channel = dice.one_of(profile.channels)
        consents = dice.chance(0.97)
        key = name_of(self.seed, profile.bot, channel, number, size=32).hex()
        return User(
            number=number,
            channel=channel,
            key=key if consents else None,
            identified=dice.chance(profile.identified[channel]),
            locale=dice.one_of(profile.locales),
        )

    def _life(
        self, profile: Profile, user: User, born: int, last_day: int
    ) -> Iterator[Visit]:
        dice = Dice(self.seed, profile.bot, "life", user.number)
        number = 0
        for day in range(born, last_day + 1):
            since = day - born
            again = profile.returning * max(1, since) ** -_RETURN_DECAY
            if since and not dice.chance(again * self._weekday(day)):
                continue
            number += 1
            start_ns = self._moment(dice, day)
            yield self._visit(profile, user, number, day, start_ns)
            if dice.chance(0.08):
                number += 1
                later_ns = start_ns + int(dice.between(3, 7) * 3600 * SECOND)
                yield self._visit(profile, user, number, day, later_ns)

    def _moment(self, dice: Dice, day: int) -> int:
        hour = dice.one_of(_HOURS)
        return self.at(day) + int((hour + dice.between(0, 1)) * 3600 * SECOND)

    def _visit(
        self, profile: Profile, user: User, number: int, day: int, start_ns: int
    ) -> Visit:
        chat = (self.seed, profile.bot, "chat", user.number)
        lasting = user.channel in profile.chats
        return Visit(
            profile=profile,
            world=self,
            user=user,
            number=number,
            day=day,
            start_ns=start_ns,
            conversation=name_of(*(chat if lasting else (*chat, number))).hex(),
            dice=Dice(self.seed, profile.bot, "visit", user.number, number),
        )
