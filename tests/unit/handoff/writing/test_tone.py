"""A second look at an agent's words: hints where a shopper might take something amiss, silence elsewhere."""

import pytest

from handoff.tone import hints


@pytest.mark.parametrize(
    ("text", "language", "found"),
    [
        ("That is your own fault.", "en", ["rude"]),
        ("Can’t you read?", "en", ["rude"]),
        ("Eso es CULPA tuya: es culpa tuya", "es", ["rude"]),
        ("Đồ ngu", "vi", ["rude"]),
        ("Calm  down, please", "es", ["rude"]),  # English is looked for everywhere
        ("YOU DID NOT READ", "en", ["shouting"]),
        ("ĐƠN HÀNG NÀY của bạn", "vi", ["shouting"]),
        ("Why???", "en", ["marks"]),
        ("STOP WRITING HERE NOW!!!", "en", ["shouting", "marks"]),
        ("Your DHL parcel with PDF is at CS-1001. OK?", "en", []),
        ("Bạn ngủ ngon nhé, người nhận sẽ ký.", "vi", []),
        ("The dumbbell is a classic assortment.", "en", []),
        ("Gracias, todo listo.", "es", []),
        ("", "", []),
    ],
)
def test_hints(text: str, language: str, found: list[str]) -> None:
    assert hints(text, language) == found
