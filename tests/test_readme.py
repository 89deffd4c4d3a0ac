"""The README says what is so."""

import re
from pathlib import Path

from yimen.core.config import Settings

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
SETTINGS = dict(re.findall(r"^\| `YIMEN_([A-Z_]+)` \| ([^|]+) \|", README, re.MULTILINE))


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    assert {name.lower() for name in SETTINGS} == set(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        told = SETTINGS[name.upper()].strip("` ")
        if field.default in (None, "", []):
            assert told.startswith(("none", "embedded", "demo only")), name
        else:
            assert told == str(field.default).lower() or told == str(field.default), name
