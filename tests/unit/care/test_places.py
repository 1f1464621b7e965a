"""Two spellings, one place; two places, two keys."""

from __future__ import annotations

import pytest

from sekisho.care.duties import duty_group, proposed_kind
from sekisho.care.places import address_key, name_key, place_key, places


@pytest.mark.parametrize(
    "text",
    ["5階東病棟", "５階東", "5東", "5 東 病棟", "5E", "５Ｅ病棟", "五東病棟", "看護部5階東病棟"],
)
def test_one_ward_has_one_key(text: str) -> None:
    """A ward is the same ward however a list spells it."""
    assert place_key(text) == "5e"


def test_departments_stay_apart() -> None:
    """外科 and 整形外科, 内科 and 消化器内科, 5東 and 15東 are never one."""
    names = ["外科", "整形外科", "内科", "消化器内科", "5東", "15東", "5西"]
    assert len({place_key(name) for name in names}) == len(names)


def test_a_post_may_name_several_places() -> None:
    """「看護部 5階東病棟」 names the ward, and 外来 stays 外来."""
    assert "5e" in places("看護部 5階東病棟", None)
    assert places("看護部外来", None) == ["外来"]
    assert places(None, None) == []


@pytest.mark.parametrize(
    "text",
    ["東京都緑区中町1-2-3", "東京都緑区中町１丁目２番３号", "東京都緑区中町一丁目２番地３", "〒123-4567 東京都緑区中町１−２−３",
     "東京都 緑区 中町 1ー2ー3"],
)  # fmt: skip
def test_one_home_has_one_key(text: str) -> None:
    """A home is the same home however it is spelt."""
    assert address_key(text) == address_key("東京都緑区中町1-2-3")


@pytest.mark.parametrize(
    "text", ["東京都緑区中町1-2-30", "東京都緑区中町1-2-3-101", "東京都緑区仲町1-2-3"]
)
def test_neighbours_are_no_household(text: str) -> None:
    """Another number, flat or town is another home."""
    assert address_key(text) != address_key("東京都緑区中町1-2-3")


@pytest.mark.parametrize("text", [None, "", "東京都緑区", "不明", "中町1"])
def test_a_coarse_address_is_not_compared(text: str | None) -> None:
    """A town without a number is nobody's home."""
    assert address_key(text) is None


def test_names_are_compared_without_spaces() -> None:
    """Full width, half width and spaces make no other name."""
    assert name_key("佐藤　一郎") == name_key("佐藤 一郎") == name_key("佐藤一郎")


@pytest.mark.parametrize(
    ("texts", "kind"),
    [
        (("5東病棟共用",), "shared"),
        (("看護実習生",), "trainee"),
        (("電子カルテ保守業者",), "vendor"),
        (("夜間バッチ",), "system"),
        (("SYSTEM",), "system"),
        (("情報システム室",), None),
        (("医師", "佐藤 一郎"), None),
        (("初期研修医",), None),
    ],
)
def test_kinds_are_proposed_from_words(texts: tuple[str, ...], kind: str | None) -> None:
    """Shared, trainee, vendor and system ids are proposed; a 研修医 is a doctor."""
    assert proposed_kind(*texts) == kind


@pytest.mark.parametrize(
    ("duty", "department", "group"),
    [
        ("薬剤師", "薬剤部", "pharmacy"),
        ("診療放射線技師", "放射線科", "radiology"),
        ("臨床検査技師", None, "laboratory"),
        ("管理栄養士", "栄養科", "nutrition"),
        ("理学療法士", None, "rehabilitation"),
        ("事務員", "医事課", "billing"),
        ("診療情報管理士", "医事課", "coding"),
        ("社会福祉士", "地域連携室", "liaison"),
        ("医師", "内科", "doctor"),
        ("看護師", "看護部外来", "nurse"),
        ("看護師", "救急外来", "emergency"),
        ("看護師", "手術室", "surgery"),
        ("事務員", "総務課", "clerk"),
        (None, None, "other"),
    ],
)
def test_duty_groups_follow_the_words(duty: str | None, department: str | None, group: str) -> None:
    """Whole-hospital duties are only those whose words say so."""
    assert duty_group(duty, department) == group
