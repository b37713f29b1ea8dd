from pathlib import Path

import pytest

from purchase_agent.errors import InputError
from purchase_agent.readers.ids import Ids


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "ids.csv"


def test_pairs_are_followed_to_their_end(file: Path) -> None:
    file.write_text("from,to\nga-1,crm-1\ncrm-1,S1\nS1,S1\nx,S2\n")
    ids = Ids.read(file)
    assert len(ids) == 4
    assert ids.shopper("ga-1") == ids.shopper("crm-1", ("ga4",)) == "S1"
    assert ids.shopper("x") == "S2"
    assert ids.shopper("unknown") is None


def test_the_same_number_in_two_systems(file: Path) -> None:
    file.write_text("id_kind,id,shopper_id\nga4,7,S1\norder,7,S2\ncrm,8,S1\ncrm,S1,S9\n")
    ids = Ids.read(file)
    assert ids.shopper("7", ("user_pseudo_id", "ga4")) == "S1"
    assert ids.shopper("7", ("order",)) == "S2"
    assert ids.shopper("8", ("ga4",)) == "S1"
    with pytest.raises(InputError, match="several kinds"):
        ids.shopper("7", ("segment",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from,to\na,b\na,c\n", "two shoppers"),
        ("from,to\na,b\nb,c\nc,a\n", "circle"),
        ("id_kind,id,shopper_id\ncrm,1,a\ncrm,1,b\n", "two shoppers"),
        ("from,to\na,b\n,c\n", "line 3: from is empty"),
        ("from,to\na\n", "line 2"),
        ("old,new\na,b\n", "other columns"),
        ("from,to\na,b\x01\n", "line 2: an id with control"),
    ],
)
def test_what_is_refused(file: Path, text: str, said: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError, match=said):
        Ids.read(file)


def test_the_same_row_twice_is_no_conflict() -> None:
    assert Ids([("", "a", "b"), ("", "a", "b")]).shopper("a") == "b"
    assert len(Ids()) == 0
