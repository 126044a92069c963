"""What answers teach, and when they may merge: only after answers that were held out confirm it."""

from __future__ import annotations

from core.flow.identity.answers import Answer, Learnt, learn
from core.flow.identity.model import Model
from core.flow.identity.profile import profile_of


def answers(count: int, *, liars: int = 0) -> list[Answer]:
    """Half are one person by the phone and the name; of these, `liars` are said to be two."""
    found = []
    for number in range(count):
        a = profile_of({"first_name": "Katja", "last_name": "Birkenfeld", "phone": f"+4420794601{number:02}"})
        other = {"first_name": "Katja", "last_name": "Birkenfeld", "phone": f"+4420794601{number:02}"}
        if number % 2:
            other = {"first_name": "Owen", "last_name": "Thistlewood", "phone": f"+4420794601{number:02}"}
        found.append(Answer(a, profile_of(other), number % 2 == 0 and number >= 2 * liars))
    return found


def test_too_few_answers_teach_nothing_and_it_says_how_many_are_needed() -> None:
    assert learn(Model.default(), answers(40)) == "40 of 100 answers are there."


def test_answers_that_all_say_the_same_teach_nothing() -> None:
    assert "needed" in str(learn(Model.default(), [each for each in answers(300) if each.is_same]))


def test_answers_that_held_out_answers_confirm_may_merge() -> None:
    learnt = learn(Model.default(), answers(120))
    assert isinstance(learnt, Learnt)
    assert learnt.may_merge
    assert Learnt.from_json(learnt.to_json(), Model.default()) == Learnt(
        tuple(round(weight, 5) for weight in learnt.weights),
        learnt.answers,
        learnt.held_out,
        learnt.held_out_right,
        learnt.may_merge,
        learnt.why,
        Model.default(),
    )


def test_answers_that_contradict_the_band_may_not_merge_and_it_says_why() -> None:
    learnt = learn(Model.default(), answers(300, liars=12))
    assert isinstance(learnt, Learnt)
    assert not learnt.may_merge
    assert "needed" in learnt.why
