"""What of the contract's last promise a client can no longer rely on.

Compares two OpenAPI documents from a client's side: what it may send must still be taken, what it
reads must still be there. More than was promised is never a breach.
"""

from collections.abc import Iterator
from typing import Any

JsonObject = dict[str, Any]

UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems")


def breaches(old: JsonObject, new: JsonObject) -> list[str]:
    """One line for each breach, the same for as long as the breach is the same."""
    return sorted(set(_Comparison(old, new).of_paths()))


class _Comparison:
    """Walks both documents side by side; each pair of named schemas once for each direction."""

    def __init__(self, old: JsonObject, new: JsonObject) -> None:
        self.old, self.new = old, new
        self.seen: set[tuple[str, str, bool]] = set()

    def of_paths(self) -> Iterator[str]:
        for path, methods in self.old["paths"].items():
            for method, operation in methods.items():
                name = f"{method.upper()} {path}"
                now = self.new["paths"].get(path, {}).get(method)
                if now is None:
                    yield f"{name}: gone"
                    continue
                if operation["operationId"] != now["operationId"]:
                    yield f"{name}: called {operation['operationId']} no more"
                yield from self._of_parameters(name, operation, now)
                yield from self._of_body(name, operation, now)
                yield from self._of_replies(name, operation, now)

    def _of_parameters(self, name: str, old: JsonObject, new: JsonObject) -> Iterator[str]:
        before = {(p["in"], p["name"]): p for p in old.get("parameters", ())}
        after = {(p["in"], p["name"]): p for p in new.get("parameters", ())}
        for key, parameter in after.items():
            if parameter["required"] and not before.get(key, {}).get("required", False):
                yield f"{name} {key[1]}: now required"
        for key, parameter in before.items():
            if key not in after:
                yield f"{name} {key[1]}: taken no more"
            else:
                yield from self._of_schema(
                    f"{name} {key[1]}", parameter["schema"], after[key]["schema"], sent=True
                )

    def _of_body(self, name: str, old: JsonObject, new: JsonObject) -> Iterator[str]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield f"{name} body: now required"
        for kind, media in before.get("content", {}).items():
            if kind not in after.get("content", {}):
                yield f"{name} body: {kind} taken no more"
            else:
                now = after["content"][kind]["schema"]
                yield from self._of_schema(f"{name} body", media["schema"], now, sent=True)

    def _of_replies(self, name: str, old: JsonObject, new: JsonObject) -> Iterator[str]:
        for status, reply in old["responses"].items():
            if not status.startswith("2"):
                continue
            now = new["responses"].get(status)
            if now is None:
                yield f"{name} {status}: given no more"
                continue
            for header in reply.get("headers", {}):
                if header not in now.get("headers", {}):
                    yield f"{name} {status}: header {header} gone"
            for kind, media in reply.get("content", {}).items():
                if kind not in now.get("content", {}):
                    yield f"{name} {status}: {kind} given no more"
                elif "schema" in media:
                    yield from self._of_schema(
                        f"{name} {status}",
                        media["schema"],
                        now["content"][kind].get("schema", {}),
                        sent=False,
                    )

    def _of_schema(
        self, place: str, old: JsonObject, new: JsonObject, *, sent: bool
    ) -> Iterator[str]:
        if "$ref" in old:
            place = old["$ref"].rpartition("/")[2]
            pair = (old["$ref"], new.get("$ref", place), sent)
            if pair in self.seen:
                return
            self.seen.add(pair)
        old, new = _resolved(old, self.old), _resolved(new, self.new)
        before, after = _kinds(old, self.old), _kinds(new, self.new)
        refused, unexpected = set(before) - set(after), set(after) - set(before)
        if refused if sent else unexpected:
            yield f"{place}: {' or '.join(sorted(before))} became {' or '.join(sorted(after))}"
            return
        for kind in sorted(set(before) & set(after)):
            pairs = zip(before[kind], after[kind], strict=False)
            for was, now in pairs:
                if was is not old or now is not new:
                    yield from self._of_schema(place, was, now, sent=sent)
                else:
                    yield from self._of_value(place, was, now, sent=sent)

    def _of_value(
        self, place: str, old: JsonObject, new: JsonObject, *, sent: bool
    ) -> Iterator[str]:
        for value in _choices(old):
            if _choices(new) and value not in _choices(new):
                yield f"{place}: {value!r} no longer a choice"
        if sent:
            yield from _tightened(place, old, new)
        if old.get("format") != new.get("format"):
            yield f"{place}: format {old.get('format')} became {new.get('format')}"
        if "items" in old and "items" in new:
            yield from self._of_schema(f"{place}[]", old["items"], new["items"], sent=sent)
        before, after = old.get("properties", {}), new.get("properties", {})
        must, must_now = set(old.get("required", ())), set(new.get("required", ()))
        for field in after if sent else ():
            if field in must_now - must:
                yield f"{place}.{field}: now required"
        for field, schema in before.items():
            if field not in after:
                yield f"{place}.{field}: gone"
                continue
            if not sent and field in must - must_now:
                yield f"{place}.{field}: no longer always there"
            yield from self._of_schema(f"{place}.{field}", schema, after[field], sent=sent)


def _resolved(schema: JsonObject, document: JsonObject) -> JsonObject:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kinds(schema: JsonObject, document: JsonObject) -> dict[str, list[JsonObject]]:
    """The JSON types that a value may have, with the schemas of each; ``any`` if none is said."""
    options = schema.get("anyOf") or schema.get("oneOf")
    if options is None:
        return {schema.get("type", "any"): [schema]}
    kinds: dict[str, list[JsonObject]] = {}
    for option in options:
        for kind in _kinds(_resolved(option, document), document):
            kinds.setdefault(kind, []).append(option)
    return kinds


def _choices(schema: JsonObject) -> list[object]:
    return [schema["const"]] if "const" in schema else schema.get("enum", [])


def _tightened(place: str, old: JsonObject, new: JsonObject) -> Iterator[str]:
    for limit in UPPER:
        if limit in new and new[limit] < old.get(limit, float("inf")):
            yield f"{place}: {limit} now {new[limit]}"
    for limit in LOWER:
        if limit in new and new[limit] > old.get(limit, float("-inf")) and new[limit] != 0:
            yield f"{place}: {limit} now {new[limit]}"
    if "pattern" in new and new["pattern"] != old.get("pattern"):
        yield f"{place}: pattern now {new['pattern']}"
    if _choices(new) and not _choices(old):
        yield f"{place}: now one of {', '.join(map(str, _choices(new)))}"
