"""Names of people and companies: taken apart, folded, and met under their short forms."""

from __future__ import annotations

import pytest

from core.flow.quality.company import company
from core.flow.quality.names import split_name
from core.flow.quality.person import nicknames, person


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("Engines GmbH & Co. KG", "engines", "gmbh & co kg"),
        ("Engines G.m.b.H.", "engines", "gmbh"),
        ("Acme S.à r.l.", "acme", "sarl"),
        ("Motori S.p.A.", "motori", "spa"),
        ("Motori S. p. A.", "motori", "spa"),
        ("ООО Ромашка", "ромашка", "ооо"),
        ('OOO "Romashka"', "romashka", "ooo"),
        ("PT Maju Indonesia Tbk", "maju indonesia", "tbk"),
        ("AS Laev", "laev", "as"),
        ("TOO Dala", "dala", "too"),
        ("Fabrik, s. r. o.", "fabrik", "sro"),
        ("Zaklad Sp. z o.o.", "zaklad", "sp zoo"),
        ("Talleres S.A. de C.V.", "talleres", "sa de cv"),
        ("Vindmøller A/S", "vindmøller", "as"),
        ("The Engine Company Ltd", "engine", "ltd"),
        ("Byron & Co.", "byron", "co"),
        ("H&M", "hm", None),
        ("株式会社エンジン", "エンジン", "株式会社"),
        ("エンジン株式会社", "エンジン", "株式会社"),
        ("引擎技术有限公司", "引擎技术", "有限公司"),
        ("Engines UG (haftungsbeschränkt)", "engines", "ug"),
        ("Engines Pty Ltd", "engines", "pty ltd"),
        ("Engines SE", "engines", "se"),
        ("Co-op", "coop", None),
        ("AG", "ag", None),
        ("KG", "kg", None),
        ("The", "the", None),
        ("&", "&", None),
    ],
)
def test_a_company_loses_its_legal_form_and_never_its_name(text: str, name: str, form: str | None) -> None:
    found = company(text)

    assert (found.name, found.legal_form) == (name, form)


@pytest.mark.parametrize(
    ("full", "country", "parts"),
    [
        ("Gabriel García Márquez", None, ("Gabriel", "García Márquez")),
        ("Juan Carlos Pérez", "ES", ("Juan Carlos", "Pérez")),
        ("Mary Jane Smith", None, ("Mary Jane", "Smith")),
        ("María del Carmen López Ruiz", None, ("María del Carmen", "López Ruiz")),
        ("José Ortega y Gasset", None, ("José", "Ortega y Gasset")),
        ("João da Silva Santos", "BR", ("João", "da Silva Santos")),
        ("Nguyễn Văn An", None, ("Văn An", "Nguyễn")),
        ("Nguyen Van An", "VN", ("Van An", "Nguyen")),
        ("An Nguyen", None, ("An", "Nguyen")),
        ("Wang Xiaoming", "CN", ("Xiaoming", "Wang")),
        ("Xiaoming Wang", "CN", ("Xiaoming", "Wang")),
        ("Wang Xiaoming", None, ("Wang", "Xiaoming")),
        ("Kim Min-jun", "KR", ("Min-jun", "Kim")),
        ("Nagy János", "HU", ("János", "Nagy")),
        ("János Nagy", "AT", ("János", "Nagy")),
        ("王伟", None, ("伟", "王")),
        ("欧阳娜娜", None, ("娜娜", "欧阳")),
        ("山田太郎", None, ("太郎", "山田")),
        ("田中 さくら", None, ("さくら", "田中")),
        ("김민준", None, ("민준", "김")),
        ("アダ・バイロン", None, ("アダ", "バイロン")),
        ("Smith, John, PhD", None, ("John", "Smith")),
        ("John Smith Jr.", None, ("John", "Smith Jr.")),
        ("Jean DUPONT", None, ("Jean", "DUPONT")),
        ("DUPONT Jean", None, ("Jean", "DUPONT")),
        ("ADA BYRON", None, ("ADA", "BYRON")),
        ("Beethoven, Ludwig van", None, ("Ludwig", "van Beethoven")),
        ("Eva von und zu Stein", None, ("Eva", "von und zu Stein")),
        ("Dipl.-Ing. Max Kern", None, ("Max", "Kern")),
        ("Eva St. Clair", None, ("Eva", "St. Clair")),
        ("Anna-Lena Meyer-Kern", None, ("Anna-Lena", "Meyer-Kern")),
        ("Иван Петров", None, ("Иван", "Петров")),
        ("Mohammed bin Salman", None, ("Mohammed", "bin Salman")),
        ("J. R. R. Tolkien", None, ("J. R. R.", "Tolkien")),
        ('Robert "Bob" Kern', None, ("Robert", "Kern")),
    ],
)
def test_a_name_in_one_field_is_taken_apart_in_its_own_order(full: str, country: str | None, parts: tuple[str, str]) -> None:
    assert split_name(full, country) == parts


def test_a_person_is_folded_from_what_was_sent() -> None:
    assert person("Anna-Lena", "van der Berg") == person("ANNA LENA".title().replace(" ", "-"), "VAN DER BERG")
    berg = person("Dr. Anna-Lena", "van der Berg")
    assert (berg.given, berg.middle, berg.family, berg.particles, berg.titles) == ("anna lena", "", "berg", "van der", ("dr",))
    junior = person("John", "Smith Jr.")
    assert (junior.family, junior.suffix) == ("smith", "jr")
    assert person("Анна", "Иванова").family == "ivanova"
    assert person("Łukasz", "Müller").given == "lukasz"
    assert person("Nguyen", "An").given == "nguyen"
    assert person(None, None, "Byron, Ada") == person("Ada", "Byron")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bob", "Robert"),
        ("Bob", "Rob"),
        ("Bill", "William"),
        ("Hans", "Johannes"),
        ("Uschi", "Ursula"),
        ("Paco", "Francisco"),
        ("Sasha", "Alexander"),
        ("Beppe", "Giuseppe"),
        ("Kees", "Cornelis"),
        ("Katja", "Ekaterina"),
        ("Lisa", "Elisabeth"),
    ],
)
def test_short_names_meet_the_names_they_stand_for(one: str, other: str) -> None:
    assert nicknames(one) & nicknames(other)


@pytest.mark.parametrize(("one", "other"), [("Bob", "William"), ("Anna", "Eva"), ("Max", "Michael"), ("Peter", "Paul"), ("Zoe", "")])
def test_other_names_do_not_meet(one: str, other: str) -> None:
    assert not nicknames(one) & nicknames(other)
