"""What a viewer may see of an event: shoppers get no notes, no agents' ids, no payloads behind buttons."""

from typing import Any

from handoff.model import Event


def for_agent(event: Event) -> dict[str, Any]:
    """An event as the console gets it."""
    return {"seq": event.seq, "kind": event.kind, "at": event.at.isoformat(), **event.data}


def for_shopper(event: Event) -> dict[str, Any]:
    """A public event as the shopper's chat gets it."""
    seen = {"seq": event.seq, "kind": event.kind, "at": event.at.isoformat()}
    data = event.data
    match event.kind:
        case "message":
            kept = ("id", "author", "agent_name", "client_id")
            return seen | {name: data[name] for name in kept} | {"content": public_content(data["content"])}
        case "owner":
            return seen | {"owner": data["owner"], "agent_name": data["agent_name"]}
        case "seen":
            return seen | {"up_to": data["up_to"]}
        case "file":
            return seen | {"message_id": data["message_id"], "file": data["file"]}
        case _:
            return seen


def public_content(content: dict[str, Any]) -> dict[str, Any]:
    """Content without what only the desk needs: a button shows its id and title, never what it does."""
    shown = {key: value for key, value in content.items() if key != "buttons"}
    if content.get("buttons"):
        shown["buttons"] = [{"id": button["id"], "title": button["title"]} for button in content["buttons"]]
    return shown
