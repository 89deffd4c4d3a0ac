"""Closed sets of information work: how far an article got, and what brings or costs money."""

from enum import StrEnum


class MeritKind(StrEnum):
    """What an article brought about (NEWS 四(一))."""

    ADOPTION = "adoption"
    INSTRUCTION = "instruction"
    """A leader wrote an instruction on it."""

    @property
    def label(self) -> str:
        return MERIT_LABELS[self]


MERIT_LABELS = {MeritKind.ADOPTION: "采用", MeritKind.INSTRUCTION: "领导批示"}


class Level(StrEnum):
    """On which level."""

    CENTRE = "centre"
    CITY = "city"
    PREFECTURE = "prefecture"
    REGION = "region"
    NATION = "nation"

    @property
    def label(self) -> str:
        return LEVEL_LABELS[self]


LEVEL_LABELS = {
    Level.CENTRE: "中心",
    Level.CITY: "市级",
    Level.PREFECTURE: "州级",
    Level.REGION: "自治区级",
    Level.NATION: "国家级",
}

RULE_OF_MERIT = {
    MeritKind.ADOPTION: {level: f"news.reward.{level}" for level in Level},
    MeritKind.INSTRUCTION: {
        level: f"news.instruction.{level}"
        for level in (Level.PREFECTURE, Level.REGION, Level.NATION)
    },
}
"""The rulebook's value for each; instructions of centre and city bring nothing."""


class MoneyKind(StrEnum):
    """Why a line of the statement is there."""

    ADOPTION = "adoption"
    INSTRUCTION = "instruction"
    MISSING = "missing"
    """Articles that a window did not hand in (NEWS 四(二))."""

    @property
    def label(self) -> str:
        return MONEY_LABELS[self]


MONEY_LABELS = {
    MoneyKind.ADOPTION: "采用奖励",
    MoneyKind.INSTRUCTION: "批示奖励",
    MoneyKind.MISSING: "缺交处罚",
}


class Grouping(StrEnum):
    """By what the statement is added up."""

    RECIPIENT = "recipient"
    DEPARTMENT = "department"
